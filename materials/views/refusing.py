"""Answering a refused act of one button: why, what would help, and back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done


def refused(request: HttpRequest, url: str, violation: RuleViolation) -> HttpResponse:
    """Say why and go back to ``url``."""
    text: Any = str(violation)
    messages.error(request, text)
    return done(request, url)
