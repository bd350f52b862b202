"""The pages of the plan: who opens them, what they do, what they refuse."""

import io
import re
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from keyaccounts.campaigns.actions.campaigns import activate
from keyaccounts.campaigns.actions.rounds import start_from_template
from keyaccounts.campaigns.actions.work import edit_work_item
from keyaccounts.campaigns.choices import CampaignState, WorkState
from keyaccounts.campaigns.models import Campaign
from tests import given
from tests.pictures import a_jpeg, place_in

pytestmark = pytest.mark.django_db
MAY_15 = date(2012, 5, 15)


def the_plan(director):
    campaign = start_from_template(name="", starts_on=MAY_15, by=director)
    return activate(campaign, by=director)


@pytest.mark.parametrize("page", ["campaign", "board", "work"])
def test_everybody_reads_the_running_plan(sign_in, page):
    campaign = the_plan(given.a_director())

    answer = sign_in(given.a_rep()).get(reverse(f"campaigns:{page}", args=[campaign.pk]))

    assert answer.status_code == 200
    assert "制定《大客户渠道拓展执行方案》" in answer.text
    assert "待确认" in answer.text


@pytest.mark.parametrize("page", ["campaign", "board", "work"])
def test_a_draft_is_its_writers_own(sign_in, page):
    campaign = given.a_campaign(state=CampaignState.DRAFT)
    url = reverse(f"campaigns:{page}", args=[campaign.pk])

    assert sign_in(given.a_marketer()).get(url).status_code == 200
    assert sign_in(given.a_rep()).get(url).status_code == 404


@pytest.mark.parametrize(
    "page",
    [
        "campaign_edit",
        "next_round",
        "confirm",
        "targets",
        "phase_new",
        "work_item_new",
    ],
)
def test_writing_is_for_the_director_and_marketing(sign_in, page):
    campaign = the_plan(given.a_director())
    url = reverse(f"campaigns:{page}", args=[campaign.pk])

    assert sign_in(given.a_lead()).get(url).status_code == 403
    assert sign_in(given.a_marketer()).get(url).status_code == 200


def test_the_plan_is_drawn_up_once_however_often_it_is_sent(sign_in):
    client = sign_in(given.a_director())
    page = client.get(reverse("campaigns:campaign_from_plan"))
    sent = {
        "name": "方案",
        "starts_on": "2012-05-15",
        "submission_key": page.context["form"].initial["submission_key"],
    }

    first = client.post(reverse("campaigns:campaign_from_plan"), sent)
    second = client.post(reverse("campaigns:campaign_from_plan"), sent)

    assert first.url == second.url
    assert Campaign.objects.count() == 1


def test_a_bad_date_is_refused_beside_its_field(sign_in):
    client = sign_in(given.a_director())

    answer = client.post(reverse("campaigns:campaign_from_plan"), {"name": "方案", "starts_on": "明天"})

    assert answer.status_code == 422
    assert "starts_on" in answer.context["form"].errors


def test_a_rep_ticks_own_work_only(sign_in):
    rep, campaign = given.a_rep(), given.a_campaign()
    own, other = given.a_work_item(campaign, owner=rep), given.a_work_item(campaign, owner=given.a_rep())
    client = sign_in(rep)

    ticked = client.post(reverse("campaigns:work_item_move", args=[own.pk]), {"to": "done"})
    refused = client.post(reverse("campaigns:work_item_move", args=[other.pk]), {"to": "done"})

    own.refresh_from_db()
    assert (ticked.status_code, own.state) == (302, WorkState.DONE)
    assert refused.status_code == 403


def test_a_lead_ticks_the_teams_work(sign_in):
    team = given.a_team()
    lead, member = given.a_lead(team=team), given.a_lead(team=team)
    item = given.a_work_item(given.a_campaign(), owner=member)

    answer = sign_in(lead).post(reverse("campaigns:work_item_move", args=[item.pk]), {"to": "doing"})

    assert answer.status_code == 302


def test_taking_back_needs_a_reason(sign_in):
    rep = given.a_rep()
    item = given.a_work_item(given.a_campaign(), owner=rep, state=WorkState.DONE, done_on=MAY_15)
    url = reverse("campaigns:work_item_move", args=[item.pk])

    refused = sign_in(rep).post(url, {"to": "doing"})
    taken = sign_in(rep).post(url, {"to": "doing", "reason": "还差样片"})

    assert refused.status_code == 422
    assert taken.status_code == 302


def test_a_stale_edit_shows_both_versions(sign_in):
    campaign = given.a_campaign()
    item = given.a_work_item(campaign, note="旧")
    edit_work_item(item, version=1, by=given.a_director(), note="先到的")
    sent = {"content": item.content, "note": "后到的", "version": 1}

    answer = sign_in(given.a_director()).post(reverse("campaigns:work_item_edit", args=[item.pk]), sent)

    assert answer.status_code == 422
    assert "先到的" in answer.text
    assert "后到的" in answer.text


