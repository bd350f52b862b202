"""``manage.py verify_audit``: has anybody changed, removed, inserted or reordered a row of the trail?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from keyaccounts.audit.models import AuditEvent
from keyaccounts.audit.queries import faults
from keyaccounts.common.triggers import not_whole


class Command(BaseCommand):
    help = "Checks the hash chain of the whole audit trail; exit code 1 when it does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for trigger in not_whole(connection, AuditEvent._meta.db_table):
            found += 1
            self.stdout.write(
                _("The trigger that guards it is lost or replaced: %(trigger)s") % {"trigger": trigger}
            )
        for fault in faults():
            found += 1
            self.stdout.write(f"{fault.sequence}: {fault.what}")
        if found:
            raise CommandError(_("The audit trail does not hold: %(count)s faults.") % {"count": found})
        self.stdout.write(_("%(count)s rows, all as written.") % {"count": AuditEvent.objects.count()})
