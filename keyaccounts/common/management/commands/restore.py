"""``manage.py restore FILE``: the database and the uploads of a backup, in the place of what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from keyaccounts.common import backups
from keyaccounts.common.errors import RuleViolation


class Command(BaseCommand):
    help = (
        "Puts a backup back, migrates it and verifies its audit trail. Stop web, worker and scheduler first."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="the database here is not empty: replace it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["replace"] and self._has_people():
            raise CommandError("There is data in this database. Back it up, then add --replace.")
        try:
            about = backups.restore(options["file"])
        except RuleViolation as problem:
            raise CommandError(str(problem)) from problem
        call_command("migrate", verbosity=0, interactive=False)
        self.stdout.write(f"Restored what was made at {about.made_at}: {about.vendor}, {about.files} files.")
        call_command("verify_audit", stdout=self.stdout)

    @staticmethod
    def _has_people() -> bool:
        try:
            return apps.get_model("people", "User").objects.exists()
        except DatabaseError:
            return False  # no tables yet
