"""关键人物: one per organisation, fixed by the first submitted visit, changed only with approval (R7–R10, R23)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.choices import ACTIVE_KEY_STATES, KeyState
from accounts.models import Contact, KeyContact, KeyContactChange, Organisation
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import Message, tell, tell_all
from keyaccounts.notices.models import NoticeKind
from keyaccounts.people.models import User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label, terms


def is_eligible(contact: Contact) -> bool:
    """Whether the position may hold a key contact."""
    term = terms(TermList.CONTACT_POSITION).get(contact.position)
    return bool(term and term.is_eligible_key)


def active_key_contact(organisation: Organisation) -> KeyContact | None:
    """The organisation's one key contact, if it has one now."""
    return organisation.key_contacts.filter(state__in=ACTIVE_KEY_STATES).select_related("contact").first()


@transaction.atomic
def confirm_key_contact(
    organisation: Organisation,
    *,
    contacts_met: Iterable[Contact],
    contact: Contact | None = None,
    on: date,
    source: str,
    by: Any,
) -> KeyContact | None:
    """Fix the key contact at a submitted visit, when the organisation has none.

    Args:
        contacts_met: the people met directly at that visit (R7).
        contact: whom the reporter chose; needed when several of them are eligible.
        on: the day of the visit, from which the time as key contact runs (R9).
        source: the visit, ``visits.visit:12``.

    Returns the active key contact, or None when nobody eligible was met. Asking again changes nothing.
    Raises RuleViolation when the chosen one was not met, is not eligible, was voided by a change before its
    own first visit, or when several are eligible and nobody was chosen.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    active = active_key_contact(organisation)
    if active is not None:
        return active
    met = list(contacts_met)
    eligible = [person for person in met if is_eligible(person) and person.left_on is None]
    if contact is None:
        expected = _expected_successor(organisation)
        if expected is not None:
            eligible = [person for person in eligible if person.pk == expected.pk] or eligible
        if len(eligible) > 1:
            names = "、".join(person.name for person in eligible)
            raise RuleViolation(
                _("Several people met could be the key contact (%(names)s): choose one.") % {"names": names},
                field="key_contact",
            )
        if not eligible:
            return None
        contact = eligible[0]
    if contact not in met:
        raise RuleViolation(_("The key contact is somebody met directly at this visit."), field="key_contact")
    if contact not in eligible:
        raise RuleViolation(
            _(
                "%(position)s is not a position for a key contact; the plan names union chairs, office directors and leaders."
            )
            % {"position": label(TermList.CONTACT_POSITION, contact.position) or _("This position")},
            field="key_contact",
        )
    key = KeyContact(organisation=organisation, contact=contact, since_on=on, source=source)
    key.full_clean()
    key.save()
    record(key, "accounts.keycontact.confirmed", by=by, under=organisation, to_state=key.state, source=source)
    return key


def _expected_successor(organisation: Organisation) -> Contact | None:
    """Whom the last approved change named; that person comes first at the next visit (R10)."""
    change = (
        organisation.key_contact_changes.filter(state=RequestState.APPROVED, to_contact__isnull=False)
        .select_related("to_contact")
        .order_by("-decided_at")
        .first()
    )
    return change.to_contact if change else None


@transaction.atomic
def request_key_contact_change(
    organisation: Organisation, *, to_contact: Contact | None, reason: str, by: Any, at: datetime
) -> KeyContactChange:
    """Ask the director to end the present key contact (R10).

    Raises RuleViolation: nobody to change; the same person; an ineligible successor; a request already waiting.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    key = active_key_contact(organisation)
    if key is None:
        raise RuleViolation(_("There is no key contact to change: the first submitted visit will set one."))
    if to_contact is not None:
        if to_contact.organisation_id != organisation.pk:
            raise RuleViolation(_("Choose somebody of this organisation."), field="to_contact")
        if to_contact.pk == key.contact_id:
            raise RuleViolation(_("This person already is the key contact."), field="to_contact")
        if not is_eligible(to_contact):
            raise RuleViolation(_("This position is not one for a key contact."), field="to_contact")
    if organisation.key_contact_changes.filter(state=RequestState.PENDING).exists():
        raise RuleViolation(_("A change of this key contact is already waiting for the director."))
    change = KeyContactChange(
        organisation=organisation,
        from_key=key,
        to_contact=to_contact,
        reason=reason,
        requested_by=by,
        requested_at=at,
    )
    change.full_clean()
    change.save()
    record(
        change,
        "accounts.keycontactchange.requested",
        by=by,
        under=organisation,
        to_state=change.state,
        reason=reason,
    )
    tell_all(
        [
            Message(
                director,
                NoticeKind.APPROVAL,
                change,
                _("%(organisation)s: change of the key contact") % {"organisation": organisation},
                url=organisation.get_absolute_url(),
                body=reason,
            )
            for director in User.objects.with_role(Role.DIRECTOR)
        ],
        at=at,
    )
    return change


@transaction.atomic
def decide_key_contact_change(
    change: KeyContactChange, *, approve: bool, note: str, by: Any, at: datetime, on: date
) -> KeyContactChange:
    """Approve or return a change. Approved, the old claim is void for good: 中途变更,不予承认 (R10).

    The new person becomes key contact at their own first submitted visit, not before.
    Raises RuleViolation: decided already; own request; returned without a reason.
    """
    if change.requested_by_id == by.pk:
        raise RuleViolation(_("The approver of a thing is never its requester."))
    if not approve and not note:
        raise RuleViolation(_("Say why it is returned, so that it can be put right."), field="note")
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=change.organisation_id)
    state = RequestState.APPROVED if approve else RequestState.RETURNED
    won = KeyContactChange.objects.filter(pk=change.pk, state=RequestState.PENDING).update(
        state=state, decided_by=by, decided_at=at, decision_note=note
    )
    if not won:
        raise RuleViolation(_("This request has already been decided. Refresh to see it."))
    if approve:
        KeyContact.objects.filter(pk=change.from_key_id, state__in=ACTIVE_KEY_STATES).update(
            state=KeyState.VOID_CHANGED, until_on=on, end_reason=change.reason
        )
    change.refresh_from_db()
    record(
        change,
        "accounts.keycontactchange.decided",
        by=by,
        under=organisation,
        from_state=RequestState.PENDING,
        to_state=state,
        reason=note,
    )
    tell(
        change.requested_by,
        kind=NoticeKind.DECISION,
        subject=change,
        title=_("%(organisation)s: key contact change %(decision)s")
        % {"organisation": organisation, "decision": RequestState(state).label},
        body=note,
        url=organisation.get_absolute_url(),
        at=at,
    )
    return change


@transaction.atomic
def withdraw_key_contact_change(change: KeyContactChange, *, by: Any) -> None:
    """Take back one's own request while nobody has decided."""
    if change.requested_by_id != by.pk:
        raise RuleViolation(_("Only whoever asked for it can withdraw it."))
    won = KeyContactChange.objects.filter(pk=change.pk, state=RequestState.PENDING).update(
        state=RequestState.WITHDRAWN
    )
    if not won:
        raise RuleViolation(_("This request has already been decided. Refresh to see it."))
    record(
        change,
        "accounts.keycontactchange.withdrawn",
        by=by,
        under=change.organisation,
        from_state=RequestState.PENDING,
        to_state=RequestState.WITHDRAWN,
    )
