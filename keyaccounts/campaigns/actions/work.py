"""工作安排: work items written, moved along their edges, given a document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.originals import strip_place
from keyaccounts.people.models import Department

from ..choices import NEEDS_REASON, WORK_EDGES, WorkState
from ..models import Campaign, WorkItem
from .editing import check_row, edit_row


@transaction.atomic
def create_work_item(
    campaign: Campaign, *, by: Any, departments: Iterable[Department] = (), **values: Any
) -> WorkItem:
    """Add a row to 工作安排 (R43); the number follows the last when none is given."""
    if not values.get("number"):
        last = campaign.work_items.order_by("-number").values_list("number", flat=True).first()
        values["number"] = (last or 0) + 1
    item = WorkItem(campaign=campaign, **values)
    check_row(item)
    item.save()
    item.departments.set(departments)
    record(item, "campaigns.workitem.created", by=by, under=campaign, to_state=item.state)
    return item


def edit_work_item(item: WorkItem, *, version: int | None, by: Any, **values: Any) -> WorkItem:
    """Change a work item. Raises StaleEdit when somebody else saved it meanwhile."""
    return edit_row(
        item, "campaigns.workitem.edited", version=version, by=by, under=item.campaign, values=values
    )


@transaction.atomic
def move_work_item(
    item: WorkItem, *, to: str, on: date, by: Any, done_on: date | None = None, reason: str = ""
) -> WorkItem:
    """Move a work item along a declared edge; each move leaves one row in the trail (R43).

    Args:
        on: today; the day it was done unless ``done_on`` says an earlier one.

    Asking for the state it already has changes nothing. Raises RuleViolation for an undeclared move,
    a missing reason, a done date in the future, or when somebody else moved it first.
    """
    item = WorkItem.objects.select_related("campaign").get(pk=item.pk)
    before = item.state
    if before == to:
        return item
    if to not in WORK_EDGES[before]:
        ways = "、".join(str(WorkState(state).label) for state in WORK_EDGES[before])
        raise RuleViolation(
            _("From %(now)s work moves to: %(ways)s.") % {"now": item.get_state_display(), "ways": ways}
        )
    if (before, to) in NEEDS_REASON and not reason.strip():
        raise RuleViolation(_("Say why: this move needs a reason."), field="reason")
    done_on = (done_on or on) if to == WorkState.DONE else None
    if done_on and done_on > on:
        raise RuleViolation(_("Work cannot be done on a day still to come."), field="done_on")
    won = WorkItem.objects.filter(pk=item.pk, state=before).update(
        state=to, done_on=done_on, version=F("version") + 1
    )
    if not won:
        raise RuleViolation(_("Somebody has already done this. Refresh to see it."))
    item.refresh_from_db()
    record(
        item,
        "campaigns.workitem.moved",
        by=by,
        under=item.campaign,
        from_state=before,
        to_state=to,
        reason=reason.strip(),
        **({"done_on": done_on} if done_on else {}),
    )
    return item


@transaction.atomic
def attach_document(item: WorkItem, *, file: UploadedFile, by: Any) -> WorkItem:
    """Keep a document with a work item (R44); an earlier one stays in storage and in the history.

    A picture keeps every pixel and loses where it was taken. Raises RuleViolation when it is cut short.
    """
    strip_place(file)
    name = PurePath(file.name or "").name[-150:]
    item.document.save(name, file, save=False)
    item.document_name = name
    item.save(update_fields=["document", "document_name"])
    record(item, "campaigns.workitem.document", by=by, under=item.campaign, file=name)
    return item
