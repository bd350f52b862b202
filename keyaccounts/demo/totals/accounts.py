"""Organisations, key contacts and news."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count

from accounts.choices import KeyState
from accounts.models import Contact, Intel, KeyContact, Organisation
from accounts.queries import silent

from .naming import names, references


def totals(on: date) -> dict[str, Any]:
    return {
        "stage_counts": _counted("stage"),
        "grade_counts": _counted("grade"),
        "priority_orgs": Organisation.objects.present().filter(is_priority=True).count(),
        "silent_orgs": _silent(on),
        "unread_intel": names(Intel.objects.unread().order_by("on", "pk")),
        "void_key_contacts": _void_key_contacts(),
    }


def _counted(field: str) -> dict[str, int]:
    rows = Organisation.objects.present().exclude(**{field: ""})
    return dict(rows.order_by(field).values_list(field).annotate(n=Count("pk")))


def _silent(on: date) -> list[dict[str, Any]]:
    known = references(Organisation)
    return [
        {
            "org": known.get(row.organisation.pk, row.organisation.code),
            "grade": row.organisation.grade,
            "days": row.days,
        }
        for row in silent(on=on)
    ]


def _void_key_contacts() -> list[str]:
    ended = KeyContact.objects.filter(state=KeyState.VOID_CHANGED).select_related("contact").order_by("pk")
    known = references(Contact)
    return [known.get(key.contact_id, str(key.contact)) for key in ended]
