"""Addresses of the plan."""

from django.urls import path

from .views import campaigns, phases, work

app_name = "campaigns"
urlpatterns = [
    path("", campaigns.campaigns, name="campaigns"),
    path("current/", campaigns.current, name="current"),
    path("new/", campaigns.campaign_new, name="campaign_new"),
    path("from-plan/", campaigns.campaign_from_plan, name="campaign_from_plan"),
    path("phases/<int:pk>/", phases.phase, name="phase"),
    path("phases/<int:pk>/edit/", phases.phase_edit, name="phase_edit"),
    path("work/<int:pk>/", work.work_item, name="work_item"),
    path("work/<int:pk>/edit/", work.work_item_edit, name="work_item_edit"),
    path("work/<int:pk>/move/", work.work_item_move, name="work_item_move"),
    path("work/<int:pk>/document/", work.work_item_document, name="work_item_document"),
    path("work/<int:pk>/attach/", work.work_item_attach, name="work_item_attach"),
    path("<int:pk>/", campaigns.campaign, name="campaign"),
    path("<int:pk>/edit/", campaigns.campaign_edit, name="campaign_edit"),
    path("<int:pk>/board/", work.board, name="board"),
    path("<int:pk>/work/", work.work, name="work"),
    path("<int:pk>/start/", campaigns.campaign_start, name="campaign_start"),
    path("<int:pk>/close/", campaigns.campaign_close, name="campaign_close"),
    path("<int:pk>/next-round/", campaigns.next_round, name="next_round"),
    path("<int:pk>/confirm/", campaigns.confirm, name="confirm"),
    path("<int:pk>/targets/", campaigns.targets, name="targets"),
    path("<int:pk>/phases/new/", phases.phase_new, name="phase_new"),
    path("<int:pk>/work/new/", work.work_item_new, name="work_item_new"),
]
