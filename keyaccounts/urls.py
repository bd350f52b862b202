"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("keyaccounts.dashboard.urls")),
    path("people/", include("keyaccounts.people.urls")),
    path("notices/", include("keyaccounts.notices.urls")),
    path("exports/", include("keyaccounts.exports.urls")),
    path("campaigns/", include("keyaccounts.campaigns.urls")),
    path("budget/", include("budget.urls")),
    path("imports/", include("keyaccounts.imports.urls")),
    path("materials/", include("materials.urls")),
    path("organisations/", include("accounts.urls")),
    path("visits/", include("visits.urls")),
    path("admin/", admin.site.urls),
]
