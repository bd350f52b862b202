"""What the loading of the demo campaign writes into the trail."""

from django.utils.translation import gettext_lazy as _

ACTS = {
    f"{kind}.loaded": _("Loaded from the demo file")
    for kind in ("accounts.organisation", "campaigns.campaign", "campaigns.workitem", "visits.visit")
}
