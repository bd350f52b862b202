"""Files with versions: PPT, 样片, 调查表; one version is the final one (R51)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from keyaccounts.audit.actions import record
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.originals import strip_place
from materials.choices import MaterialState
from materials.models import Material, MaterialFile
from materials.rules import may_move

from .items import move_material


@transaction.atomic
def add_file(
    material: Material, *, file: UploadedFile, by: Any, at: datetime, note: str = ""
) -> MaterialFile:
    """Keep a new version; the name people see is the one they gave it, the name on the disk is ours.

    A picture or film keeps every pixel and loses where it was taken.
    Raises RuleViolation when the very same file is there already, or it is cut short.
    """
    strip_place(file)
    material = (
        Material.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign")
        .get(pk=material.pk)
    )
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    same = material.files.filter(digest=digest.hexdigest()).first()
    if same is not None:
        raise RuleViolation(
            _("This file is there already, as version %(number)s.") % {"number": same.number}, field="file"
        )
    last = material.files.order_by("-number").values_list("number", flat=True).first() or 0
    name = PurePath((file.name or "").replace("\\", "/")).name[-150:] or "file"
    version = MaterialFile(
        material=material, number=last + 1, name=name, size=file.size or 0, digest=digest.hexdigest(),
        note=note.strip(), by=by, at=at,
    )  # fmt: skip
    suffix = PurePath(name).suffix.lower()
    version.file.save(f"{material.pk}-v{last + 1}{suffix}", file, save=False)
    version.save()
    record(
        material, "materials.material.file_added", by=by, under=material.campaign, file=name, version=last + 1
    )
    return version


@transaction.atomic
def finalise(version: MaterialFile, *, by: Any, at: datetime) -> MaterialFile:
    """定稿: this version is the one people use; an earlier final one is not any more.

    The material itself becomes 已定稿 where it was being drafted. Pressed again it changes nothing.
    """
    material = (
        Material.objects.select_for_update(of=("self",), no_key=True)
        .select_related("campaign")
        .get(pk=version.material_id)
    )
    version = MaterialFile.objects.get(pk=version.pk)
    if version.is_final:
        return version
    material.files.filter(is_final=True).update(is_final=False)
    MaterialFile.objects.filter(pk=version.pk).update(is_final=True, finalised_by=by, finalised_at=at)
    version.refresh_from_db()
    record(
        material, "materials.material.file_final", by=by, under=material.campaign, file=version.name, version=version.number
    )  # fmt: skip
    if may_move(material.state, MaterialState.FINAL) and not material.is_decision:
        move_material(material, to=MaterialState.FINAL, on=at.date(), by=by, at=at)
    return version
