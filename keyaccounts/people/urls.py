"""Addresses of this app."""

from django.urls import path

from . import saved_filters, views

app_name = "people"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password, name="password"),
    path("language/", views.language, name="language"),
    path("me/", views.me, name="me"),
    path("teams/", views.teams, name="teams"),
    path("teams/<int:pk>/", views.team, name="team"),
    path("filters/<slug:listing>/", saved_filters.save_filter, name="save_filter"),
]
