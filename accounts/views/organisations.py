"""The list of organisations, the file of one, entering and editing, stages, collaborators."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.actions.duplicates import LookAlike, find_duplicates
from accounts.actions.key_contacts import active_key_contact
from accounts.actions.organisations import (
    create_organisation,
    edit_organisation,
    move_stage,
    set_collaborators,
)
from accounts.choices import FactField, Stage
from accounts.exports import organisation_columns, write_organisations
from accounts.filters import OrganisationFilter
from accounts.forms.organisations import AsideForm, CollaboratorsForm, OrganisationForm
from accounts.models import Organisation
from accounts.queries import (
    each_silent,
    fact_in_words,
    is_public_sector,
    known_facts,
    may_see_phones,
    similar_to,
    source_url,
)
from accounts.rules.stages import needs_reason, next_stages
from keyaccounts.approvals.choices import RequestState
from keyaccounts.audit.queries import history
from keyaccounts.audit.submissions import answer
from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done, page_or_part
from keyaccounts.common.roles import Role
from keyaccounts.common.wording import labelled
from keyaccounts.common.xlsx import filters_in_words
from keyaccounts.exports.answers import workbook_answer

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
WRITERS = (Role.REP, Role.LEAD, Role.DIRECTOR)
# What a row of the list shows: the file has some sixty columns more.
LISTED = (
    "code", "name", "type", "stage", "grade", "is_priority", "needs_evaluation", "staff_count", "last_contact_on",
    "next_on", "next_step", "owner__name", "owner__username",
)  # fmt: skip
MOST_SILENT = 200
SECTION_TITLES = {
    "basics": gettext_lazy("Basics"),
    "needs": gettext_lazy("Needs"),
    "buying": gettext_lazy("Buying"),
    "promotion": gettext_lazy("Promotion"),
}


@requires(*READERS)
def organisations(request: HttpRequest) -> HttpResponseBase:
    """单位: the list, as filtered, and as Excel."""
    is_export = request.GET.get("export") == "xlsx"
    rows = Organisation.objects.visible_to(request.user).select_related("owner")
    listing = Listing(
        request,
        key="organisations",
        queryset=rows if is_export else rows.only(*LISTED),
        filterset_class=OrganisationFilter,
        columns=organisation_columns(),
        default_sort="code",
    )
    if is_export:
        return workbook_answer(
            request,
            title=_("Organisations"),
            total=listing.rows.order_by().count(),
            filters=filters_in_words(listing),
            write=partial(write_organisations, listing, user=request.user),
        )
    may_write = request.user.has_role(*WRITERS)  # type: ignore[union-attr]
    context = {
        "rows_part": "accounts/_organisation_rows.html",
        "heading": _("Organisations"),
        "create_url": reverse("accounts:organisation_new") if may_write else "",
        "create_label": _("New organisation"),
        "empty_text": _(
            "The organisations you are responsible for stand here. Enter the first one, or import a list from Excel."
        ),
        "today": clock.today(),
        "may_hand_over": request.user.has_role(Role.LEAD, Role.DIRECTOR),  # type: ignore[union-attr]
    }
    return list_page(listing, page="accounts/organisation_list.html", **context)


@requires(*READERS)
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """单位档案: everything known about one organisation and where it came from."""
    merged = Organisation.objects.filter(
        pk=pk, merged_into__in=Organisation.objects.visible_to(request.user)
    ).values_list("merged_into", flat=True)
    if merged:
        return redirect("accounts:organisation", merged[0])
    shown = _visible(request, pk)
    may_write = request.user.has_role(*WRITERS)  # type: ignore[union-attr]
    former = list(shown.merged_from.order_by("code"))
    return render(
        request,
        "accounts/organisation.html",
        {
            "organisation": shown,
            "sections": [(SECTION_TITLES[group], facts) for group, facts in known_facts(shown).items()],
            "contacts": shown.contacts.order_by("left_on", "pk"),
            "key": active_key_contact(shown),
            "ended_keys": shown.key_contacts.exclude(until_on__isnull=True).select_related("contact"),
            "change": shown.key_contact_changes.filter(state=RequestState.PENDING)
            .select_related("to_contact", "requested_by")
            .first(),
            "logs": shown.contact_logs.select_related("contact", "by")[:8],
            "news": shown.intel.select_related("by", "read_by")[:8],
            "evaluation": shown.evaluations.filter(is_current=True).first(),
            "similar": similar_to(shown, user=request.user),
            "attachments": shown.attachments.present().select_related("by")[:30],
            "former": former,
            "is_public": is_public_sector(shown),
            "sees_phones": may_see_phones(request.user),
            "sees_referrer": shown.referred_by_id is not None
            and Organisation.objects.visible_to(request.user).filter(pk=shown.referred_by_id).exists(),
            "collaborators": shown.collaborators.all(),
            "next_stages": [(stage, Stage(stage).label) for stage in next_stages(shown.stage)]
            if may_write
            else [],
            "may_write": may_write,
            "may_hand_over": request.user.has_role(Role.LEAD, Role.DIRECTOR),  # type: ignore[union-attr]
            "events": history(shown, *former, limit=12),
            "today": clock.today(),
        },
    )


def _visible(request: HttpRequest, pk: int) -> Organisation:
    rows = Organisation.objects.visible_to(request.user).select_related(
        "owner", "team", "referred_by", "campaign"
    )
    return get_object_or_404(rows, pk=pk)


def _workable(request: HttpRequest, pk: int) -> Organisation:
    shown = _visible(request, pk)
    if not request.user.has_role(*WRITERS):  # type: ignore[union-attr]
        raise PermissionDenied
    return shown


@requires(*WRITERS)
def organisation_new(request: HttpRequest) -> HttpResponse:
    """Enter an organisation; a look-alike asks for a reason first (D2)."""
    form = OrganisationForm(request.POST or None, user=request.user)
    context: dict[str, Any] = {
        "heading": _("New organisation"),
        "submit_label": _("Enter organisation"),
        "cancel_url": reverse("accounts:organisations"),
        "draft_key": "organisation-new",
        "form_part": "organisation",
    }
    if request.method == "POST" and form.is_valid():
        found = find_duplicates(
            name=form.cleaned_data["name"],
            short_name=form.cleaned_data["short_name"],
            phone=form.cleaned_data["phone"],
        )
        context |= _duplicates(request, found)
        if found:
            form.ask_for_reason()
            if not form.cleaned_data["go_on_reason"]:
                form.add_error(
                    "go_on_reason",
                    _(
                        "It looks like one that is already there. Say why it is a different one, or open that one."
                    ),
                )

    def act() -> str:
        return create_organisation(by=request.user, on=clock.today(), **form.facts()).get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        context=context,
        message=_("Organisation entered."),
        page="accounts/organisation_form.html",
    )


@requires(*WRITERS)
def organisation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit the file; a stale edit shows both versions."""
    shown = _workable(request, pk)
    form = OrganisationForm(request.POST or None, user=request.user, organisation=shown)

    def act() -> str:
        values = form.facts()
        values.pop("go_on_reason", None)
        edited = edit_organisation(
            shown, by=request.user, on=clock.today(), version=form.cleaned_data["version"], **values
        )
        return edited.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Saved."),
        page="accounts/organisation_form.html",
        context={
            "heading": shown.name,
            "submit_label": _("Save"),
            "cancel_url": shown.get_absolute_url(),
            "draft_key": f"organisation-{pk}",
        },
    )


