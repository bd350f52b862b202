"""The trail itself, and what it says of forms sent twice and of edits (integrity rules 19, 20, 24)."""

from django.apps import apps
from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.invariants import Found, invariant
from keyaccounts.common.models import Versioned
from keyaccounts.common.triggers import not_whole

from .models import AuditEvent, Submission
from .queries import faults


@invariant(19, _("A form has one effect: no key was taken twice, none is without its answer"))
def one_form_one_answer() -> Found:
    """The answer is written with the effect: a key without one is an act that was left half done."""
    twice = Submission.objects.order_by().values_list("user", "key").annotate(n=Count("pk")).filter(n__gt=1)
    unanswered = Submission.objects.filter(answer="").values_list("key", flat=True)
    return Found(
        Submission.objects.count(),
        [f"{key}: {count}" for _user, key, count in twice] + [f"{key}: –" for key in unanswered],
    )


@invariant(20, _("Nobody's words are lost: each edit in the trail has raised the version of its record"))
def each_edit_raised_the_version() -> Found:
    """Two edits of one version, the second over the first, leave more edits in the trail than versions."""
    found = Found()
    for model in apps.get_models():
        if not issubclass(model, Versioned):
            continue
        edited = (
            AuditEvent.objects.filter(action=f"{model._meta.label_lower}.edited")
            .order_by()
            .values_list("subject")
            .annotate(n=Count("pk"))
        )
        edits = {int(subject.rpartition(":")[2]): count for subject, count in edited}
        if not edits:
            continue
        rows = model._default_manager.values_list("pk", "version")
        for pk, version in found.look(row for row in rows.iterator(chunk_size=2000) if row[0] in edits):
            if version <= edits[pk]:
                found.violations.append(
                    f"{model._meta.label_lower}:{pk}: {edits[pk]} edits, version {version}"
                )
    return found


@invariant(24, _("The audit trail is append-only and chained"))
def the_trail_is_as_written() -> Found:
    violations = not_whole(connection, AuditEvent._meta.db_table)
    violations += [f"{fault.sequence}: {fault.what}" for fault in faults()]
    return Found(AuditEvent.objects.count(), violations)
