"""The web server's entry."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyaccounts.settings")
application = get_wsgi_application()

from keyaccounts.common.checks import refuse_wrong_settings  # noqa: E402 - after the setup above

refuse_wrong_settings()
