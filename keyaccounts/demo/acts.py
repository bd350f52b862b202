"""What the loading of the demo campaign writes into the trail."""

from django.utils.translation import gettext_lazy as _

ACTS = {"visits.visit.planned": _("Planned a visit")}
