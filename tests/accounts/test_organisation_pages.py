"""The organisation's file, list and timeline: who sees what, and what the pages say (R15–R27, R50, R60, D3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.actions.facts import learn
from accounts.actions.journal import log_contact, note_place, report_intel
from accounts.actions.organisations import edit_organisation, move_stage
from accounts.choices import Stage
from accounts.models import Handover, KeyContact, Organisation
from accounts.queries import similar_to
from accounts.search import reindex
from keyaccounts.audit.actions import record
from keyaccounts.audit.models import AuditEvent
from keyaccounts.audit.queries import history
from keyaccounts.common import clock
from keyaccounts.common.errors import RuleViolation, StaleEdit
from keyaccounts.notices.models import Notice
from keyaccounts.people.models import TeamMember
from tests import given
from visits.choices import VisitState
from visits.models import Visit

pytestmark = pytest.mark.django_db
NOON = given.at(2012, 7, 10, 12)
JULY_10 = date(2012, 7, 10)


def at(name, *args):
    return reverse(name, args=args)


# -- who sees and works -----------------------------------------------------------------------
def test_a_stranger_does_not_learn_that_it_is_there(sign_in):
    organisation = given.an_organisation()

    assert sign_in(given.a_rep()).get(organisation.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("name", ["organisation_edit", "organisation_collaborators"])
def test_the_marketing_centre_reads_but_does_not_write(sign_in, name):
    organisation = given.an_organisation()
    client = sign_in(given.a_marketer())

    assert client.get(organisation.get_absolute_url()).status_code == 200
    assert client.get(at(f"accounts:{name}", organisation.pk)).status_code == 403


def test_a_collaborator_works_there(sign_in):
    organisation, helper = given.an_organisation(), given.a_rep()
    organisation.collaborators.add(helper)
    client = sign_in(helper)

    answer = client.post(
        at("accounts:log_contact_at", organisation.pk), {"channel": "phone", "text": "约了周四"}
    )

    assert answer.status_code == 302
    assert organisation.contact_logs.get().by == helper
    assert client.get(at("accounts:organisation_edit", organisation.pk)).status_code == 200


def test_the_marketing_centre_sees_masked_phones_on_page_and_in_search(sign_in):
    organisation = given.an_organisation(name="北京燕岭重型铸造厂")
    given.a_contact(organisation, name="邢国桢", mobile="19900001003", phone="01069301234")
    reindex(organisation)
    client = sign_in(given.a_marketer())

    for address in (organisation.get_absolute_url(), "/organisations/search/?q=1003"):
        text = client.get(address).content.decode()
        assert "199****1003" in text
        assert "19900001003" not in text
        assert "01069301234" not in text


# -- entering ---------------------------------------------------------------------------------
def test_a_look_alike_is_shown_with_name_district_and_owner_only_and_needs_a_reason(sign_in):
    owner = given.a_rep(name="周晓棠")
    there = given.an_organisation(
        owner=owner,
        name="北京云岫矿山机械有限公司",
        district="fangshan",
        address="秘密路1号",
        phone="01069300000",
    )
    reindex(there)
    client = sign_in(given.a_rep())
    sent = {"name": "云秀矿山机械(集团)公司", "type": "factory_mine"}

    first = client.post(at("accounts:organisation_new"), sent)
    text = first.content.decode()
    second = client.post(at("accounts:organisation_new"), {**sent, "go_on_reason": "是另一家,在大兴"})

    assert first.status_code == 422
    assert all(part in text for part in ("北京云岫矿山机械有限公司", "房山区", "周晓棠"))
    assert "秘密路" not in text
    assert "01069300000" not in text
    assert second.status_code == 302
    assert Organisation.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("云岫矿山机械", ""),
        ("北京云岫矿山机械(集团)有限责任公司", ""),
        ("YX矿山机械中心", "云岫"),
        ("云岫矿山机械工会委员会", ""),
        ("北京云秀矿山机械厂", ""),
    ],
)
def test_look_alikes_appear_while_the_name_is_typed(sign_in, name, short):
    there = given.an_organisation(name="北京云岫矿山机械有限公司", short_name="云岫")
    reindex(there)
    if name.endswith("厂"):
        Organisation.objects.filter(pk=there.pk).update(name="北京云岫矿山机械厂")
        there.refresh_from_db()
        reindex(there)

    answer = sign_in(given.a_rep()).post(at("accounts:duplicates_of"), {"name": name, "short_name": short})

    assert there.name in answer.content.decode()


def test_a_name_of_its_own_has_no_look_alike(sign_in):
    reindex(given.an_organisation(name="北京云岫矿山机械有限公司"))

    answer = sign_in(given.a_rep()).post(at("accounts:duplicates_of"), {"name": "北京清槐实验中学"})

    assert "云岫" not in answer.content.decode()


def test_referring_organisation_of_another_rep_is_refused(sign_in):
    foreign = given.an_organisation()

    answer = sign_in(given.a_rep()).post(
        at("accounts:organisation_new"),
        {"name": "北京清槐实验中学", "type": "school", "referred_by": foreign.pk},
    )

    assert answer.status_code == 422
    assert foreign.name not in answer.content.decode()


def test_a_long_form_offers_few_organisations_however_many_there_are(sign_in):
    rep = given.a_rep()
    for _n in range(40):
        given.an_organisation(owner=rep)

    text = sign_in(rep).get(at("accounts:log_contact")).content.decode()

    assert text.count("热电厂</option>") == 30
    assert at("accounts:suggest") in text


def test_suggestions_stay_within_scope(sign_in):
    rep = given.a_rep()
    own = given.an_organisation(owner=rep, name="北京清槐实验中学")
    for row in (own, given.an_organisation(name="北京清槐第二中学")):
        reindex(row)

    found = sign_in(rep).get(at("accounts:suggest"), {"q": "清槐"}).json()["results"]

    assert [row["value"] for row in found] == [own.pk]


# -- stages -----------------------------------------------------------------------------------
def test_every_declared_next_stage_is_offered_on_the_page(sign_in):
    organisation = given.an_organisation(stage=Stage.NEGOTIATING)

    text = sign_in(organisation.owner).get(organisation.get_absolute_url()).content.decode()

    for stage in ("briefing", "collecting", "contracting", "parked", "dropped"):
        assert at("accounts:organisation_stage", organisation.pk, stage) in text
    assert at("accounts:organisation_stage", organisation.pk, "maintaining") not in text


def test_parking_asks_for_a_reason_and_shows_it(sign_in):
    organisation = given.an_organisation(stage=Stage.NEGOTIATING)
    client = sign_in(organisation.owner)
    address = at("accounts:organisation_stage", organisation.pk, "parked")

    refused = client.post(address, {"reason": ""})
    client.post(address, {"reason": client.get(address).context["form"].fields["reason"].choices[0][0]})

    organisation.refresh_from_db()
    assert refused.status_code == 422
    assert organisation.stage == Stage.PARKED
    assert organisation.stage_reason


def test_a_stage_out_of_turn_is_refused_with_the_ways_there_are():
    organisation = given.an_organisation(stage=Stage.SCOUTING)

    with pytest.raises(RuleViolation, match="洽谈中"):
        move_stage(organisation, to=Stage.CONTRACTING, by=organisation.owner)


# -- facts ------------------------------------------------------------------------------------
def test_a_later_blank_erases_nothing_and_the_page_says_where_the_answer_came_from(sign_in):
    organisation = given.an_organisation()
    person = given.a_contact(organisation, name="邢国桢")
    visit = given.a_visit(organisation, state=VisitState.REVIEWED)
    source = f"visits.visit:{visit.pk}"
    learn(
        organisation, facts={"staff_count": 2350}, on=date(2012, 6, 1), by=None, source=source,
        source_label="第1次拜访", asked=person,
    )  # fmt: skip

    learn(organisation, facts={"staff_count": None}, on=JULY_10, by=None, source_label="第2次拜访")

    organisation.refresh_from_db()
    text = sign_in(organisation.owner).get(organisation.get_absolute_url()).content.decode()
    assert organisation.staff_count == 2350
    assert all(part in text for part in ("2,350", "第1次拜访", "邢国桢", visit.get_absolute_url()))


def test_an_earlier_answer_learnt_later_does_not_overwrite():
    organisation = given.an_organisation()
    learn(organisation, facts={"staff_count": 2350}, on=JULY_10, by=None)

    learn(organisation, facts={"staff_count": 1000}, on=date(2012, 5, 1), by=None)

    organisation.refresh_from_db()
    assert organisation.staff_count == 2350


# -- the same kind ------------------------------------------------------------------------------
def test_similar_ones_share_type_industry_or_district_and_say_which():
    rep = given.a_rep()
    shared = {"type": "factory_mine", "industry": "C", "district": "fangshan"}
    one = given.an_organisation(owner=rep, **shared)
    all_three = given.an_organisation(owner=rep, grade="C", **shared)
    district = given.an_organisation(owner=rep, type="school", district="fangshan")
    given.an_organisation(owner=rep, type="school", district="daxing")
    given.an_organisation(**shared)  # somebody else's

    found = similar_to(one, user=rep)

    assert [(row.pk, row.shared) for row in found] == [
        (all_three.pk, ["大型厂矿", "制造业", "房山区"]),
        (district.pk, ["房山区"]),
    ]


# -- the timeline -------------------------------------------------------------------------------
def an_eventful_organisation():
    organisation = given.an_organisation(stage=Stage.NEGOTIATING)
    rep = organisation.owner
    person = given.a_contact(organisation, name="邢国桢")
    given.a_visit(organisation, state=VisitState.REVIEWED, planned_at=given.at(2012, 7, 1), next_step="送样")
    log_contact(
        organisation, channel="phone", contact=person, on=date(2012, 7, 2), at=NOON, by=rep, text="约样品"
    )
    report_intel(organisation, text="换了主席", on=date(2012, 7, 3), by=rep, at=NOON)
    move_stage(organisation, to=Stage.BRIEFING, by=rep)
    KeyContact.objects.create(organisation=organisation, contact=person, since_on=date(2012, 7, 1))
    Handover.objects.create(
        organisation=organisation, from_user=rep, to_user=given.a_rep(name="吴承泽"), reason="调组", by=rep
    )
    return organisation


def test_the_timeline_tells_everything_that_happened(sign_in):
    organisation = an_eventful_organisation()

    text = sign_in(organisation.owner).get(at("dashboard:timeline", organisation.pk)).content.decode()

    for part in (
        "送样",
        "约样品",
        "换了主席",
        "洽谈中 → 说明会阶段",
        "邢国桢 成为关键人物",
        "吴承泽",
        "调组",
    ):
        assert part in text


def test_the_timeline_by_kind(sign_in):
    organisation = an_eventful_organisation()
    client = sign_in(organisation.owner)

    for kind, here, absent in (
        ("call", "约样品", "换了主席"),
        ("stage", "说明会阶段", "约样品"),
        ("visit", "送样", "约样品"),
    ):
        text = client.get(at("dashboard:timeline", organisation.pk), {"kind": kind}).content.decode()
        assert here in text
        assert absent not in text


def test_the_timeline_is_not_a_strangers(sign_in):
    organisation = given.an_organisation()

    assert sign_in(given.a_rep()).get(at("dashboard:timeline", organisation.pk)).status_code == 404


def test_the_pages_ask_no_more_queries_for_more_rows(sign_in, django_assert_max_num_queries):
    organisation = an_eventful_organisation()
    for _n in range(3):
        log_contact(organisation, channel="phone", on=JULY_10, at=NOON, by=organisation.owner)
        given.a_contact(organisation)
    client = sign_in(organisation.owner)

    with django_assert_max_num_queries(25):
        client.get(organisation.get_absolute_url())
    with django_assert_max_num_queries(18):
        client.get(at("dashboard:timeline", organisation.pk))


# -- news -------------------------------------------------------------------------------------
def test_news_reaches_the_director_at_once_and_comes_back_read_with_a_next_step(sign_in):
    director = given.a_director()
    organisation = given.an_organisation()
    client = sign_in(organisation.owner)
    client.post(at("accounts:intel_at", organisation.pk), {"text": "工会改选在8月"})
    assert Notice.objects.filter(recipient=director).count() == 1
    news = organisation.intel.get()

    sign_in(director).post(
        at("accounts:intel_read", news.pk), {"reply": "尽快拜访", "step": "", "step_on": "2012-07-20"}
    )

    news.refresh_from_db()
    organisation.refresh_from_db()
    assert (news.read_by, news.reply) == (director, "尽快拜访")
    assert (organisation.next_step, organisation.next_on) == ("尽快拜访", date(2012, 7, 20))
    assert Notice.objects.filter(recipient=organisation.owner).count() == 2


def test_only_the_director_marks_news_as_read(sign_in):
    organisation = given.an_organisation()
    news = report_intel(organisation, text="换了主席", on=JULY_10, by=organisation.owner, at=NOON)

    assert sign_in(given.a_lead()).post(at("accounts:intel_read", news.pk)).status_code == 403


# -- hand-over ----------------------------------------------------------------------------------
def test_a_leavers_whole_list_changes_hands_with_history(sign_in):
    leaver, heir = given.a_rep(name="周晓棠"), given.a_rep(name="吴承泽")
    rows = [given.an_organisation(owner=leaver) for _n in range(3)]
    rows[0].collaborators.add(heir)

    sign_in(given.a_director()).post(
        at("dashboard:hand_over_list", leaver.pk), {"to": heir.pk, "reason": "周晓棠离职"}
    )

    assert heir.organisations.count() == 3
    assert leaver.organisations.count() == 0
    assert Handover.objects.filter(from_user=leaver, to_user=heir, reason="周晓棠离职").count() == 3
    assert heir not in rows[0].collaborators.all()
    assert Notice.objects.filter(recipient=heir).count() == 1


def test_visits_to_come_change_hands_with_their_organisation(sign_in):
    leaver, heir, helper = given.a_rep(), given.a_rep(), given.a_rep()
    organisation = given.an_organisation(owner=leaver)
    soon = given.a_visit(organisation, planned_at=clock.now() + timedelta(days=1), owner=leaver)
    to_call = given.a_visit(organisation, state="to_call", planned_at=None, owner=leaver)
    gone_by = given.a_visit(organisation, planned_at=clock.now() - timedelta(days=1), owner=leaver)
    under_way = given.a_visit(organisation, state="on_way", planned_at=clock.now(), owner=leaver)
    of_a_helper = given.a_visit(organisation, planned_at=clock.now() + timedelta(days=2), owner=helper)
    client, address = sign_in(given.a_director()), at("dashboard:hand_over", organisation.pk)

    page = client.get(address)
    client.post(address, {"to": heir.pk, "reason": "调岗"})

    owners = {visit.pk: visit.owner for visit in Visit.objects.all()}
    assert f'href="{soon.get_absolute_url()}"' in page.text
    assert (owners[soon.pk], owners[to_call.pk]) == (heir, heir)
    assert (owners[gone_by.pk], owners[under_way.pk], owners[of_a_helper.pk]) == (leaver, leaver, helper)
    assert list(soon.visitors.all()) == [heir]
    event = AuditEvent.objects.get(action="visits.visit.handed_over", subject=f"visits.visit:{soon.pk}")
    assert event.data == {"from": str(leaver), "to": str(heir)}


def test_whose_list_may_be_handed_over_is_shown(sign_in):
    team = given.a_team()
    lead, mate, stranger = given.a_lead(team=team), given.a_rep(name="组员甲"), given.a_rep(name="外人乙")
    TeamMember.objects.create(team=team, user=mate, from_on=date(2012, 5, 15))
    given.an_organisation(owner=mate, team=team)
    given.an_organisation(owner=stranger)

    of_lead = sign_in(lead).get(at("dashboard:hand_over_lists")).text
    of_director = sign_in(given.a_director()).get(at("dashboard:hand_over_lists")).text

    link = at("dashboard:hand_over_list", mate.pk)
    assert (link in of_lead, "外人乙" in of_lead) == (True, False)
    assert ("组员甲" in of_director, "外人乙" in of_director) == (True, True)


def test_who_becomes_collaborator_is_told(sign_in):
    organisation, helper = given.an_organisation(), given.a_rep()
    address = at("accounts:organisation_collaborators", organisation.pk)
    client = sign_in(organisation.owner)

    client.post(address, {"collaborators": [helper.pk]})
    client.post(address, {"collaborators": [helper.pk]})

    notice = Notice.objects.get(recipient=helper)
    assert (notice.kind, notice.url) == ("handover", organisation.get_absolute_url())


def test_a_lead_hands_over_within_the_team_only(sign_in):
    team = given.a_team()
    lead, mate, stranger = given.a_lead(team=team), given.a_rep(), given.a_rep()
    TeamMember.objects.create(team=team, user=mate, from_on=date(2012, 5, 15))
    organisation = given.an_organisation(owner=lead, team=team)
    client = sign_in(lead)
    address = at("dashboard:hand_over", organisation.pk)

    refused = client.post(address, {"to": stranger.pk, "reason": "试试"})
    client.post(address, {"to": mate.pk, "reason": "分工"})

    organisation.refresh_from_db()
    assert refused.status_code == 422
    assert organisation.owner == mate


def test_hand_over_goes_to_sales_staff_only(sign_in):
    organisation = given.an_organisation()

    answer = sign_in(given.a_director()).post(
        at("dashboard:hand_over", organisation.pk), {"to": given.a_marketer().pk, "reason": "试"}
    )

    assert answer.status_code == 422


# -- where it is ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("39.904200,116.407400", "39.904200,116.407400"),
        (" 39.9042 , 116.4074 ", "39.904200,116.407400"),
        ("39.9042、116.4074", "39.904200,116.407400"),
        ("", ""),
    ],
)
def test_a_place_noted_wrongly_is_put_right_or_taken_away(sign_in, typed, kept):
    organisation = given.an_organisation(type="factory_mine", latitude="31.2", longitude="121.5")
    client, address = sign_in(organisation.owner), at("accounts:organisation_edit", organisation.pk)
    sent = {"name": organisation.name, "type": organisation.type, "version": organisation.version}

    answer = client.post(address, {**sent, "place": typed})

    organisation.refresh_from_db()
    assert (answer.status_code, organisation.place) == (302, kept)
    assert (kept in client.get(organisation.get_absolute_url()).text) is True


@pytest.mark.parametrize("typed", ["39.9", "北京", "116.4,239.9", "1,2,3", "91,0"])
def test_what_is_no_place_is_refused_beside_its_field(sign_in, typed):
    organisation = given.an_organisation(type="factory_mine", latitude="31.2", longitude="121.5")
    sent = {"name": organisation.name, "type": organisation.type, "version": organisation.version}

    answer = sign_in(organisation.owner).post(
        at("accounts:organisation_edit", organisation.pk), {**sent, "place": typed}
    )

    assert answer.status_code == 422
    assert "请填纬度和经度" in answer.text


def test_a_place_noted_meanwhile_is_not_wiped_by_an_older_form():
    organisation = given.an_organisation()
    opened = Organisation.objects.get(pk=organisation.pk)
    note_place(organisation, latitude=39.9, longitude=116.4, by=organisation.owner)

    with pytest.raises(StaleEdit):
        edit_organisation(
            opened, by=opened.owner, on=JULY_10, version=opened.version, latitude=None, longitude=None
        )


def test_what_was_taken_back_takes_nothing_any_more_and_its_visits_are_hidden():
    organisation = given.an_organisation()
    visit = given.a_visit(organisation)
    Organisation.objects.filter(pk=organisation.pk).update(withdrawn_at=NOON)

    with pytest.raises(RuleViolation, match="随导入撤销"):
        log_contact(organisation, channel="phone", on=JULY_10, at=NOON, by=organisation.owner)
    assert not Visit.objects.visible_to(visit.owner).exists()
    assert not Visit.objects.visible_to(given.a_director()).exists()


def test_a_look_alike_of_ones_own_can_be_opened_from_the_warning(sign_in):
    own, foreign = given.an_organisation(name="北京清槐实验中学"), given.an_organisation(name="清槐实验中学")
    reindex(own)
    reindex(foreign)

    text = (
        sign_in(own.owner).post(at("accounts:duplicates_of"), {"name": "北京市清槐实验中学"}).content.decode()
    )

    assert own.get_absolute_url() in text
    assert foreign.name in text
    assert foreign.get_absolute_url() not in text


def test_what_nobody_asked_reads_so_in_the_file(sign_in):
    organisation = given.an_organisation(source="", website="")

    text = sign_in(organisation.owner).get(organisation.get_absolute_url()).content.decode()

    assert text.count('<dt>单位来源</dt><dd><span class="text-secondary">未填</span></dd>') == 1
    assert text.count('<dt>网站</dt><dd><span class="text-secondary">未填</span></dd>') == 1


def test_the_reason_of_parking_is_told_in_words_also_of_rows_that_hold_its_code():
    organisation = given.an_organisation()
    move_stage(organisation, to=Stage.PARKED, by=organisation.owner, reason="budget_later", note="明年再谈")
    with transaction.atomic():
        record(organisation, "accounts.organisation.moved", by=organisation.owner, reason="budget_later")

    assert [entry.reason for entry in history(organisation)] == ["今年预算已定", "今年预算已定；明年再谈"]
