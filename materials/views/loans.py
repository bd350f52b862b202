"""借用: laptops, projectors, uniforms – who has them, since when, until when."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keyaccounts.common import clock
from keyaccounts.common.access import requires
from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.listing import Listing, list_page
from keyaccounts.common.pages import done
from keyaccounts.exports.answers import listing_answer
from materials.actions.stock import return_loan
from materials.choices import KEEPERS, READERS
from materials.exports import loan_columns, loan_values
from materials.filters import LoanFilter
from materials.models import Loan, Material

from .common import campaign_of


@requires(*READERS)
@require_safe
def loans(request: HttpRequest) -> HttpResponseBase:
    """What is out and what came back; overdue ones in red."""
    campaign, today = campaign_of(request), clock.today()
    listing = Listing(
        request,
        key="loans",
        queryset=Loan.objects.visible_to(request.user)
        .filter(material__campaign=campaign)
        .select_related("material", "holder"),
        filterset_class=LoanFilter,
        filter_kwargs={"campaign": campaign, "on": today},
        columns=loan_columns(),
        default_sort="-out_on",
    )
    if request.GET.get("export") == "xlsx":
        return listing_answer(request, listing, title=_("Loans"), values=loan_values)
    kept = set(Material.objects.kept_by(request.user).values_list("pk", flat=True))
    for row in listing.page:
        row.is_out = row.back_on is None
        row.is_overdue = row.is_out and row.due_back_on is not None and row.due_back_on < today
        row.may_return = row.is_out and row.material_id in kept
    context = {
        "rows_part": "materials/_loan_rows.html",
        "heading": _("Loans"),
        "campaign": campaign,
        "tab": "loans",
        "empty_text": _("Lend a laptop or a uniform on its material's page; who has it stands here."),
    }
    return list_page(listing, page="materials/loan_list.html", **context)


@requires(*KEEPERS)
@require_POST
def loan_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Back, by one tap."""
    loan = get_object_or_404(
        Loan.objects.visible_to(request.user).select_related("material", "holder"), pk=pk
    )
    if not Material.objects.kept_by(request.user).filter(pk=loan.material_id).exists():
        raise PermissionDenied
    address = (
        loan.material.get_absolute_url()
        if request.POST.get("back") == "material"
        else reverse("materials:loans")
    )
    try:
        return_loan(loan, on=clock.today(), at=clock.now(), by=request.user)
    except RuleViolation as violation:
        messages.error(request, str(violation))
        return done(request, address)
    return done(
        request, address, _("%(what)s is back from %(who)s.") % {"what": loan.material, "who": loan.holder}
    )
