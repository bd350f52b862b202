"""Addresses of visits."""

from django.urls import path, re_path

from .views import days, visits

app_name = "visits"
urlpatterns = [
    path("", visits.visits, name="visits"),
    path("today/", days.today, name="today"),
    path("calls/", days.calls, name="calls"),
    path("week/", days.week, name="week"),
    path("month/", days.month, name="month"),
    path("gaps/", visits.gaps, name="gaps"),
    path("plan/", visits.plan, name="plan"),
    path("of/<int:organisation_pk>/", visits.of_organisation, name="of_organisation"),
    path("<int:pk>/", visits.visit, name="visit"),
    path("<int:pk>/edit/", visits.visit_edit, name="visit_edit"),
    path("<int:pk>/call/", visits.call, name="call"),
    path("<int:pk>/reschedule/", visits.visit_reschedule, name="visit_reschedule"),
    re_path(r"^(?P<pk>\d+)/(?P<how>cancel|no-show)/$", visits.visit_drop, name="visit_drop"),
    re_path(r"^(?P<pk>\d+)/(?P<step>set-out|check-in|finish)/$", visits.visit_step, name="visit_step"),
]
