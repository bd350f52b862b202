"""Addresses of organisations and their people."""

from django.urls import path

from .views import attachments, evaluations, imports, organisations, people

app_name = "accounts"
urlpatterns = [
    path("", organisations.organisations, name="organisations"),
    path("new/", organisations.organisation_new, name="organisation_new"),
    path("look-alikes/", organisations.duplicates_of, name="duplicates_of"),
    path("silent/", organisations.silent_organisations, name="silent"),
    path("suggest/", people.suggest, name="suggest"),
    path("search/", people.search, name="search"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.import_batch, name="import_batch"),
    path("news/", people.intel, name="intel"),
    path("news/new/", people.intel_new, name="intel_new"),
    path("news/<int:pk>/read/", people.intel_read, name="intel_read"),
    path("calls/new/", people.log_contact_view, name="log_contact"),
    path("contacts/<int:pk>/", people.contact_edit, name="contact_edit"),
    path("key-contact-changes/<int:pk>/decide/", people.key_change_decide, name="key_change_decide"),
    path("key-contact-changes/<int:pk>/withdraw/", people.key_change_withdraw, name="key_change_withdraw"),
    path("ranking/", evaluations.ranking, name="ranking"),
    path("priority-lists/", evaluations.priority_lists, name="priority_lists"),
    path("priority-lists/submit/", evaluations.priority_submit, name="priority_submit"),
    path("priority-lists/<int:pk>/", evaluations.priority_list, name="priority_list"),
    path("priority-lists/<int:pk>/pdf/", evaluations.priority_pdf, name="priority_pdf"),
    path("priority-lists/<int:pk>/excel/", evaluations.priority_excel, name="priority_excel"),
    path("priority-lists/<int:pk>/decide/", evaluations.priority_decide, name="priority_decide"),
    path("evaluations/<int:pk>/", evaluations.evaluation, name="evaluation"),
    path("evaluations/<int:pk>/review/", evaluations.evaluation_review, name="evaluation_review"),
    path("targets/<int:campaign_pk>/", evaluations.targets_of_campaign, name="targets_of_campaign"),
    path("attachments/<int:pk>/", attachments.attachment, name="attachment"),
    path("attachments/<int:pk>/remove/", attachments.attachment_remove, name="attachment_remove"),
    path("<int:organisation_pk>/attachments/new/", attachments.attachment_new, name="attachment_new"),
    path("<int:organisation_pk>/evaluate/", evaluations.evaluation_new, name="evaluation_new"),
    path("<int:pk>/", organisations.organisation, name="organisation"),
    path("<int:pk>/edit/", organisations.organisation_edit, name="organisation_edit"),
    path("<int:pk>/stage/<slug:stage>/", organisations.organisation_stage, name="organisation_stage"),
    path("<int:pk>/facts/<slug:field>/", organisations.fact_history, name="fact_history"),
    path(
        "<int:pk>/collaborators/", organisations.organisation_collaborators, name="organisation_collaborators"
    ),
    path("<int:organisation_pk>/contacts/new/", people.contact_new, name="contact_new"),
    path("<int:organisation_pk>/key-contact/change/", people.key_change_new, name="key_change_new"),
    path("<int:organisation_pk>/calls/new/", people.log_contact_view, name="log_contact_at"),
    path("<int:organisation_pk>/news/new/", people.intel_new, name="intel_at"),
]
