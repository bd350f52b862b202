"""Addresses of materials."""

from django.urls import path

from .views import extras, kits, requisitions

app_name = "materials"
urlpatterns = [
    path("requisitions/", requisitions.requisitions, name="requisitions"),
    path("requisitions/new/", requisitions.requisition_new, name="requisition_new"),
    path("requisitions/packing.pdf", requisitions.packing_of_day, name="packing_of_day"),
    path("requisitions/<int:pk>/", requisitions.requisition, name="requisition"),
    path("requisitions/<int:pk>/edit/", requisitions.requisition_edit, name="requisition_edit"),
    path("requisitions/<int:pk>/decide/", requisitions.requisition_decide, name="requisition_decide"),
    path("requisitions/<int:pk>/withdraw/", requisitions.requisition_withdraw, name="requisition_withdraw"),
    path("requisitions/<int:pk>/call-off/", requisitions.requisition_call_off, name="requisition_call_off"),
    path("requisitions/<int:pk>/issue/", requisitions.requisition_issue, name="requisition_issue"),
    path("requisitions/<int:pk>/requisition.pdf", requisitions.requisition_paper, name="requisition_pdf"),
    path("requisitions/<int:pk>/packing.pdf", requisitions.packing_paper, name="packing_pdf"),
    path("handovers/<int:pk>/confirm/", requisitions.handover_confirm, name="handover_confirm"),
    path("handovers/confirm/", requisitions.receipts_confirm, name="receipts_confirm"),
    path("supplements/", extras.extras, name="extras"),
    path("supplements/new/", extras.extra_new, name="extra_new"),
    path("supplements/<int:pk>/", extras.extra, name="extra"),
    path("supplements/<int:pk>/edit/", extras.extra_edit, name="extra_edit"),
    path("supplements/<int:pk>/decide/", extras.extra_decide, name="extra_decide"),
    path("supplements/<int:pk>/withdraw/", extras.extra_withdraw, name="extra_withdraw"),
    path("supplements/<int:pk>/report.pdf", extras.extra_paper, name="extra_pdf"),
    path("kits/", kits.kits, name="kits"),
    path("kits/<int:pk>/", kits.kit, name="kit"),
]
