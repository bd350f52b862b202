"""Addresses of the budget."""

from django.urls import path

from .views import ledger

app_name = "budget"
urlpatterns = [
    path("<int:pk>/ledger/", ledger.ledger, name="ledger"),
]
