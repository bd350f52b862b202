"""Addresses of this app."""

from django.urls import path

from . import views

app_name = "people"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
]
