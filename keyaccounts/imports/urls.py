"""Addresses of imports."""

from django.urls import path

from . import views

app_name = "imports"
urlpatterns = [
    path("<slug:kind>/", views.start, name="start"),
    path("<slug:kind>/template/", views.template, name="template"),
    path("uploads/<int:pk>/", views.upload, name="upload"),
    path("uploads/<int:pk>/lines/<int:line_pk>/", views.decide, name="decide"),
    path("uploads/<int:pk>/write/", views.write, name="write"),
    path("uploads/<int:pk>/revert/", views.revert, name="revert"),
    path("uploads/<int:pk>/failed/", views.failed, name="failed"),
]
