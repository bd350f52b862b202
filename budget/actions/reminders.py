"""Reminders of claims that wait for their payment (integrity rule 21)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from budget.choices import WRITERS, ClaimKind
from budget.models import ExpenseClaim, claim_rule
from keyaccounts.notices.actions import Message, remind_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User

BATCH = 500


def remind_unpaid(*, at: datetime) -> int:
    """Tell those who pay of each claim that has been payable for so many days; once each, however often it runs."""
    payers = list(User.objects.with_role(*WRITERS))

    def messages() -> Iterator[Message]:
        for kind in ClaimKind:
            since = at - timedelta(days=claim_rule(kind).remind_after_days)
            waiting = ExpenseClaim.objects.to_pay().filter(kind=kind, decided_at__lte=since)
            for claim in waiting.select_related("requested_by").order_by("pk").iterator(chunk_size=BATCH):
                for person in payers:
                    if person.pk != claim.requested_by_id:
                        yield Message(
                            person,
                            NoticeKind.BUDGET,
                            claim,
                            _("Not paid yet: %(code)s of %(person)s, %(amount)s yuan")
                            % {
                                "code": claim.code,
                                "person": claim.requested_by,
                                "amount": f"{claim.payable_amount:,.2f}",
                            },
                            url=claim.get_absolute_url(),
                            body=claim.purpose,
                            due_on=timezone.localdate(claim.decided_at),
                            step="unpaid",
                        )

    return remind_all(messages(), at=at)
