"""The codes of the budget and its ledger."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.roles import Role

READERS = (Role.DIRECTOR, Role.MARKETING, Role.FINANCE)
"""Who reads the whole budget; everybody else sees their own claims."""

WRITERS = (Role.MARKETING, Role.FINANCE)
"""Who keeps the ledger: books, pays, corrects."""

APPROVERS = (Role.DIRECTOR, Role.MARKETING, Role.FINANCE)
"""Whom a claim rule may name to decide about claims of a kind."""

MAKERS = (Role.DIRECTOR, Role.MARKETING)
"""Who draws a budget up and confirms what was deduced from the plan; the director alone approves it."""

REQUESTERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING, Role.ADMIN_CENTRE, Role.FINANCE)
"""Who may ask for more money in writing (R92): everybody who spends any."""


class BudgetState(TextChoices):
    DRAFT = "draft", _("Draft")
    APPROVED = "approved", _("In force")
    CLOSED = "closed", pgettext_lazy("budget", "Closed")


class EntryKind(TextChoices):
    """账目类型 (R93)."""

    BUDGET = "budget", _("Budget")
    SUPPLEMENT = "supplement", _("Supplement")
    TRANSFER = "transfer", _("Transfer")
    COMMIT = "commit", _("Committed")
    RELEASE = "release", _("Commitment released")
    SPEND = "spend", _("Spent")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Reversal")


class LimitAction(TextChoices):
    WARN = "warn", _("Warn")
    BLOCK = "block", _("Block")


class ClaimKind(TextChoices):
    """What an expense claim is for (R72, R87)."""

    TRANSPORT = "transport", _("Travel costs")
    HOSPITALITY = "hospitality", _("Hospitality")
    OTHER = "other", _("Other expense")
