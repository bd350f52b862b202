"""How a view answers: a whole page, the part htmx asked for, or "done, go there"."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html

from .errors import RuleViolation


def page_or_part(
    request: HttpRequest, *, page: str, part: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render ``part`` when htmx asked for it, else the whole ``page``, which includes the part."""
    wants_part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    return render(request, part if wants_part else page, context, status=status)


def done(request: HttpRequest, url: str, message: str = "") -> HttpResponse:
    """Answer a successful act: say what happened and go to ``url``, under htmx and by plain POST alike."""
    if message:
        messages.success(request, message)
    if request.htmx:  # type: ignore[attr-defined]
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = url
        return answer
    return redirect(url)


def put_on(form: forms.BaseForm, violation: RuleViolation) -> None:
    """Show a refusal beside the field it concerns, or above the form, with its remedy as a button."""
    field = violation.field if violation.field in form.fields else None
    form.add_error(field, str(violation))
    form.remedy = violation.remedy  # type: ignore[attr-defined]


def refused(request: HttpRequest, url: str, violation: RuleViolation) -> HttpResponse:
    """Answer a refused act of one button: say why, offer the remedy, and go back to ``url``."""
    text: Any = str(violation)
    if violation.remedy:
        text = format_html(
            '{} <a class="btn btn-sm" href="{}">{}</a>',
            text,
            violation.remedy.url,
            violation.remedy.label,
        )
    messages.error(request, text)
    return done(request, url)
