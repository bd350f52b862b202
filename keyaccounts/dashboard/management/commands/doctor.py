"""``manage.py doctor``: what is missing on this machine, and what to do about it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keyaccounts.common.readiness import findings


class Command(BaseCommand):
    help = "Looks at everything the program needs, one line each; exit code 1 when something is missing."
    requires_system_checks: list[str] = []  # they are one of the lines

    def handle(self, *args: Any, **options: Any) -> None:
        ill = 0
        for finding in findings():
            mark = self.style.SUCCESS("ok     ") if finding.is_well else self.style.ERROR("missing")
            self.stdout.write(f"{mark} {finding.name}: {finding.says}")
            if not finding.is_well:
                ill += 1
                if finding.advice:
                    self.stdout.write(f"        → {finding.advice}")
        if ill:
            raise CommandError(f"{ill} of these must be put right first.")