def test_a_phase_of_another_campaign_is_refused(sign_in):
    campaign, other = given.a_campaign(), given.a_campaign()
    phase = given.a_phase(other)

    answer = sign_in(given.a_director()).post(
        reverse("campaigns:work_item_new", args=[campaign.pk]), {"content": "新工作", "phase": phase.pk}
    )

    assert answer.status_code == 422


def test_deduced_values_are_confirmed_from_the_page(sign_in):
    director = given.a_director()
    campaign = the_plan(director)
    item = campaign.work_items.get(number=2)

    answer = sign_in(director).post(
        reverse("campaigns:confirm", args=[campaign.pk]),
        {"kind": "work", "row": item.pk, "field": "departments"},
    )

    item.refresh_from_db()
    assert answer.status_code == 302
    assert item.inferred == []


def test_no_two_things_on_a_page_of_several_forms_have_one_id(sign_in):
    director = given.a_director()
    item = the_plan(director).work_items.get(number=2)

    page = sign_in(director).get(item.get_absolute_url()).content.decode()

    ids = re.findall(r'\sid="([^"]*)"', page)
    assert page.count('name="submission_key"') == 2
    assert len(ids) == len(set(ids))


def test_a_document_is_checked_kept_and_served_in_scope(sign_in):
    director = given.a_director()
    draft = given.a_campaign(state=CampaignState.DRAFT)
    item = given.a_work_item(draft)
    attach = reverse("campaigns:work_item_attach", args=[item.pk])
    client = sign_in(director)

    liar = client.post(attach, {"file": SimpleUploadedFile("方案.pdf", b"MZ not a pdf")})
    script = client.post(attach, {"file": SimpleUploadedFile("方案.html", b"<script>")})
    kept = client.post(attach, {"file": SimpleUploadedFile("方案.pdf", b"%PDF-1.7 ...")})

    assert (liar.status_code, script.status_code, kept.status_code) == (422, 422, 302)
    url = reverse("campaigns:work_item_document", args=[item.pk])
    served = client.get(url)
    assert b"".join(served.streaming_content) == b"%PDF-1.7 ..."
    assert served["Content-Disposition"].startswith("attachment")
    assert sign_in(given.a_rep()).get(url).status_code == 404


def test_a_picture_of_the_work_does_not_say_where_it_was_taken(sign_in):
    item = given.a_work_item(given.a_campaign(state=CampaignState.DRAFT))
    attach = reverse("campaigns:work_item_attach", args=[item.pk])
    client, photo = sign_in(given.a_director()), a_jpeg()

    kept = client.post(attach, {"file": SimpleUploadedFile("会场.jpg", photo)})
    half = client.post(attach, {"file": SimpleUploadedFile("会场.jpg", photo[:5000])})

    served = client.get(reverse("campaigns:work_item_document", args=[item.pk]))
    assert (kept.status_code, half.status_code) == (302, 422)
    assert (place_in(photo)[1], place_in(b"".join(served.streaming_content))) == ("N", {})


def test_work_and_phase_pages_open_for_readers(sign_in):
    campaign = the_plan(given.a_director())
    client = sign_in(given.a_rep())

    for row, words in (
        (phase := campaign.phases.first(), phase.name),
        (item := campaign.work_items.first(), item.content),
    ):
        page = client.get(row.get_absolute_url())
        assert (page.status_code, words in page.text) == (200, True), row


@pytest.mark.parametrize("rows", [1, 3])
def test_the_table_costs_the_same_however_long(sign_in, rows, django_assert_max_num_queries):
    campaign = given.a_campaign()
    for _ in range(rows):
        given.a_work_item(campaign, owner=given.a_rep()).departments.add(given.a_department())
    client = sign_in(given.a_director())

    with django_assert_max_num_queries(16):
        client.get(reverse("campaigns:work", args=[campaign.pk]))


def test_the_table_filters_by_what_is_late(sign_in):
    campaign = given.a_campaign()
    late = given.a_work_item(campaign, due_on=MAY_15, content="迟了的工作")
    given.a_work_item(campaign, content="没有期限的工作")

    answer = sign_in(given.a_rep()).get(reverse("campaigns:work", args=[campaign.pk]), {"state": "overdue"})

    assert late.content in answer.text
    assert "没有期限的工作" not in answer.text


def test_current_leads_to_the_running_campaign(sign_in):
    campaign = given.a_campaign()

    assert sign_in(given.a_rep()).get(reverse("campaigns:current")).url == campaign.get_absolute_url()


def test_the_work_plan_as_excel_says_what_is_to_be_confirmed(sign_in, tmp_path):
    campaign = the_plan(given.a_director())

    answer = sign_in(given.a_rep()).get(reverse("campaigns:work", args=[campaign.pk]), {"export": "xlsx"})

    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [cell for row in book.active.iter_rows(values_only=True) for cell in row]
    assert "制定《大客户渠道拓展执行方案》" in cells
    assert "营销中心(待确认)" in cells


def test_work_that_is_done_is_opened_again_not_begun(sign_in):
    rep = given.a_rep()
    done = given.a_work_item(given.a_campaign(), owner=rep, state=WorkState.DONE, done_on=MAY_15)

    page = sign_in(rep).get(done.get_absolute_url()).text

    assert 'value="doing">重新打开工作</button>' in page
