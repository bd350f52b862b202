"""Learning about an organisation: answers are appended with their source, the latest one is kept (R18–R26)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Max

from accounts.choices import FactField
from accounts.models import Contact, Fact, Organisation

# Facts that an evaluation rests on (practice 2.4): a change asks for a new one.
FACTOR_FIELDS = {
    "staff_count", "coverage_count", "health_focus", "health_attention", "intention", "power",
    "per_capita_budget", "collective_activities", "meeting_time",
}  # fmt: skip
BLANK: tuple[Any, ...] = (None, "", [], ())


@transaction.atomic
def learn(
    organisation: Organisation,
    *,
    facts: dict[str, Any],
    on: date,
    by: Any,
    source: str = "",
    source_label: str = "",
    asked: Contact | None = None,
) -> list[str]:
    """Write what was learnt and keep the latest answer on the organisation.

    Args:
        facts: answers by FactField; a blank is no answer and erases nothing.
        on: the day the answer was given, which decides what is latest, not the day it is written down.
        source: the record it came from (``visits.visit:12``), ``source_label`` in words (第1次拜访).
        asked: the person who answered.

    Returns the fields whose kept value changed.
    """
    answers = {
        name: value for name, value in facts.items() if name in FactField.values and value not in BLANK
    }
    if not answers:
        return []
    known = dict(
        Fact.objects.filter(organisation=organisation, field__in=answers)
        .order_by()
        .values_list("field")
        .annotate(latest=Max("observed_on"))
    )
    Fact.objects.bulk_create(
        Fact(
            organisation=organisation,
            field=name,
            value=json.loads(json.dumps(value, cls=DjangoJSONEncoder)),
            observed_on=on,
            source=source,
            source_label=source_label,
            asked=asked,
            recorded_by=by,
        )
        for name, value in answers.items()
    )
    changed = [
        name
        for name, value in answers.items()
        if (name not in known or known[name] <= on) and getattr(organisation, name) != value
    ]
    for name in changed:
        setattr(organisation, name, answers[name])
    if changed:
        if FACTOR_FIELDS & set(changed) and organisation.grade:
            organisation.needs_evaluation = True
        organisation.save(update_fields=[*changed, "needs_evaluation", "updated_at"])
    return changed
