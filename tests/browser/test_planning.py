"""Next week's plan from Today's line to the lead who reads it, on phones."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from keyaccounts.common.invariants import verdicts
from keyaccounts.people.models import TeamMember
from tests import given
from visits.models import PlanRule, Visit, VisitPlan
from visits.planning.periods import current_and_next
from visits.settings import plan_rule

from .conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_rep_plans_next_week_and_the_lead_reads_it(signed_in):
    given.the_vocabulary()
    due_today = {"due_weekday": timezone.localdate().weekday(), "due_at": "23:59", "since_on": None}
    PlanRule.objects.update_or_create(pk=1, defaults=due_today)
    rep = given.a_rep(name="周晓棠", date_joined=timezone.now() - timedelta(days=30))
    lead = given.a_lead(name="陈立行")
    TeamMember.objects.create(team=lead.memberships.get().team, user=rep, from_on=date(2012, 5, 15))
    organisation = given.an_organisation(owner=rep, name="北京第一热电厂")
    this_week, next_week = current_and_next(at=timezone.now(), rule=plan_rule())
    wednesday = next_week.first_on + timedelta(days=2)
    page = signed_in(rep, PHONE)

    page.goto("/visits/today/")
    page.click(f".plan-owed a[href*='{next_week.code}']")
    page.click(f".day-choice label:has(input[value='{wednesday}'])")
    page.fill("[name=remark]", "周五培训")
    page.click("[data-submit]")
    page.wait_for_selector(".alert-success")

    assert timezone.localdate(Visit.objects.get(organisation=organisation).planned_at) == wednesday
    desk = signed_in(lead, PHONE)
    desk.goto("/visits/plans/")
    assert next_week.title in desk.inner_text(".list-state")
    desk.click("button[value=approve]")
    desk.wait_for_selector(".alert-success")
    assert VisitPlan.objects.get().decided_by == lead
    desk.click(".filters-button")
    desk.select_option("select[name=period]", this_week.code)
    desk.wait_for_selector(f".list-state:has-text('{this_week.title} ·')")
    assert [text for verdict in verdicts() for text in verdict.violations] == []
