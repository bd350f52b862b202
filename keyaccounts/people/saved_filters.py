"""A list remembers the filter a person wants it to open with."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keyaccounts.common.access import signed_in
from keyaccounts.common.pages import done

from .models import SavedFilter


@signed_in
@require_POST
def save_filter(request: HttpRequest, listing: str) -> HttpResponse:
    """Keep the posted query as this list's default for this person; an empty one forgets it."""
    query = request.POST.get("query", "")[:1000]
    back = request.POST.get("back", "/")
    if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        return redirect("/")
    if query:
        SavedFilter.objects.update_or_create(
            user=request.user, listing=listing[:40], defaults={"query": query}
        )
        return done(request, back, _("This list will open with this filter."))
    SavedFilter.objects.filter(user=request.user, listing=listing).delete()
    return done(request, back, _("This list will open without a filter."))
