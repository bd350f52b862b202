"""What the pages of materials have in common: which campaign, which row, who may move it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from keyaccounts.campaigns.models import Campaign
from materials.models import Material


def campaign_of(request: HttpRequest) -> Campaign:
    """The campaign of the address (``?campaign=3``), else the running one, else the newest; 404 when there is none."""
    seen = Campaign.objects.visible_to(request.user)
    asked = request.GET.get("campaign", "")
    if asked:
        return get_object_or_404(seen, pk=asked if asked.isdecimal() else 0)
    found = Campaign.objects.current() or seen.order_by("-starts_on").first()
    if found is None:
        raise Http404
    return found


def material_of(request: HttpRequest, pk: int) -> Material:
    """The material, 404 out of sight."""
    rows = Material.objects.visible_to(request.user).select_related(
        "campaign", "department", "line__budget__campaign"
    )
    return get_object_or_404(rows, pk=pk)


def kept_material(request: HttpRequest, pk: int) -> Material:
    """The material, 404 out of sight, 403 when somebody else keeps it."""
    material = material_of(request, pk)
    if not keeps(request.user, material):
        raise PermissionDenied
    return material


def keeps(user: Any, material: Material) -> bool:
    """Whether this person moves the stock of a material."""
    return Material.objects.kept_by(user).filter(pk=material.pk).exists()
