"""The key-account CRM that runs a group-purchase campaign."""

from .celery import app as celery_app

__all__ = ["celery_app"]
