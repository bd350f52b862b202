"""The trail itself (integrity rule 24)."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.invariants import Found, invariant
from keyaccounts.common.triggers import missing

from .models import AuditEvent
from .queries import faults


@invariant(24, _("The audit trail is append-only and chained"))
def the_trail_is_as_written() -> Found:
    violations = [f"{table}: trigger" for table in missing(connection, AuditEvent._meta.db_table)]
    violations += [f"{fault.sequence}: {fault.what}" for fault in faults()]
    return Found(AuditEvent.objects.count(), violations)
