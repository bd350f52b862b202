"""Addresses of the budget."""

from django.urls import path

from .models import Supplement, Transfer
from .views import budgets, claims, entries, ledger, lines, requests

app_name = "budget"
urlpatterns = [
    path("", budgets.current, name="current"),
    path("start/", budgets.start, name="start"),
    path("book/", entries.book, name="book"),
    path("<int:pk>/", budgets.budget, name="budget"),
    path("<int:pk>/edit/", budgets.edit, name="edit"),
    path("<int:pk>/confirm/", budgets.confirm, name="confirm"),
    path("<int:pk>/approve/", budgets.approve, name="approve"),
    path("<int:pk>/close/", budgets.close, name="close"),
    path("<int:pk>/reopen/", budgets.reopen, name="reopen"),
    path("<int:pk>/lines/new/", lines.line_new, name="line_new"),
    path("<int:pk>/estimates/", budgets.estimates, name="estimates"),
    path("<int:pk>/commitments/", entries.commitments, name="commitments"),
    path("<int:pk>/execution.pdf", budgets.execution_pdf, name="execution_pdf"),
    path("lines/<int:pk>/", lines.line, name="line"),
    path("lines/<int:pk>/edit/", lines.line_edit, name="line_edit"),
    path("lines/<int:pk>/remove/", lines.line_remove, name="line_remove"),
    path("entries/<int:pk>/", entries.entry, name="entry"),
    path("entries/<int:pk>/<slug:how>/", entries.entry_act, name="entry_act"),
    path("<int:pk>/ledger/", ledger.ledger, name="ledger"),
    path("preview/", requests.preview, name="preview"),
    path("claims/", claims.claims, name="claims"),
    path("claims/new/", claims.claim_new, name="claim_new"),
    path("claims/<int:pk>/", claims.claim, name="claim"),
    path("claims/<int:pk>/edit/", claims.claim_edit, name="claim_edit"),
    path("claims/<int:pk>/submit/", claims.claim_submit, name="claim_submit"),
    path("claims/<int:pk>/withdraw/", claims.claim_withdraw, name="claim_withdraw"),
    path("claims/<int:pk>/decide/", claims.claim_decide, name="claim_decide"),
    path("claims/<int:pk>/pay/", claims.claim_pay, name="claim_pay"),
    path("claims/<int:pk>/claim.pdf", claims.claim_pdf, name="claim_pdf"),
    path("claims/<int:pk>/receipts/", claims.claim_receipts, name="claim_receipts"),
    path("receipts/<int:pk>/", claims.receipt, name="receipt"),
    path("receipts/<int:pk>/remove/", claims.receipt_remove, name="receipt_remove"),
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
