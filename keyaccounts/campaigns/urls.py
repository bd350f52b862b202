"""Addresses of the plan."""

from django.urls import path

from . import views

app_name = "campaigns"
urlpatterns = [
    path("", views.campaigns, name="campaigns"),
    path("current/", views.current, name="current"),
    path("new/", views.campaign_new, name="campaign_new"),
    path("from-plan/", views.campaign_from_plan, name="campaign_from_plan"),
    path("phases/<int:pk>/", views.phase, name="phase"),
    path("phases/<int:pk>/edit/", views.phase_edit, name="phase_edit"),
    path("work/<int:pk>/", views.work_item, name="work_item"),
    path("work/<int:pk>/edit/", views.work_item_edit, name="work_item_edit"),
    path("work/<int:pk>/move/", views.work_item_move, name="work_item_move"),
    path("work/<int:pk>/document/", views.work_item_document, name="work_item_document"),
    path("work/<int:pk>/attach/", views.work_item_attach, name="work_item_attach"),
    path("<int:pk>/", views.campaign, name="campaign"),
    path("<int:pk>/edit/", views.campaign_edit, name="campaign_edit"),
    path("<int:pk>/board/", views.board, name="board"),
    path("<int:pk>/work/", views.work, name="work"),
    path("<int:pk>/start/", views.campaign_start, name="campaign_start"),
    path("<int:pk>/close/", views.campaign_close, name="campaign_close"),
    path("<int:pk>/next-round/", views.next_round, name="next_round"),
    path("<int:pk>/confirm/", views.confirm, name="confirm"),
    path("<int:pk>/targets/", views.targets, name="targets"),
    path("<int:pk>/phases/new/", views.phase_new, name="phase_new"),
    path("<int:pk>/work/new/", views.work_item_new, name="work_item_new"),
]
