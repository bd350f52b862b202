"""Calls, news and silence (R31–R34), and what a visit tells the organisation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Contact, ContactLog, Intel, Organisation
from accounts.queries import each_silent
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, remind_all, settle, tell, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User

from .locking import lock_present


@transaction.atomic
def log_contact(
    organisation: Organisation,
    *,
    channel: str,
    on: date,
    at: datetime,
    by: Any,
    contact: Contact | None = None,
    text: str = "",
    next_on: date | None = None,
) -> ContactLog:
    """Keep a call, message or meeting (R31); it ends the silence and may set the next date.

    Without a next date a follow-up that was due by ``on`` counts as done thereby; one to come stays.

    Raises RuleViolation: somebody of another organisation; a next date before ``on``.
    """
    if next_on is not None and next_on < on:
        raise RuleViolation(_("This day has passed: choose today or a later one."), field="next_on")
    if contact is not None and contact.organisation_id != organisation.pk:
        raise RuleViolation(_("Choose somebody of this organisation."), field="contact")
    lock_present(organisation)
    log = ContactLog(
        organisation=organisation, contact=contact, channel=channel, on=on, text=text, next_on=next_on, by=by
    )
    log.full_clean()
    log.save()
    note_contact(organisation, on=on)
    if next_on:
        note_next_step(organisation, step=text[:200], on=next_on, at=at)
    elif Organisation.objects.filter(pk=organisation.pk, next_on__lte=on).exists():
        note_next_step(organisation, step="", on=None, at=at)
    record(log, "accounts.contactlog.added", by=by, under=organisation)
    return log


def note_contact(organisation: Organisation, *, on: date) -> None:
    """There was contact that day; an earlier day changes nothing."""
    Organisation.objects.filter(pk=organisation.pk).filter(
        Q(last_contact_on__isnull=True) | Q(last_contact_on__lt=on)
    ).update(last_contact_on=on)


def note_visit(organisation: Organisation, *, on: date, is_new: bool) -> None:
    """A visit took place that day; ``is_new`` counts it, once per visit."""
    note_contact(organisation, on=on)
    rows = Organisation.objects.filter(pk=organisation.pk)
    rows.filter(Q(last_visit_on__isnull=True) | Q(last_visit_on__lt=on)).update(last_visit_on=on)
    if is_new:
        rows.update(visits_made=F("visits_made") + 1)


def note_next_step(organisation: Organisation, *, step: str, on: date | None, at: datetime) -> None:
    """What was agreed to do next, and by when; the reminder of what was agreed before is taken back."""
    Organisation.objects.filter(pk=organisation.pk).update(next_step=step, next_on=on)
    settle(organisation, kind=NoticeKind.FOLLOW_UP, at=at)


@transaction.atomic
def report_intel(
    organisation: Organisation,
    *,
    text: str,
    on: date,
    by: Any,
    at: datetime,
    event_on: date | None = None,
    source: str = "",
) -> Intel:
    """News about an organisation reaches the director at once (R32–R33)."""
    lock_present(organisation)
    intel = Intel(
        organisation=organisation, text=text, on=on, event_on=event_on, by=by, source=source, created_at=at
    )
    intel.full_clean()
    intel.save()
    record(intel, "accounts.intel.reported", by=by, under=organisation)
    tell_all(
        [
            Message(
                director,
                NoticeKind.INTEL,
                intel,
                _("%(organisation)s: %(text)s") % {"organisation": organisation.called, "text": text},
                url=reverse("accounts:intel"),
            )
            for director in User.objects.with_role(Role.DIRECTOR).exclude(pk=by.pk)
        ],
        at=at,
    )
    return intel


@transaction.atomic
def note_place(organisation: Organisation, *, latitude: float, longitude: float, by: Any) -> bool:
    """Keep where the organisation is when nobody knew yet; whether it was new.

    It is the address of a business, said by somebody who stands there, never a person's track.
    """
    place = {"latitude": round(Decimal(str(latitude)), 6), "longitude": round(Decimal(str(longitude)), 6)}
    won = Organisation.objects.filter(pk=organisation.pk, latitude__isnull=True).update(
        **place, version=F("version") + 1
    )
    if won:
        organisation.refresh_from_db(fields=["latitude", "longitude", "version"])
        record(organisation, "accounts.organisation.placed", by=by)
    return bool(won)


@transaction.atomic
def read_intel(
    intel: Intel, *, by: Any, at: datetime, reply: str = "", step: str = "", step_on: date | None = None
) -> None:
    """The director has read it; a reply goes back to whoever reported it.

    ``step`` makes it the organisation's next step, to be done by ``step_on``: its owner is told.
    """
    if step_on and not step:
        step = reply or intel.text
    organisation = intel.organisation
    Intel.objects.filter(pk=intel.pk, read_at__isnull=True).update(read_by=by, read_at=at)
    if reply:
        Intel.objects.filter(pk=intel.pk).update(reply=reply)
        tell(
            intel.by,
            kind=NoticeKind.INTEL,
            subject=intel,
            title=_("Reply: %(reply)s") % {"reply": reply},
            body=intel.text,
            url=organisation.get_absolute_url(),
            at=at,
            step=f"reply-{at:%Y%m%d%H%M%S}",
        )
    if step:
        note_next_step(organisation, step=step[:200], on=step_on, at=at)
        if organisation.owner:
            tell(
                organisation.owner,
                kind=NoticeKind.INTEL,
                subject=intel,
                title=_("%(organisation)s, next: %(step)s")
                % {"organisation": organisation.called, "step": step[:120]},
                body=intel.text,
                url=organisation.get_absolute_url(),
                at=at,
                step=f"step-{at:%Y%m%d%H%M%S}",
            )
    record(intel, "accounts.intel.read", by=by, under=organisation, reason=reply, next_step=step)


def remind_silent(*, on: date, at: datetime) -> int:
    """Tell owners of organisations that their grade's silence has been passed, once per silence (R34)."""

    def messages() -> Iterator[Message]:
        for row in each_silent(on=on, only=("name", "owner__name")):
            if row.organisation.owner is None:
                continue
            yield Message(
                row.organisation.owner,
                NoticeKind.SILENCE,
                row.organisation,
                _("%(organisation)s: no contact for %(days)s days")
                % {"organisation": row.organisation, "days": row.days},
                url=row.organisation.get_absolute_url(),
                # One silence, one notice: it begins anew with the next contact.
                due_on=row.silent_since,
            )

    return remind_all(messages(), at=at)


def remind_follow_ups(*, on: date, at: datetime) -> int:
    """Tell owners of the next steps that are due by ``on``, as visits and calls agreed them: once for each date."""
    due = (
        Organisation.objects.filter(next_on__lte=on, owner__is_active=True)
        .present()
        .at_work()
        .select_related("owner")
        .order_by("pk")
    )

    def messages() -> Iterator[Message]:
        for organisation in due.iterator(chunk_size=500):
            yield Message(
                organisation.owner,
                NoticeKind.FOLLOW_UP,
                organisation,
                _("Follow up: %(name)s") % {"name": organisation.called},
                url=organisation.get_absolute_url(),
                body=organisation.next_step,
                due_on=organisation.next_on,
            )

    return remind_all(messages(), at=at)
