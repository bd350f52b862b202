"""``manage.py strip_locations``: files kept before originals lost their place lose it now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from keyaccounts.dashboard.kept_files import KEPT, Kept, Outcome, strip_kept

AT_ONCE = 200


class Command(BaseCommand):
    help = (
        "Takes out of all kept pictures, films and documents where they were taken. "
        "What is clean stays, so it can be stopped and started again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument(
            "--from",
            dest="begin",
            metavar="KIND:ID",
            help="go on from here, as the command says when it is stopped",
        )

    def handle(self, *args: Any, dry_run: bool, begin: str | None, **options: Any) -> None:
        at = begin or f"{KEPT[0].label}:0"
        try:
            for kept, first in _from(at):
                found: Counter[Outcome] = Counter()
                for row in _rows(kept, first):
                    at = f"{kept.label}:{row.pk}"
                    outcome = strip_kept(row, kept, by=None, dry_run=dry_run)
                    found[outcome] += 1
                    if outcome in (Outcome.BROKEN, Outcome.MISSING):
                        self.stdout.write(f"{at}: {outcome.value}")
                self.stdout.write(
                    f"{kept.label}: {found.total()} files, {found[Outcome.STRIPPED]} "
                    f"{'to strip' if dry_run else 'stripped'}, {found[Outcome.BROKEN]} broken, {found[Outcome.MISSING]} missing"
                )
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. Go on with --from {at}") from None


def _from(at: str) -> Iterator[tuple[Kept, int]]:
    """What is still to be looked at, and from which row on."""
    label, _colon, first = at.partition(":")
    labels = [kept.label for kept in KEPT]
    if label not in labels or not first.isdecimal():
        raise CommandError(f"--from wants one of {', '.join(labels)}, with a colon and a number.")
    for kept in KEPT[labels.index(label) :]:
        yield kept, int(first) if kept.label == label else 0


def _rows(kept: Kept, first: int) -> Iterator[Any]:
    """The rows with a file, some at a time: each is changed in a transaction of its own meanwhile."""
    rows = kept.model._default_manager.exclude(**{kept.field: ""}).order_by("pk")
    while batch := list(rows.filter(pk__gte=first)[:AT_ONCE]):
        yield from batch
        first = batch[-1].pk + 1
