"""Addresses of the role home pages, the approvals and the health checks."""

from django.urls import include, path

from . import handover, organisations, trail, views

OWN = [
    path("audit/", trail.trail, name="trail"),
    path("approvals/", views.approvals, name="approvals"),
    path("workbook/", views.marketing_workbook, name="workbook"),
    path("organisations/<int:pk>/timeline/", organisations.timeline, name="timeline"),
    path("organisations/hand-over/", handover.hand_over_lists, name="hand_over_lists"),
    path("organisations/of/<int:person_pk>/hand-over/", handover.hand_over_list, name="hand_over_list"),
    path("organisations/<int:pk>/hand-over/", handover.hand_over_one, name="hand_over"),
    path("organisations/<int:pk>/merge/", organisations.merge_organisation, name="merge"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("", include((OWN, "dashboard"))),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
