"""Addresses of the budget."""

from django.urls import path

from .models import Supplement, Transfer
from .views import budgets, entries, ledger, requests

app_name = "budget"
urlpatterns = [
    path("", budgets.current, name="current"),
    path("start/", budgets.start, name="start"),
    path("book/", entries.book, name="book"),
    path("<int:pk>/", budgets.budget, name="budget"),
    path("<int:pk>/edit/", budgets.edit, name="edit"),
    path("<int:pk>/confirm/", budgets.confirm, name="confirm"),
    path("<int:pk>/approve/", budgets.approve, name="approve"),
    path("<int:pk>/lines/new/", budgets.line_new, name="line_new"),
    path("<int:pk>/estimates/", budgets.estimates, name="estimates"),
    path("<int:pk>/commitments/", entries.commitments, name="commitments"),
    path("<int:pk>/execution.pdf", budgets.execution_pdf, name="execution_pdf"),
    path("lines/<int:pk>/", budgets.line, name="line"),
    path("lines/<int:pk>/edit/", budgets.line_edit, name="line_edit"),
    path("lines/<int:pk>/remove/", budgets.line_remove, name="line_remove"),
    path("entries/<int:pk>/", entries.entry, name="entry"),
    path("entries/<int:pk>/<slug:how>/", entries.entry_act, name="entry_act"),
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
