"""Target organisations, the people in them, what is known of them and how they are judged."""

from .attachments import Attachment
from .contacts import Contact, KeyContact, KeyContactChange
from .evaluations import Evaluation, EvaluationPolicy, PriorityEntry, PriorityList
from .journal import ContactLog, Intel, SilenceRule
from .organisations import Fact, Handover, Merge, Organisation, SearchKey

__all__ = [
    "Attachment",
    "Contact",
    "ContactLog",
    "Evaluation",
    "EvaluationPolicy",
    "Fact",
    "Handover",
    "Intel",
    "KeyContact",
    "KeyContactChange",
    "Merge",
    "Organisation",
    "PriorityEntry",
    "PriorityList",
    "SearchKey",
    "SilenceRule",
]