@requires(*WRITERS)
def organisation_stage(request: HttpRequest, pk: int, stage: str) -> HttpResponse:
    """Move the stage: at once, or, for 暂缓 and 放弃, after a reason."""
    shown = _workable(request, pk)
    if stage not in Stage.values:
        return redirect(shown)
    if needs_reason(stage):
        form = AsideForm(request.POST or None, stage=stage)

        def act() -> str:
            move_stage(shown, to=stage, by=request.user, **form.facts())
            return shown.get_absolute_url()

        heading = labelled(shown.name, Stage(stage).label)
        return answer(
            request,
            form,
            act=act,
            message=_("Stage: %(stage)s.") % {"stage": Stage(stage).label},
            context={
                "heading": heading,
                "submit_label": Stage(stage).label,
                "cancel_url": shown.get_absolute_url(),
            },
        )
    if request.method != "POST":
        return redirect(shown)
    try:
        move_stage(shown, to=stage, by=request.user)
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return redirect(shown)
    return done(request, shown.get_absolute_url(), _("Stage: %(stage)s.") % {"stage": Stage(stage).label})


@requires(*READERS)
def fact_history(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """All answers to one question, newest first, each with its source."""
    shown = _visible(request, pk)
    if field not in FactField.values:
        return redirect(shown)
    rows = [
        {
            "text": fact_in_words(field, fact.value),
            "fact": fact,
            "url": source_url(fact.source),
        }
        for fact in shown.facts.filter(field=field)
        .select_related("asked", "recorded_by")
        .order_by("-observed_on", "-pk")
    ]
    context = {"organisation": shown, "label": FactField(field).label, "rows": rows}
    return page_or_part(
        request, page="accounts/fact_history.html", part="accounts/_fact_rows.html", context=context
    )


@requires(*WRITERS)
def organisation_collaborators(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the collaborators (AB 角): the owner, the lead or the director does."""
    shown = _workable(request, pk)
    if shown.owner_id != request.user.pk and not request.user.has_role(Role.LEAD, Role.DIRECTOR):  # type: ignore[union-attr]
        raise PermissionDenied
    form = CollaboratorsForm(
        request.POST or None, organisation=shown, initial={"collaborators": list(shown.collaborators.all())}
    )

    def act() -> str:
        set_collaborators(
            shown, people=list(form.cleaned_data["collaborators"]), by=request.user, at=clock.now()
        )
        return shown.get_absolute_url()

    return answer(
        request,
        form,
        act=act,
        message=_("Saved."),
        context={
            "heading": _("Collaborators of %(name)s") % {"name": shown.name},
            "submit_label": _("Save"),
            "cancel_url": shown.get_absolute_url(),
        },
    )


@requires(*READERS)
def silent_organisations(request: HttpRequest) -> HttpResponse:
    """久未联系: by grade, longest first, as many as anybody calls in a month."""
    rows = list(islice(each_silent(on=clock.today(), user=request.user), MOST_SILENT + 1))
    shown = {"rows": rows[:MOST_SILENT], "most": MOST_SILENT if len(rows) > MOST_SILENT else 0}
    return render(request, "accounts/silent.html", shown)


@requires(*WRITERS)
@require_POST
def duplicates_of(request: HttpRequest) -> HttpResponse:
    """While a name is typed: organisations that look like it."""
    name, short_name, phone = (request.POST.get(key, "")[:100] for key in ("name", "short_name", "phone"))
    found = find_duplicates(name=name, short_name=short_name, phone=phone)
    return render(request, "accounts/_duplicates.html", _duplicates(request, found))


def _duplicates(request: HttpRequest, found: list[LookAlike]) -> dict[str, Any]:
    """The look-alikes, and which of them this person may open: of the others the name is all there is."""
    rows = Organisation.objects.visible_to(request.user).filter(pk__in=[row.pk for row in found])
    return {"duplicates": found, "within_reach": set(rows.values_list("pk", flat=True)) if found else set()}
