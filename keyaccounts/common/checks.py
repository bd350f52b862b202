"""Wrong settings are refused at the start, with a hint that says what to set."""

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security)
def secret_key_is_private(app_configs, **kwargs):
    """Refuse the built-in secret key as soon as another host may reach the site."""
    public = set(settings.ALLOWED_HOSTS) - set(settings.LOCAL_HOSTS)
    if public and settings.SECRET_KEY == settings.INSECURE_SECRET_KEY:
        return [
            Error(
                f"The site answers for {', '.join(sorted(public))} with the built-in SECRET_KEY.",
                hint="Set SECRET_KEY to a long random text, kept secret and the same for all processes.",
                id="keyaccounts.E001",
            )
        ]
    return []
