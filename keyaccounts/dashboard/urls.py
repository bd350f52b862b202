"""Addresses of the role home pages, the approvals and the health checks."""

from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include(([path("approvals/", views.approvals, name="approvals")], "dashboard"))),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
