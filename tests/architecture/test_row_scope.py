"""Nobody finds a row outside their scope, by whatever way (integrity rule 23).

Everything about one organisation of somebody else has the same primary key. So every address with a record in it,
whatever kind of record that is, asks for one of somebody else; and every address without one is asked for its list,
its search, its export and its paper.
"""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal

import pypdf
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from openpyxl import load_workbook
from PIL import Image

from accounts.models import (
    Attachment,
    Contact,
    ContactLog,
    Evaluation,
    EvaluationPolicy,
    Intel,
    KeyContact,
    KeyContactChange,
    Organisation,
    PriorityList,
)
from accounts.search import reindex
from budget.models import ExpenseClaim, Receipt, Supplement, Transfer
from keyaccounts.audit.models import subject_key
from keyaccounts.common.roles import Role
from keyaccounts.imports.choices import LineVerdict, UploadState
from keyaccounts.imports.models import Upload, UploadLine
from materials.models import Handover, MaterialExtra, Requisition
from tests import given
from tests.architecture.test_access_policy import ADDRESSES, TABLE
from tests.pages import dead_buttons
from visits.choices import ReportState, VisitState
from visits.models import (
    Hospitality,
    PlanLine,
    PlanRevision,
    TravelClaim,
    VehicleRequest,
    Visit,
    VisitPhoto,
    VisitPlan,
    VisitReport,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PK = 777_001
NAME, SHORT, PERSON, PHONE, WORDS = "北京隐山热电厂", "隐山电厂", "诸葛霁", "19944443333", "职代会改在九月"
MARKS = (NAME, SHORT, PERSON, PHONE, WORDS)
# Looks alike for whoever enters an organisation: its name, district and owner are told on purpose (D2).
TOLD = {"accounts:duplicates_of": {NAME}}
# What every page without a record is asked with: nothing, its export, a record of somebody else.
ASKED = ("", "export=xlsx", f"organisation={PK}", "day=2012-07-10", "week=2012-07-09")
# What it is looked for by where one can look: characters, initials, pinyin, a phone tail, its code and its key.
SOUGHT = (
    "", "export=xlsx", "q=%E9%9A%90%E5%B1%B1", "q=ysrdc", "q=yinshan", "q=3333", "q=3333&export=xlsx", f"q=KH-{PK}",
    f"owner={PK}", f"organisation={PK}&export=xlsx", "end=1",
)  # fmt: skip
SEARCHED = (
    "accounts:organisations",
    "accounts:search",
    "visits:visits",
    "accounts:ranking",
    "accounts:intel",
)
OF_RECORDS = ("accounts:", "visits:", "budget:", "materials:", "dashboard:")
WORD = {"how": "cancel", "step": "finish", "stage": "parked", "field": "staff_count"}


@pytest.fixture
def owner():
    """A rep with an organisation and one of each thing there is about it, all with the key PK."""
    rep = given.a_rep(pk=PK, name="欧阳远")
    campaign = given.a_campaign(pk=PK)
    organisation = given.an_organisation(
        owner=rep, pk=PK, code=f"KH-{PK}", name=NAME, normalised_name="隐山热电厂", short_name=SHORT, type="factory_mine",
        grade="A", campaign=campaign, staff_count=40, stage="negotiating", last_contact_on=date(2012, 1, 1),
        next_on=date(2012, 7, 10),
    )  # fmt: skip
    contact = given.a_contact(organisation, pk=PK, name=PERSON, mobile=PHONE)
    visit = given.a_visit(organisation, pk=PK, code=f"BF-{PK}", state=VisitState.REVIEWED, purpose=WORDS)
    visit.contacts.add(contact)
    visit.contacts_met.add(contact)
    moment = given.at(2012, 7, 10, 18)
    VisitReport.objects.create(
        pk=PK, visit=visit, state=ReportState.REVIEWED, organisation_name=NAME, recent_events=WORDS,
        first_submitted_at=moment, submitted_at=moment, submitted_by=rep,
    )  # fmt: skip
    plan = VisitPlan.objects.create(
        pk=PK, code=f"JH-{PK}", requested_by=rep, span="week", first_on=date(2012, 7, 9), last_on=date(2012, 7, 15),
        due_at=given.at(2012, 7, 6, 17, 30),
    )  # fmt: skip
    revision = PlanRevision.objects.create(pk=PK, plan=plan, number=1, remark=WORDS, at=moment, by=rep)
    PlanLine.objects.create(
        pk=PK, revision=revision, visit=visit, from_on=date(2012, 7, 10), until_on=date(2012, 7, 10), name=NAME,
        people=PERSON, purpose=WORDS,
    )  # fmt: skip
    VisitPlan.objects.filter(pk=PK).update(state="pending", first_submitted_at=moment)
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "JPEG")
    VisitPhoto.objects.create(
        pk=PK, visit=visit, image=ContentFile(picture.getvalue(), "x.jpg"), digest="0" * 64, by=rep
    )
    key = KeyContact.objects.create(
        pk=PK, organisation=organisation, contact=contact, since_on=date(2012, 6, 1)
    )
    KeyContactChange.objects.create(
        pk=PK, organisation=organisation, from_key=key, reason=WORDS, requested_by=rep
    )
    ContactLog.objects.create(
        pk=PK,
        organisation=organisation,
        contact=contact,
        channel="phone",
        on=date(2012, 7, 1),
        text=WORDS,
        by=rep,
    )
    Intel.objects.create(pk=PK, organisation=organisation, on=date(2012, 7, 1), text=WORDS, by=rep)
    policy = EvaluationPolicy.objects.filter(published_at__isnull=False).first()
    Evaluation.objects.create(
        pk=PK, organisation=organisation, policy=policy, evaluated_on=date(2012, 6, 1), total_low=Decimal(80),
        total_high=Decimal(80), completeness=100, grade="A", evaluated_by=rep, note=WORDS,
    )  # fmt: skip
    batch = Upload.objects.create(
        kind="organisations",
        pk=PK,
        file=ContentFile(b"x", "x.xlsx"),
        file_name=f"{NAME}.xlsx",
        state=UploadState.PREVIEW,
        by=rep,
        total=1,
    )
    UploadLine.objects.create(
        pk=PK, upload=batch, sheet="单位", number=2, raw={"name": NAME}, values={"organisation": {"name": NAME}, "contacts": []},
        verdict=LineVerdict.DUPLICATE, subject=subject_key(organisation),
    )  # fmt: skip
    PriorityList.objects.create(pk=PK, campaign=campaign, number=1, submitted_by=rep, text=WORDS)
    Attachment.objects.create(
        pk=PK, organisation=organisation, kind="other", file=ContentFile(b"%PDF-1.4", "x.pdf"), name=f"{NAME}.pdf",
        mime="application/pdf", size=8, digest="1" * 64, by=rep,
    )  # fmt: skip
    spend_and_supply(rep, organisation, visit, campaign)
    reindex(organisation)
    return rep


