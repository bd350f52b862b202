"""Addresses of the role home pages, the approvals and the health checks."""

from django.urls import include, path

from . import organisations, trail, views

OWN = [
    path("audit/", trail.trail, name="trail"),
    path("approvals/", views.approvals, name="approvals"),
    path("workbook/", views.marketing_workbook, name="workbook"),
    path("organisations/<int:pk>/timeline/", organisations.timeline, name="timeline"),
    path("organisations/<int:pk>/merge/", organisations.merge_organisation, name="merge"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("", include((OWN, "dashboard"))),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
