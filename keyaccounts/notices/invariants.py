"""One notice per subject, kind, due date and person (integrity rule 21)."""

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.invariants import Found, invariant

from .models import Notice


@invariant(21, _("One notice per record, kind, due date and person"))
def told_once() -> Found:
    twice = Notice.objects.order_by().values_list("dedupe_key").annotate(n=Count("pk")).filter(n__gt=1)
    return Found(Notice.objects.count(), [f"{key}: {count}" for key, count in twice])
