"""``manage.py check_invariants``: does everything that must always hold hold for all data?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from keyaccounts.common.invariants import verdicts

SHOWN = 20


class Command(BaseCommand):
    help = "Checks the rules of the data; one line a rule: rows checked, violations. Exit code 1 on any violation."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--rule", type=int, action="append", default=[], help="only this rule (repeatable)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for verdict in verdicts(options["rule"]):
            count = len(verdict.violations)
            broken += bool(count)
            line = _("%(rule)2d %(name)s: %(rows)s rows checked, %(count)s violations")
            self.stdout.write(
                line % {"rule": verdict.rule, "name": verdict.name, "rows": verdict.rows, "count": count}
            )
            for violation in verdict.violations[:SHOWN]:
                self.stdout.write(f"     {violation}")
            if count > SHOWN:
                self.stdout.write(_("     … and %(count)s more") % {"count": count - SHOWN})
        if broken:
            raise CommandError(_("%(count)s rules do not hold.") % {"count": broken})
