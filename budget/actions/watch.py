"""18:00: what about the budget needs somebody's eye (appendix 6.3, ``budget_watch``).

Every question is "as of now", every notice has a key of its own: run twice, late or after an outage, the same
notices arrive, once each.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from budget.choices import BudgetState, EntryKind
from budget.models import BudgetLine, Entry
from budget.rules import percent_used
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, remind_all
from keyaccounts.notices.models import Notice, NoticeKind
from keyaccounts.people.models import User

from .posting import limits_of

LOOK_BACK = timedelta(days=60)
UNPAID_AFTER = timedelta(days=30)


def watch(*, on: date, at: datetime) -> int:
    """Tell of lines at a limit that no posting has told of, of entries nobody approved, of old commitments.

    Returns how many notices are new.
    """
    keepers = list(User.objects.with_role(Role.DIRECTOR, Role.MARKETING, Role.FINANCE))
    payers = list(User.objects.with_role(Role.MARKETING, Role.FINANCE))
    return remind_all(_messages(keepers, payers, on=on), at=at)


def _messages(keepers: list[Any], payers: list[Any], *, on: date) -> Iterator[Message]:
    for line in BudgetLine.objects.filter(
        budget__state=BudgetState.APPROVED, is_group=False, allowed_amount__gt=0
    ).select_related("budget__campaign"):
        percent = percent_used(line.balance)
        crossed = [limit.percent for limit in limits_of(line) if percent >= limit.percent]
        if crossed and not _was_told(line, max(crossed)):
            yield from _each(
                keepers,
                line,
                _("“%(line)s” has reached %(percent)s %% of its budget: %(left)s yuan left")
                % {"line": line, "percent": percent, "left": f"{line.balance.left:,.2f}"},
                due_on=on,
                step=str(max(crossed)),
            )
    spending = Entry.objects.filter(
        kind__in=[EntryKind.SPEND, EntryKind.COMMIT], budget__state=BudgetState.APPROVED
    )
    for entry in (
        spending.filter(approved_by=None, booked_on__gte=on - LOOK_BACK)
        .exclude(Exists(Entry.objects.filter(about=OuterRef("pk"), kind=EntryKind.REVERSAL)))
        .select_related("line")
        .iterator(chunk_size=500)
    ):
        yield from _each(
            keepers,
            entry,
            _("Ledger no. %(n)s, %(amount)s yuan, names nobody who approved it")
            % {"n": entry.number, "amount": f"{entry.amount:,.2f}"},
            step="no-approver",
        )
    for entry in (
        spending.open_commitments()
        .filter(booked_on__lte=on - UNPAID_AFTER)
        .select_related("line")
        .iterator(chunk_size=500)
    ):
        yield from _each(
            payers,
            entry,
            _("Committed since %(day)s and not paid: %(entry)s, %(amount)s yuan")
            % {"day": f"{entry.booked_on:%Y-%m-%d}", "entry": entry, "amount": f"{entry.amount:,.2f}"},
            step="unpaid",
        )


def _each(people: list[Any], subject: Any, title: str, **more: Any) -> Iterator[Message]:
    for person in people:
        yield Message(person, NoticeKind.BUDGET, subject, title, url=subject.get_absolute_url(), **more)


def _was_told(line: BudgetLine, percent: int) -> bool:
    """A posting that crossed the limit has told of it already, and so has an earlier evening."""
    begins = f"{NoticeKind.BUDGET}:{percent}:budget.budgetline:{line.pk}:"
    return Notice.objects.filter(dedupe_key__startswith=begins).exists()
