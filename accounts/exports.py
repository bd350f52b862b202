"""Organisations and their people as Excel: what the list shows, in headers that the import reads again (D6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook

from keyaccounts.common.listing import Column, Listing
from keyaccounts.common.roles import Role
from keyaccounts.common.xlsx import as_of, write_sheet
from keyaccounts.exports.opening import Progress
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label

from .choices import ACTIVE_KEY_STATES
from .models import Contact, KeyContact, Organisation
from .queries import masked


def organisation_columns() -> list[Column]:
    """The columns of the list; the export has the same and a few more."""
    return [
        Column("code", gettext_lazy("Code"), sort="code", width=14),
        Column("name", gettext_lazy("Name"), sort="name", width=34),
        Column("type", gettext_lazy("Type"), width=12),
        Column("stage", gettext_lazy("Stage"), sort="stage", width=12),
        Column("grade", gettext_lazy("Grade"), sort="grade", width=7),
        Column("owner", gettext_lazy("Owner"), sort="owner", width=10),
        Column("staff_count", gettext_lazy("Staff"), sort="staff_count", numeric=True, width=9),
        Column("last_contact_on", gettext_lazy("Last contact"), sort="last_contact_on", width=13),
        Column("next_on", gettext_lazy("Next"), sort="next_on", width=13),
    ]


def organisation_values(row: Organisation) -> list[Any]:
    """One organisation as a row of the export, in the order of ``EXPORTED``."""
    return [
        row.code,
        row.name,
        label(TermList.ORG_TYPE, row.type),
        row.get_stage_display(),
        row.grade,
        str(row.owner or ""),
        row.staff_count,
        row.last_contact_on,
        row.next_on,
        row.next_step,
        row.short_name,
        label(TermList.INDUSTRY, row.industry),
        label(TermList.DISTRICT, row.district),
        row.address,
        row.phone,
        label(TermList.ORG_SOURCE, row.source),
    ]


def exported_columns() -> list[Column]:
    return [
        *organisation_columns(),
        Column("next_step", gettext_lazy("Next step"), width=24),
        Column("short_name", gettext_lazy("Short name"), width=14),
        Column("industry", gettext_lazy("Industry"), width=16),
        Column("district", gettext_lazy("District"), width=12),
        Column("address", gettext_lazy("Address"), width=30),
        Column("phone", gettext_lazy("Switchboard"), width=15),
        Column("source", gettext_lazy("Source"), width=12),
    ]


def contact_columns() -> list[Column]:
    return [
        Column("organisation", gettext_lazy("Organisation name"), width=34),
        Column("name", gettext_lazy("Contact"), width=12),
        Column("key", gettext_lazy("Is key contact"), width=12),
        Column("position", gettext_lazy("Title"), width=16),
        Column("unit_department", gettext_lazy("Department"), width=16),
        Column("decision_role", gettext_lazy("Role in the decision"), width=14),
        Column("mobile", gettext_lazy("Mobile"), width=15),
        Column("phone", gettext_lazy("Office phone"), width=15),
        Column("email", gettext_lazy("E-mail"), width=22),
    ]


def shown_phone(user: Any) -> Callable[[str], str]:
    """How numbers leave in a file: whole for the director, masked for everybody else (roles)."""
    return (lambda number: number) if user.has_role(Role.DIRECTOR) else masked


def write_organisations(listing: Listing, book: Workbook, progress: Progress, *, user: Any) -> None:
    """The list as shown, same filter and order, and the people of these organisations on a second sheet."""
    write_sheet(
        book,
        title=_("Organisations"),
        columns=exported_columns(),
        rows=(organisation_values(row) for row in listing.rows.iterator(chunk_size=2000)),
        note=as_of(listing),
        progress=progress,
    )
    write_sheet(
        book,
        title=_("Contacts"),
        columns=contact_columns(),
        rows=_contacts(listing, user=user),
        note=as_of(listing),
    )


def _contacts(listing: Listing, *, user: Any) -> Iterator[list[Any]]:
    number = shown_phone(user)
    keys = KeyContact.objects.filter(state__in=ACTIVE_KEY_STATES)
    people = (
        Contact.objects.present()
        .filter(organisation__in=listing.rows.order_by().values("pk"))
        .select_related("organisation")
        .prefetch_related(Prefetch("key_times", queryset=keys, to_attr="is_key"))
        .order_by("organisation__code", "pk")
    )
    for person in people.iterator(chunk_size=2000):
        position = label(TermList.CONTACT_POSITION, person.position)
        yield [
            person.organisation.name,
            person.name,
            _("Yes") if person.is_key else "",
            person.title or position,
            person.unit_department,
            label(TermList.CONTACT_ROLE, person.decision_role),
            number(person.mobile),
            number(person.phone),
            person.email if user.has_role(Role.DIRECTOR) else "",
        ]
