"""The home page of each role."""

from django.http import HttpResponse
from django.shortcuts import render

from keyaccounts.common.access import public, signed_in


@signed_in
def home(request):
    return render(request, "dashboard/home.html")


@public
def healthz(request):
    """200 once a page can be served."""
    return HttpResponse("ok", content_type="text/plain")
