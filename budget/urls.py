"""Addresses of the budget."""

from django.urls import path

from .models import Supplement, Transfer
from .views import ledger, requests

app_name = "budget"
urlpatterns = [
    path("<int:pk>/ledger/", ledger.ledger, name="ledger"),
    path("preview/", requests.preview, name="preview"),
    path("supplements/", requests.supplements, name="supplements"),
    path("supplements/new/", requests.supplement_new, name="supplement_new"),
    path("supplements/<int:pk>/", requests.supplement, name="supplement"),
    path("transfers/", requests.transfers, name="transfers"),
    path("transfers/new/", requests.transfer_new, name="transfer_new"),
    path("transfers/<int:pk>/", requests.transfer, name="transfer"),
]
for kind, folder in ((Supplement, "supplements"), (Transfer, "transfers")):
    name = str(kind._meta.model_name)
    urlpatterns += [
        path(f"{folder}/<int:pk>/edit/", requests.edit, {"kind": kind}, name=f"{name}_edit"),
        path(f"{folder}/<int:pk>/hand-in/", requests.hand_in, {"kind": kind}, name=f"{name}_hand_in"),
        path(f"{folder}/<int:pk>/withdraw/", requests.withdraw, {"kind": kind}, name=f"{name}_withdraw"),
        path(f"{folder}/<int:pk>/decide/", requests.decide, {"kind": kind}, name=f"{name}_decide"),
        path(f"{folder}/<int:pk>/report.pdf", requests.pdf, {"kind": kind}, name=f"{name}_pdf"),
    ]
