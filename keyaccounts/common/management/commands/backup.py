"""``manage.py backup [FILE]``: the database and the uploads in one file, while the program runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from keyaccounts.common import backups, clock
from keyaccounts.common.errors import RuleViolation


class Command(BaseCommand):
    help = "Writes the database and the uploads into one file (default: a new one under var/backups)."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        target = options["file"] or settings.VAR_DIR / "backups" / f"keyaccounts-{now:%Y%m%d-%H%M%S}.tar"
        if target.exists():
            raise CommandError(f"{target} is there already.")
        try:
            about = backups.make(target, at=now)
        except RuleViolation as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{target}: {about.vendor}, {about.files} files, {target.stat().st_size:,} bytes")
