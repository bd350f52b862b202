from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VisitsConfig(AppConfig):
    name = "visits"
    verbose_name = _("Visits")

    def ready(self) -> None:
        from budget.choices import ClaimKind
        from budget.matters import after_approval, on_approval
        from visits.actions.hospitality import report_follows
        from visits.actions.travel import check_again

        on_approval(ClaimKind.TRANSPORT, check_again)
        after_approval(ClaimKind.HOSPITALITY, report_follows)
