"""Contacts, the key contact and its change, calls and news."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.actions.contacts import add_contact, edit_contact
from accounts.actions.journal import log_contact, read_intel, report_intel
from accounts.actions.key_contacts import (
    decide_key_contact_change,
    request_key_contact_change,
    withdraw_key_contact_change,
)
from accounts.forms.contacts import (
    ContactForm,
    ContactLogForm,
    IntelForm,
    KeyContactChangeForm,
    PickOrganisation,
    ReplyForm,
)
from accounts.models import Contact, Intel, KeyContactChange, Organisation
from accounts.search import is_called, matching
from keyaccounts.approvals.forms import DecisionForm
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done
from keyaccounts.common.roles import Role
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import label

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
WRITERS = (Role.REP, Role.LEAD, Role.DIRECTOR)


def _workable(request: HttpRequest, pk: int) -> Organisation:
    return get_object_or_404(Organisation.objects.workable_by(request.user), pk=pk)


@requires(*WRITERS)
def contact_new(request: HttpRequest, organisation_pk: int) -> HttpResponse:
    """Enter a person at an organisation."""
    organisation = _workable(request, organisation_pk)
    form = ContactForm(request.POST or None)

    def act() -> str:
        add_contact(organisation, by=request.user, **form.facts())
        return organisation.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Contact added."),
        context={
            "heading": _("New contact at %(name)s") % {"name": organisation.name},
            "submit_label": _("Add contact"),
            "cancel_url": organisation.get_absolute_url(),
            "draft_key": f"contact-new-{organisation.pk}",
        },
    )


@requires(*WRITERS)
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person's file."""
    contact = get_object_or_404(
        Contact.objects.filter(organisation__in=Organisation.objects.workable_by(request.user)), pk=pk
    )
    form = ContactForm(request.POST or None, contact=contact)

    def act() -> str:
        edit_contact(contact, by=request.user, version=form.cleaned_data["version"], **form.facts())
        return contact.organisation.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Saved."),
        context={
            "heading": contact.name,
            "submit_label": _("Save"),
            "cancel_url": contact.organisation.get_absolute_url(),
            "draft_key": f"contact-{pk}",
        },
    )


@requires(*WRITERS)
def key_change_new(request: HttpRequest, organisation_pk: int) -> HttpResponse:
    """Ask for another key contact; the director decides (R10)."""
    organisation = _workable(request, organisation_pk)
    form = KeyContactChangeForm(request.POST or None, organisation=organisation)

    def act() -> str:
        request_key_contact_change(organisation, by=request.user, at=clock.now(), **form.facts())
        return organisation.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("The director has been asked."),
        page="accounts/key_change_form.html",
        context={
            "organisation": organisation,
            "heading": _("Change the key contact of %(name)s") % {"name": organisation.name},
            "submit_label": _("Ask the director"),
            "cancel_url": organisation.get_absolute_url(),
        },
    )


@requires(Role.DIRECTOR)
@require_POST
def key_change_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The director's decision, one tap from the approvals inbox."""
    change = get_object_or_404(
        KeyContactChange.objects.filter(organisation__in=Organisation.objects.visible_to(request.user)), pk=pk
    )
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Approve or return it."))
        return redirect("dashboard:approvals")
    try:
        decide_key_contact_change(
            change,
            approve=form.cleaned_data["decision"] == "approve",
            note=form.cleaned_data["note"],
            by=request.user,
            at=clock.now(),
            on=clock.today(),
        )
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect("dashboard:approvals")
    return done(request, reverse("dashboard:approvals"), form.said(change.organisation))


