"""``manage.py restore_guards``: triggers that somebody removed or replaced are put back, and the data is looked at."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from keyaccounts.common.triggers import put_back


class Command(BaseCommand):
    help = (
        "Puts back the database triggers that are missing or do something else, one line each, then runs check_invariants: "
        "what was written meanwhile was written unguarded."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for trigger in put_back(connection):
            self.stdout.write(trigger)
        call_command("check_invariants", stdout=self.stdout, stderr=self.stderr)
