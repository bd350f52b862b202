"""Photos of a visit, served by their row's scope and never by path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.pages import done, put_on
from keyaccounts.common.roles import Role
from keyaccounts.common.uploads import kept_file

from ..actions.photos import add_photos, caption_photos, remove_photo, thumbnail_name
from ..forms.reports import PhotosForm
from ..models import Visit, VisitPhoto


def captions_in(posted: Mapping[str, Any]) -> dict[int, str]:
    """What was typed under the photos, by the photo's id: ``caption_12``."""
    typed = (
        (name.removeprefix("caption_"), str(text))
        for name, text in posted.items()
        if name.startswith("caption_")
    )
    return {int(number): text for number, text in typed if number.isdigit()}


@requires(Role.REP, Role.LEAD, Role.DIRECTOR)
@require_POST
def photos(request: Any, pk: int) -> HttpResponse:
    """Add photos to a visit whose report is open."""
    visit = get_object_or_404(Visit.objects.workable_by(request.user).select_related("organisation"), pk=pk)
    form = PhotosForm(request.POST, request.FILES)
    new = 0
    if form.is_valid():
        try:
            # What is typed under the others stays, although the part is drawn anew.
            caption_photos(visit, captions=captions_in(request.POST))
            new = add_photos(visit, photos=form.cleaned_data["photos"], by=request.user, at=clock.now())
        except RuleViolation as violation:
            put_on(form, violation)
    if not form.errors and not request.htmx:
        message = ngettext("%(n)s photo added.", "%(n)s photos added.", new) % {"n": new}
        return done(
            request,
            reverse("visits:report", args=[pk]),
            message if new else _("These photos are already there."),
        )
    context = {"visit": visit, "photos_form": PhotosForm() if not form.errors else form, "is_open": True}
    if request.htmx:
        return render(request, "visits/_photos.html", context, status=422 if form.errors else 200)
    return render(request, "visits/photos.html", context, status=422)


@requires(Role.REP, Role.LEAD, Role.DIRECTOR)
@require_POST
def photo_remove(request: Any, pk: int) -> HttpResponse:
    """Take a photo away while the report is open."""
    photo = _photo(request, pk)
    if not Visit.objects.workable_by(request.user).filter(pk=photo.visit_id).exists():
        raise PermissionDenied
    visit = photo.visit
    try:
        caption_photos(visit, captions=captions_in(request.POST))
        remove_photo(photo, by=request.user)
    except RuleViolation as violation:
        context = {"visit": visit, "photos_form": PhotosForm(), "refused": str(violation), "is_open": False}
        template = "visits/_photos.html" if request.htmx else "visits/photos.html"
        return render(request, template, context, status=422)
    if request.htmx:
        return render(
            request, "visits/_photos.html", {"visit": visit, "photos_form": PhotosForm(), "is_open": True}
        )
    return done(request, reverse("visits:report", args=[visit.pk]), _("Photo removed."))


@requires(Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)
@require_GET
def photo(request: Any, pk: int) -> FileResponse:
    """The picture, or its thumbnail with ``?small=1``; kept by this person's browser only."""
    row = _photo(request, pk)
    name = thumbnail_name(row) if request.GET.get("small") else str(row.image.name)
    if not default_storage.exists(name):
        name = str(row.image.name)
    return kept_file(name, name=f"photo-{row.pk}.jpg", mime="image/jpeg", opens=True, stays=True)


def _photo(request: Any, pk: int) -> VisitPhoto:
    rows = VisitPhoto.objects.filter(visit__in=Visit.objects.visible_to(request.user))
    return get_object_or_404(rows.select_related("visit__organisation"), pk=pk)
