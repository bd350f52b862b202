from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "keyaccounts.common"

    def ready(self) -> None:
        from . import checks, lookups  # noqa: F401 - registers the system checks and __among