def spend_and_supply(rep, organisation, visit, campaign) -> None:
    """What the rep has asked for: a journey's claim, guests, a vehicle, money, materials."""
    budget = given.a_budget(campaign, transport="2000", hospitality="5000")
    lines = {line.category: line for line in budget.lines.all()}
    asked = {"requested_by": rep, "requested_at": given.at(2012, 7, 10)}
    # One claim for both: the pages of journeys and of guests are found by their claim's key.
    claim = ExpenseClaim.objects.create(
        pk=PK, code=f"BX-{PK}", budget=budget, line=lines["transport"], kind="transport", claimed_amount=18,
        spent_on=date(2012, 7, 10), purpose=WORDS, **asked,
    )  # fmt: skip
    Receipt.objects.create(
        pk=PK,
        claim=claim,
        file=ContentFile(b"%PDF-1.4", "x.pdf"),
        name=f"{NAME}.pdf",
        digest="2" * 64,
        by=rep,
    )
    TravelClaim.objects.create(pk=PK, claim=claim, mode="taxi").visits.add(visit)
    Hospitality.objects.create(
        pk=PK, claim=claim, organisation=organisation, guests=PERSON, guest_count=2,
        starts_at=given.at(2012, 7, 10, 12), place=NAME, content=WORDS,
    )  # fmt: skip
    VehicleRequest.objects.create(
        pk=PK, code=f"YC-{PK}", visit=visit, leaves_at=given.at(2012, 7, 10, 13), back_at=given.at(2012, 7, 10, 15),
        to_place=NAME, purpose=WORDS, **asked,
    )  # fmt: skip
    Supplement.objects.create(
        pk=PK, code=f"BCF-{PK}", budget=budget, line=lines["transport"], amount=5, reason=WORDS,
        needed_on=date(2012, 7, 10), left_amount=0, **asked,
    )  # fmt: skip
    Transfer.objects.create(
        pk=PK, code=f"TJ-{PK}", budget=budget, from_line=lines["hospitality"], to_line=lines["transport"], amount=5,
        reason=WORDS, from_left_amount=0, to_left_amount=0, **asked,
    )  # fmt: skip
    requisition = Requisition.objects.create(
        pk=PK,
        code=f"LL-{PK}",
        campaign=campaign,
        purpose=WORDS,
        needed_at=given.at(2012, 7, 10, 8),
        receiver=rep,
        **asked,
    )
    Handover.objects.create(pk=PK, requisition=requisition, number=1, issued_by=given.a_marketer())
    MaterialExtra.objects.create(
        pk=PK,
        code=f"BCW-{PK}",
        campaign=campaign,
        reason=WORDS,
        needed_on=date(2012, 7, 10),
        line=lines["transport"],
        **asked,
    )


