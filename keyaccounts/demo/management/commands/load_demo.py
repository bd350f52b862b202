"""``manage.py load_demo [FILE] [--as-of DATE]``: a whole campaign to look at."""

import json
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organisation
from keyaccounts.common.clock import today
from keyaccounts.demo.loading import DemoFileError, Loader
from keyaccounts.demo.models import DemoRecord
from keyaccounts.demo.moving import moved, weeks_between
from keyaccounts.people.models import User

SHIPPED = Path(__file__).resolve().parents[2] / "demo.json"
DEFAULT_PASSWORD = "keyaccounts-demo"  # noqa: S105 - said aloud by the run command


class Command(BaseCommand):
    help = "Load the demo campaign, or FILE of the same format, into an empty database."

    def add_arguments(self, parser):
        parser.add_argument(
            "file", nargs="?", type=Path, default=SHIPPED, help="default: the demo that ships"
        )
        parser.add_argument(
            "--as-of",
            type=date.fromisoformat,
            help="move the file by whole weeks so that its frozen moment falls on this date's week; "
            "the file's own date loads it exactly as written (default: today)",
        )

    def handle(self, *args, **options):
        data = self.read(options["file"])
        if self.is_loaded(data):
            self.stdout.write("This demo is loaded already; nothing has changed.")
            return
        if Organisation.objects.exists() or User.objects.exists():
            raise CommandError(
                "The demo goes into an empty database, and this one already has people or organisations."
            )
        frozen = date.fromisoformat(data["meta"]["as_of"][:10])
        shift = weeks_between(frozen, options["as_of"] or today())
        loader = Loader(moved(data, by=shift), password=settings.DEMO_PASSWORD or DEFAULT_PASSWORD)
        try:
            counts = loader.load()
        except DemoFileError as problem:
            raise CommandError(f"{options['file']} cannot be loaded, nothing was. {problem}") from problem
        self.stdout.write(
            f"Loaded as of {frozen + shift}: " + ", ".join(f"{n} {part}" for part, n in counts.items())
        )
        if loader.left_out:
            self.stdout.write("Not yet held by the program: " + ", ".join(loader.left_out))

    def read(self, path: Path) -> dict:
        """The file as data; refused unless it says what it is: a JSON object with a frozen moment and people."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as problem:
            raise CommandError(f"{path} cannot be read: {problem.strerror}.") from problem
        except ValueError as problem:
            raise CommandError(f"{path} is not a demo file: it is not JSON ({problem}).") from problem
        try:
            for moment in ("as_of", "plan_anchor"):
                date.fromisoformat(data["meta"][moment][:10])
            if not data["users"] or not data["plan"]:
                raise KeyError("users")
        except (KeyError, TypeError, ValueError) as problem:
            raise CommandError(
                f"{path} is not a demo file: it needs meta.as_of and meta.plan_anchor (dates), users and a plan."
            ) from problem
        return data

    def is_loaded(self, data: dict) -> bool:
        """Is it this file that the database was filled from? Told by the ids of its people and visits."""
        kinds = {"people.user": "users", "visits.visit": "visits", "accounts.organisation": "organisations"}
        return DemoRecord.objects.exists() and all(
            {row["id"] for row in data.get(part, [])}
            == set(DemoRecord.objects.filter(kind=kind).values_list("reference", flat=True))
            for kind, part in kinds.items()
        )
