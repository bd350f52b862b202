"""A form's whole way: shape, one effect per submission, refusals beside their field, both versions of a stale edit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.common.pages import done, page_or_part, put_on

from .actions import once


def answer(
    request: HttpRequest,
    form: forms.Form,
    *,
    act: Callable[[], str],
    context: dict[str, Any],
    message: str = "",
    page: str = "components/form_page.html",
    part: str = "components/_form.html",
) -> HttpResponse:
    """Show the form, or run ``act`` on it and go to the address it returns.

    ``act`` is called once per submission key, inside a transaction; what it refuses
    (``RuleViolation``) lands on the form with status 422 and nothing is lost.
    """
    shown = {"form": form, **context}
    if request.method == "POST" and form.is_valid():
        try:
            address = once(form.cleaned_data.get("submission_key"), by=request.user, act=act)
        except StaleEdit as stale:
            put_on(form, stale)
            shown["stale"] = both_versions(form, stale.current)
        except RuleViolation as violation:
            put_on(form, violation)
        else:
            return done(request, address, message)
    return page_or_part(request, page=page, part=part, context=shown, status=422 if form.errors else 200)


def both_versions(form: forms.Form, current: Any) -> list[dict[str, Any]]:
    """What is saved now beside what this person wrote; the form then starts from the saved version."""
    rows = []
    for name, field in form.fields.items():
        if name in ("version", "submission_key") or not hasattr(current, name):
            continue
        theirs, mine = getattr(current, name), form.cleaned_data.get(name)
        display = getattr(current, f"get_{name}_display", None)
        same = theirs == mine or (theirs in (None, "", []) and mine in (None, "", []))
        rows.append(
            {
                "label": field.label,
                "theirs": display() if display else theirs,
                "mine": mine,
                "differs": not same,
            }
        )
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["version"] = str(current.version)  # type: ignore[index]
    return rows