@pytest.fixture
def strangers(owner):
    """A rep with an organisation of their own, and the lead of another team."""
    rep, lead = given.a_rep(), given.a_lead()
    for person in (rep, lead):
        own = given.an_organisation(owner=person, type="factory_mine", stage="negotiating")
        given.a_visit(own, planned_at=given.at(2012, 7, 10, 10))
        reindex(own)
    return {Role.REP: rep, Role.LEAD: lead}


def addresses_of_records() -> list[str]:
    return [
        name
        for name, arguments in ADDRESSES.items()
        if arguments - {"listing"} and name.startswith(OF_RECORDS)
    ]


def address(name: str) -> str:
    return reverse(name, kwargs={argument: WORD.get(argument, PK) for argument in ADDRESSES[name]})


def text_of(answer) -> str:
    """Everything a person could read in an answer, a workbook or a paper."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    kind = answer.get("Content-Type", "")
    if "spreadsheet" in kind:
        book = load_workbook(io.BytesIO(content))
        return "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row)
    if "pdf" in kind:
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return content.decode(errors="replace") + answer.get("Location", "")


def shown(client, name: str, query: str) -> str:
    answer = client.get(f"{reverse(name)}?{query}")
    if answer.status_code == 405:
        answer = client.post(reverse(name), {"name": NAME, "short_name": SHORT, "q": SHORT})
    return text_of(answer)


@pytest.mark.parametrize("role", [Role.REP, Role.LEAD])
def test_every_record_of_somebody_else_is_not_there(sign_in, strangers, role):
    client = sign_in(strangers[role])
    # What hangs on a person or a whole plan is shut to these by other rules.
    asked = [
        name
        for name in addresses_of_records()
        if role.value in TABLE[name] and ADDRESSES[name].isdisjoint({"person_pk", "campaign_pk"})
    ]

    found = {}
    for name in asked:
        answer = client.get(address(name))
        if answer.status_code == 405:
            answer = client.post(address(name))
        found[name] = answer.status_code

    assert len(found) > 30
    assert {name: status for name, status in found.items() if status != 404} == {}
    assert Organisation.objects.get(pk=PK).stage == "negotiating"
    assert Visit.objects.get(pk=PK).state == VisitState.REVIEWED


def test_the_records_are_there_for_those_whose_they_are(sign_in, owner):
    director, missing, dead = given.a_director(), set(), set()
    for person, role in ((owner, Role.REP), (director, Role.DIRECTOR)):
        client = sign_in(person)
        for name in addresses_of_records():
            if role.value in TABLE[name]:
                answer = client.get(address(name))
                if answer.streaming:
                    b"".join(answer.streaming_content)
                elif answer.get("Content-Type", "").startswith("text/html") and dead_buttons(answer.text):
                    dead.add(name)
                if answer.status_code == 404:
                    missing.add((name, role.value))

    # What is nobody's own: the budget and its ledger, the store, kits, hand-over of whole lists, batches of another one.
    everybodys = re.compile(
        r"visits:fleet|budget:(?!claim|receipt|supplement|transfer)|materials:(kit|material|file|stocktake|move|loan|receive|out|back)"
    )
    others = {"dashboard:hand_over_list", "materials:requisition_edit", "materials:extra_edit"}
    not_there = {
        (name, role)
        for name, role in missing
        if not everybodys.match(name) and name not in others and ":import" not in name
    }
    assert not_there == set()
    assert dead == set()


@pytest.mark.parametrize("role", [Role.REP, Role.LEAD])
def test_no_list_search_export_or_paper_shows_a_row_of_somebody_else(sign_in, strangers, role):
    client = sign_in(strangers[role])
    lists = [name for name, arguments in ADDRESSES.items() if not arguments and role.value in TABLE[name]]
    left_out = {"people:sign_out", "notices:read_all", "people:language"}

    leaks = {}
    for name in sorted(set(lists) - left_out):
        for query in SOUGHT if name in SEARCHED else ASKED:
            text = shown(client, name, query)
            seen = {mark for mark in MARKS if mark in text} - TOLD.get(name, set())
            if seen:
                leaks[name, query] = seen

    assert len(lists) > 20
    assert leaks == {}


def test_the_same_lists_show_it_to_its_owner(sign_in, owner):
    client = sign_in(owner)

    showing = {
        (name, query)
        for name in ("accounts:organisations", "accounts:search", "visits:visits")
        for query in SOUGHT
        if any(mark in shown(client, name, query) for mark in (NAME, SHORT))
    }

    assert {("accounts:organisations", "export=xlsx"), ("visits:visits", "export=xlsx")} <= showing
    for query in ("q=%E9%9A%90%E5%B1%B1", "q=ysrdc", "q=yinshan", "q=3333"):
        assert ("accounts:search", query) in showing, query
    assert Contact.objects.visible_to(owner).filter(pk=PK).exists()
