"""Addresses of this app."""

from django.urls import path

from . import saved_filters, views

app_name = "people"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("filters/<slug:listing>/", saved_filters.save_filter, name="save_filter"),
]
