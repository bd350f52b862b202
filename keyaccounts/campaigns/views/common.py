"""What the pages of the plan have in common: which campaign, who writes, the form patterns."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import once
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.forms import side_by_side
from keyaccounts.common.pages import done, page_or_part, put_on

from ..choices import WRITERS
from ..models import Campaign


def campaign_of(request: HttpRequest, pk: int) -> Campaign:
    """The campaign, 404 out of sight."""
    return get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)


def writes(request: HttpRequest) -> bool:
    """Whether this person writes the plan."""
    return request.user.has_role(*WRITERS)  # type: ignore[union-attr]


def form_page(
    request: HttpRequest, form: Any, *, heading: str, cancel_url: str, submit_label: str = "", **more: Any
) -> HttpResponse:
    """A form page, or the form alone under htmx; 422 when it was refused."""
    context = {
        "form": form,
        "heading": heading,
        "cancel_url": cancel_url,
        "submit_label": submit_label or _("Save"),
        "draft_key": more.pop("draft_key", ""),
        **more,
    }
    return page_or_part(
        request,
        page="components/form_page.html",
        part="components/_form.html",
        context=context,
        status=422 if form.errors else 200,
    )


def _stored(form: Any, row: Any) -> dict[str, Any]:
    """What the database holds for the fields of an edit form."""
    values = {name: getattr(row, name) for name in form.facts()}
    return {name: value.all() if hasattr(value, "all") else value for name, value in values.items()}


def initial_of(row: Any, names: list[str]) -> dict[str, Any]:
    """What an edit form begins with."""
    return {name: getattr(row, name) for name in names}


def try_once(request: HttpRequest, form: Any, act: Any, message: str = "") -> HttpResponse | None:
    """Run the act once per submission; a refusal lands on the form."""
    try:
        url = once(form.cleaned_data["submission_key"], by=request.user, act=act)
    except RuleViolation as violation:
        put_on(form, violation)
        return None
    return done(request, url, message or _("Saved."))


def edit_page(request: HttpRequest, form: Any, row: Any, act: Any, *, heading: str) -> HttpResponse:
    """The edit pattern: one action with the version the form was opened with."""
    stale: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            saved = act(row, version=form.cleaned_data["version"], by=request.user, **form.facts())
        except StaleEdit as violation:
            put_on(form, violation)
            current = violation.current
            stale = side_by_side(form, _stored(form, current), version=current.version)
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(request, saved.get_absolute_url(), _("Saved."))
    return form_page(
        request,
        form,
        heading=heading,
        cancel_url=row.get_absolute_url(),
        stale=stale,
        draft_key=f"{row._meta.model_name}-{row.pk}",
    )
