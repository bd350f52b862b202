"""Wrong settings are refused at the start, with a hint that says what to set."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured

TAG = "environment"
SHORTEST_KEY = 40


@register(TAG)
def environment_is_usable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse each value of the environment that could not be read, in the words of what would do."""
    return [
        Error(f"{problem.name} cannot be {problem.value!r}.", hint=problem.hint, id="keyaccounts.E002")
        for problem in settings.ENVIRONMENT_PROBLEMS
    ]


@register(TAG)
def secret_key_is_private(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse the built-in or a short secret key as soon as another host may reach the site."""
    public = sorted(set(settings.ALLOWED_HOSTS) - set(settings.LOCAL_HOSTS))
    if not public:
        return []
    found: list[CheckMessage] = []
    hint = "Set SECRET_KEY to a long random text, kept secret and the same for all processes: "
    hint += "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    if settings.SECRET_KEY == settings.INSECURE_SECRET_KEY:
        found.append(
            Error(
                f"The site answers for {', '.join(public)} with the built-in SECRET_KEY.",
                hint=hint,
                id="keyaccounts.E001",
            )
        )
    elif len(settings.SECRET_KEY) < SHORTEST_KEY:
        found.append(
            Error(f"SECRET_KEY is shorter than {SHORTEST_KEY} characters.", hint=hint, id="keyaccounts.E003")
        )
    if settings.DEBUG:
        found.append(
            Error(
                f"The site answers for {', '.join(public)} with DEBUG on.",
                hint="Leave DEBUG out: its error pages show settings and data to anybody.",
                id="keyaccounts.E004",
            )
        )
    if not settings.BEHIND_HTTPS:
        found.append(
            Warning(
                f"The site answers for {', '.join(public)} without https.",
                hint="Put a proxy in front that ends TLS, and set BEHIND_HTTPS=1.",
                id="keyaccounts.W001",
            )
        )
    return found


def refuse_wrong_settings() -> None:
    """For what is not started by ``manage.py``: the web server, the worker and the scheduler.

    Raises ImproperlyConfigured naming every wrong setting and what would do.
    """
    errors = [message for message in run_checks(tags=[TAG]) if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint}" for error in errors))
