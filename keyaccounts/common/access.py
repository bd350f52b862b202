"""Who may open a page. Deny by default: `LoginRequiredMiddleware` guards every view, and a view
without a declared access fails ``tests/architecture/test_access_policy.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied

from .roles import EVERYONE, Role

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Access:
    """The declared access of a view: the roles, or ``public`` for nobody signed in."""

    roles: frozenset[str]
    public: bool = False


def requires(*roles: Role) -> Callable[[View], View]:
    """Let only people who hold one of ``roles`` in; others get 403. Row scope is the view's own task."""
    allowed = frozenset(role.value for role in (roles or EVERYONE))

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not allowed & request.user.roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.access = Access(allowed)  # type: ignore[attr-defined]
        return guarded

    return decorate


def signed_in(view: View) -> View:
    """For pages that belong to whoever is signed in, whatever the role."""
    return requires(*EVERYONE)(view)


def public(view: View) -> View:
    """For the few pages open without signing in: sign-in itself and the health checks."""
    opened = login_not_required(view)
    opened.access = Access(frozenset(), public=True)  # type: ignore[attr-defined]
    return opened