@requires(*WRITERS)
@require_POST
def key_change_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own request back."""
    change = get_object_or_404(
        KeyContactChange.objects.filter(organisation__in=Organisation.objects.workable_by(request.user)),
        pk=pk,
    )
    try:
        withdraw_key_contact_change(change, by=request.user)
    except RuleViolation as violation:
        messages.error(request, str(violation))
    return redirect(change.organisation)


@requires(*WRITERS)
def log_contact_view(request: HttpRequest, organisation_pk: int | None = None) -> HttpResponse:
    """Log a call: the organisation first when it is not known yet."""
    if organisation_pk is None:
        return _pick(request, heading=_("Log a call"), then="accounts:log_contact_at")
    organisation = _workable(request, organisation_pk)
    last = organisation.contact_logs.first()
    initial = {"channel": "phone", "contact": last.contact_id if last else None}
    form = ContactLogForm(request.POST or None, organisation=organisation, initial=initial)

    def act() -> str:
        log_contact(organisation, on=clock.today(), at=clock.now(), by=request.user, **form.facts())
        return organisation.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Call logged."),
        context={
            "heading": _("Call with %(name)s") % {"name": organisation.called},
            "submit_label": _("Log it"),
            "cancel_url": organisation.get_absolute_url(),
            "draft_key": f"call-{organisation.pk}",
        },
    )


@requires(*WRITERS)
def intel_new(request: HttpRequest, organisation_pk: int | None = None) -> HttpResponse:
    """Report news; it reaches the director at once (R33)."""
    if organisation_pk is None:
        return _pick(request, heading=_("Report news"), then="accounts:intel_at")
    organisation = _workable(request, organisation_pk)
    form = IntelForm(request.POST or None)

    def act() -> str:
        report_intel(organisation, on=clock.today(), at=clock.now(), by=request.user, **form.facts())
        return organisation.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("The director knows."),
        context={
            "heading": _("News of %(name)s") % {"name": organisation.called},
            "submit_label": _("Tell the director"),
            "cancel_url": organisation.get_absolute_url(),
            "draft_key": f"intel-{organisation.pk}",
        },
    )


def _pick(request: HttpRequest, *, heading: str, then: str) -> HttpResponse:
    form = PickOrganisation(request.GET if "organisation" in request.GET else None, user=request.user)
    if form.is_bound and form.is_valid():
        return redirect(then, form.cleaned_data["organisation"].pk)
    context = {"form": form, "heading": heading, "submit_label": _("Go on"), "cancel_url": "/"}
    return render(request, "accounts/pick_organisation.html", context)


@requires(*READERS)
def intel(request: HttpRequest) -> HttpResponse:
    """动态: unread first."""
    rows = Intel.objects.visible_to(request.user).select_related("organisation", "by", "read_by")
    context = {
        "unread": rows.unread().order_by("-on", "-pk")[:100],
        "read": rows.filter(read_at__isnull=False).order_by("-on", "-pk")[:50],
        "may_read": request.user.has_role(Role.DIRECTOR),  # type: ignore[union-attr]
    }
    return render(request, "accounts/intel.html", context)


@requires(Role.DIRECTOR)
@require_POST
def intel_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark news as read, with a reply if there is one to give."""
    news = get_object_or_404(Intel.objects.visible_to(request.user), pk=pk)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "".join(error for errors in form.errors.values() for error in errors))
        return redirect("accounts:intel")
    read_intel(news, by=request.user, at=clock.now(), **form.cleaned_data)
    return done(request, reverse("accounts:intel"), _("Read."))


SUGGESTED = 20
MOST_FOUND = 30


@requires(*READERS)
def suggest(request: HttpRequest) -> JsonResponse:
    """Organisations for a field that is searched by typing: only what this person may see."""
    text = request.GET.get("q", "").strip()[:60]
    rows = Organisation.objects.visible_to(request.user)
    found = matching(rows, text).order_by("code").only("name", "district", "code")[:SUGGESTED] if text else ()
    return JsonResponse(
        {
            "results": [
                {
                    "value": row.pk,
                    "text": row.name,
                    "hint": label(TermList.DISTRICT, row.district) or row.code,
                }
                for row in found
            ]
        }
    )


@requires(*READERS)
def search(request: HttpRequest) -> HttpResponse:
    """Search everywhere, within scope: organisations and the people in them."""
    text = request.GET.get("q", "").strip()[:60]
    rows = Organisation.objects.visible_to(request.user).select_related("owner")
    found = list(matching(rows, text).order_by("code")[: MOST_FOUND + 1]) if text else []
    people = Contact.objects.filter(organisation__in=[row.pk for row in found]).select_related("organisation")
    context = {
        "text": text,
        "found": found[:MOST_FOUND],
        "people": [person for person in people if is_called(person, text)][:MOST_FOUND] if found else [],
        "more": len(found) > MOST_FOUND,
    }
    return render(request, "accounts/search.html", context)
