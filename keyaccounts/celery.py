"""The job runner. The schedule itself is in ``keyaccounts.schedule``."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyaccounts.settings")

app = Celery("keyaccounts")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_wrong_settings(**kwargs: Any) -> None:
    """A worker or scheduler with a wrong setting ends at once and says which."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    django.setup()
    from keyaccounts.common import checks

    try:
        checks.refuse_wrong_settings()
    except ImproperlyConfigured as problem:
        # Celery would log an exception and go on, and the scheduler has taken stderr for its log.
        print(problem, file=sys.__stderr__)
        raise SystemExit(1) from problem
