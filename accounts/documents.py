"""Papers of this app: the minutes of a priority list (R28)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyaccounts.common.pdf import Paper, render_pdf

from .models import PriorityEntry, PriorityList


def minutes_title(minutes: PriorityList) -> str:
    """重点跟进名单 1号, as file and head line."""
    return _("Priority list no. %(n)s") % {"n": minutes.number}


def minutes_pdf(
    minutes: PriorityList, entries: Sequence[PriorityEntry], *, printed_by: Any, printed_at: datetime
) -> bytes:
    """The list with ranks, figures and decision as they were, and lines to sign on."""
    return render_pdf(
        "accounts/pdf/minutes.html",
        {
            "minutes": minutes,
            "entries": entries,
            "chosen": [entry for entry in entries if entry.is_chosen],
        },
        paper=Paper(
            title=minutes_title(minutes),
            number=str(minutes.campaign),
            printed_by=str(printed_by),
            printed_at=printed_at,
        ),
    )
