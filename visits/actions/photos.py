"""Photos of a visit: added from the camera, captioned, taken away until the report is in (D4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.images import Photo

from ..models import Visit, VisitPhoto, VisitReport
from .reports import OPEN_STATES

MOST_PHOTOS = 12


def thumbnail_name(photo: VisitPhoto) -> str:
    """Where the small picture of a photo lies."""
    path = PurePosixPath(str(photo.image.name))
    return str(path.with_name(f"{path.stem}.thumb.jpg"))


@transaction.atomic
def add_photos(visit: Visit, *, photos: Iterable[Photo], by: Any, at: datetime) -> int:
    """Keep the photos that are not there yet and return how many were new.

    Raises RuleViolation when the report is in, or the visit would hold more than twelve.
    """
    visit = (
        Visit.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organisation")
        .get(pk=visit.pk)
    )
    _refuse_locked(visit)
    there = set(visit.photos.values_list("digest", flat=True))
    new = {photo.digest: photo for photo in photos if photo.digest not in there}
    if len(there) + len(new) > MOST_PHOTOS:
        raise RuleViolation(
            ngettext(
                "A visit holds at most %(most)s photos; it has %(there)s.",
                "A visit holds at most %(most)s photos; it has %(there)s.",
                len(there),
            )
            % {"most": MOST_PHOTOS, "there": len(there)},
            field="photos",
        )
    for digest, photo in new.items():
        row = VisitPhoto(visit=visit, digest=digest, by=by, at=at)
        row.image.save(f"{digest[:20]}.jpg", ContentFile(photo.content), save=False)
        default_storage.save(thumbnail_name(row), ContentFile(photo.thumbnail))
        row.save()
    if new:
        record(visit, "visits.visitphoto.added", by=by, under=visit.organisation, photos=len(new))
    return len(new)


@transaction.atomic
def caption_photos(visit: Visit, *, captions: Mapping[int, str]) -> None:
    """Write under the visit's photos what they show; ids of other visits are left alone."""
    if not captions:
        return
    _refuse_locked(visit)
    for photo in visit.photos.filter(pk__in=captions):
        if photo.caption != captions[photo.pk]:
            photo.caption = captions[photo.pk][:100]
            photo.save(update_fields=["caption"])


@transaction.atomic
def remove_photo(photo: VisitPhoto, *, by: Any) -> None:
    """Take a photo away, file and all, while the report is still open."""
    visit = (
        Visit.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organisation")
        .get(pk=photo.visit_id)
    )
    _refuse_locked(visit)
    names = [str(photo.image.name), thumbnail_name(photo)]
    record(visit, "visits.visitphoto.removed", by=by, under=visit.organisation, reason=photo.caption)
    photo.delete()
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))


def _refuse_locked(visit: Visit) -> None:
    report = VisitReport.objects.filter(visit=visit).first()
    if report is not None and report.state not in OPEN_STATES:
        raise RuleViolation(_("This report has been handed in and is locked. The director can return it."))
