"""``manage.py load_demo [FILE] [--as-of DATE]``: a whole campaign to look at."""

import json
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organisation
from keyaccounts.common.clock import today
from keyaccounts.demo.loading import Loader
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
        if Organisation.objects.exists() or User.objects.exists():
            raise CommandError(
                "The demo goes into an empty database, and this one already has people or organisations."
            )
        try:
            data = json.loads(options["file"].read_text(encoding="utf-8"))
            frozen = date.fromisoformat(data["meta"]["as_of"][:10])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise CommandError(f"{options['file']} is not a demo file: {problem!r}") from problem
        shift = weeks_between(frozen, options["as_of"] or today())
        loader = Loader(moved(data, by=shift), password=settings.DEMO_PASSWORD or DEFAULT_PASSWORD)
        counts = loader.load()
        self.stdout.write(
            f"Loaded as of {frozen + shift}: " + ", ".join(f"{n} {part}" for part, n in counts.items())
        )
        if loader.left_out:
            self.stdout.write("Not yet held by the program: " + ", ".join(loader.left_out))
