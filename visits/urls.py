"""Addresses of visits."""

from django.urls import path, re_path

from .views import days, photos, reports, supplies, visits

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
    path("<int:pk>/report/", reports.report, name="report"),
    path("<int:pk>/report/review/", reports.report_review, name="report_review"),
    path("<int:pk>/report/return/", reports.report_return, name="report_return"),
    path("<int:pk>/report/reopen/", reports.report_reopen, name="report_reopen"),
    path("<int:pk>/report.pdf", reports.report_pdf, name="report_pdf"),
    path("reports/to-review/", reports.to_review, name="to_review"),
    path("reports/week.pdf", reports.week_reports_pdf, name="week_reports_pdf"),
    path("reports/blank.pdf", reports.blank_report_pdf, name="blank_report_pdf"),
    path("of/<int:pk>/compare/", reports.compare, name="compare"),
    path("of/<int:pk>/reports.pdf", reports.organisation_reports_pdf, name="organisation_reports_pdf"),
    path("of/<int:pk>/blank.pdf", reports.blank_report_pdf, name="organisation_blank_pdf"),
    path("<int:pk>/materials/", supplies.visit_materials, name="visit_materials"),
    path("materials/", supplies.day_materials, name="materials_of_day"),
    path("<int:pk>/photos/", photos.photos, name="photos"),
    path("photos/<int:pk>/", photos.photo, name="photo"),
    path("photos/<int:pk>/remove/", photos.photo_remove, name="photo_remove"),
]
