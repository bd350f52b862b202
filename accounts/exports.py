"""Organisations and their people as Excel: what the list shows, in headers that the import reads again (D6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook

from keyaccounts.common.listing import Column, Listing
from keyaccounts.common.plucking import Plucked, each, in_words, plucked
from keyaccounts.common.roles import Role
from keyaccounts.common.xlsx import as_of, write_sheet
from keyaccounts.exports.opening import Progress
from keyaccounts.people.queries import names
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import words

from .choices import ACTIVE_KEY_STATES, Stage
from .models import Contact, KeyContact
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


def organisation_cells() -> list[Plucked]:
    """How the columns of ``exported_columns`` are read."""
    return [
        Plucked("code"),
        Plucked("name"),
        Plucked("type", in_words(words(TermList.ORG_TYPE))),
        Plucked("stage", in_words(dict(Stage.choices))),
        Plucked("grade"),
        Plucked("owner_id", in_words(names())),
        Plucked("staff_count"),
        Plucked("last_contact_on"),
        Plucked("next_on"),
        Plucked("next_step"),
        Plucked("short_name"),
        Plucked("industry", in_words(words(TermList.INDUSTRY))),
        Plucked("district", in_words(words(TermList.DISTRICT))),
        Plucked("address"),
        Plucked("phone"),
        Plucked("source", in_words(words(TermList.ORG_SOURCE))),
    ]


def exported_columns() -> list[Column]:
    """The list's, the next step's day by its own name, since the step has a column too; then what the list has no room for."""
    *shown, next_on = organisation_columns()
    return [
        *shown,
        replace(next_on, label=gettext_lazy("next date")),
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
        rows=plucked(listing.rows, organisation_cells()),
        note=as_of(listing),
        progress=progress,
    )
    write_sheet(
        book,
        title=_("Contacts"),
        columns=contact_columns(),
        rows=plucked(_contacts(listing), contact_cells(user)),
        note=as_of(listing),
    )


def contact_cells(user: Any) -> list[Plucked]:
    """How the columns of ``contact_columns`` are read by ``user``."""
    number = each(shown_phone(user))
    positions = words(TermList.CONTACT_POSITION)
    return [
        Plucked("organisation__name"),
        Plucked("name"),
        Plucked("is_key", in_words({True: _("Yes"), False: ""})),
        Plucked("shown_position", in_words(positions)),
        Plucked("unit_department"),
        Plucked("decision_role", in_words(words(TermList.CONTACT_ROLE))),
        Plucked("mobile", number),
        Plucked("phone", number),
        Plucked("email", None if user.has_role(Role.DIRECTOR) else each(lambda email: "")),
    ]


def _contacts(listing: Listing) -> QuerySet[Contact]:
    """The people of the organisations shown, with whether they are the key contact and what they are there."""
    keys = KeyContact.objects.filter(contact=OuterRef("pk"), state__in=ACTIVE_KEY_STATES)
    return (
        Contact.objects.present()
        .filter(organisation__in=listing.rows.order_by().values("pk"))
        .annotate(
            is_key=Exists(keys),
            shown_position=Case(When(title="", then=F("position")), default=F("title")),
        )
        .order_by("organisation__code", "pk")
    )
