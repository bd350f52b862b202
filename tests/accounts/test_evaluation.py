"""综合评估 and the priority list: arithmetic, review, weights, approval (R27–R28)."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.actions.evaluations import (
    decide_priority_list,
    evaluate,
    publish_policy,
    review_evaluation,
    submit_priority_list,
)
from accounts.choices import EvaluationState, PriorityListState, Stage
from accounts.evaluating import effect_of, suggested_scores
from accounts.models import Evaluation, EvaluationPolicy
from accounts.rules import grades
from keyaccounts.common.errors import RuleViolation
from keyaccounts.notices.models import Notice
from tests import given

WEIGHTS = {"headcount": 20, "health_focus": 15, "intention": 25, "power": 25, "activities": 15}
LIMITS = {"a_from": Decimal(80), "b_from": Decimal(60), "c_from": Decimal(40)}
NOW = given.at(2012, 6, 1, 10)
ON = date(2012, 6, 1)


def scores(*five):
    return dict(zip(grades.FACTORS, five, strict=True))


@pytest.mark.parametrize(
    ("five", "total", "grade"),
    [
        ((3, 4, 4, 5, 5), "84.0", "A"),
        ((5, 3, 4, 4, 4), "81.0", "A"),
        ((5, 2, 2, 3, 2), "57.0", "C"),
        ((3, 4, 4, 3, 4), "71.0", "B"),
        ((4, 4, 3, 3, 5), "73.0", "B"),
        ((2, 4, 3, 3, 3), "59.0", "C"),
        ((1, 4, 4, 5, 3), "70.0", "B"),
        ((3, 5, 4, 4, 5), "82.0", "A"),
        ((2, 3, 2, 4, 2), "53.0", "C"),
        ((4, 4, 4, 4, 3), "77.0", "B"),
        ((4, 5, 4, 4, 3), "80.0", "A"),
        ((5, 4, 5, 5, 4), "94.0", "A"),
    ],
)
def test_the_twelve_of_the_plan(five, total, grade):
    found = grades.result(scores(*five), WEIGHTS, **LIMITS)

    assert (found.low, found.high, found.grade) == (Decimal(total), Decimal(total), grade)
    assert found.completeness == 100


def test_unknown_is_a_range_and_never_lifts_the_grade():
    found = grades.result(scores(5, None, 5, 5, None), WEIGHTS, **LIMITS)

    assert (found.low, found.high) == (Decimal("76.0"), Decimal("100.0"))
    assert (found.completeness, found.grade) == (70, "B")


@pytest.mark.parametrize(
    ("people", "score"),
    [(None, None), (0, 1), (99, 1), (100, 2), (199, 2), (200, 3), (499, 3), (500, 4), (999, 4), (1000, 5)],
)
def test_headcount_by_steps(people, score):
    assert grades.headcount_score(people) == score


@pytest.mark.parametrize(
    ("budget", "rating", "score"),
    [
        (None, None, None),
        (None, 4, 4),
        (Decimal("49.99"), 5, 1),
        (Decimal(50), None, 2),
        (Decimal(150), None, 4),
        (Decimal(200), 1, 5),
    ],
)
def test_power_by_budget_else_by_rating(budget, rating, score):
    assert grades.power_score(budget, rating) == score


@pytest.mark.parametrize(
    ("text", "times", "score"),
    [
        ("", [], None),
        ("没有集体活动", [], 1),
        ("偶有郊游", [], 3),
        ("年会", ["annual"], 4),
        ("季度会员日、年会", ["quarterly", "annual"], 5),
    ],
)
def test_activities_by_text_and_dates(text, times, score):
    assert grades.activities_score(text, times) == score


@pytest.mark.django_db
def test_scoring_keeps_history_and_moves_the_stage():
    rep = given.a_rep()
    director = given.a_director()
    organisation = given.an_organisation(owner=rep)

    first = evaluate(organisation, scores=scores(3, 4, 4, 5, 5), on=ON, at=NOW, by=rep)
    second = evaluate(organisation, scores=scores(3, 4, 4, 5, None), on=ON, at=NOW, by=rep)

    first.refresh_from_db()
    organisation.refresh_from_db()
    assert (first.is_current, second.is_current) == (False, True)
    assert (organisation.grade, organisation.stage) == ("B", Stage.EVALUATED)
    assert (second.total_low, second.total_high) == (Decimal("72.0"), Decimal("84.0"))
    assert Notice.objects.filter(recipient=director).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("bad", [scores(None, None, None, None, None), scores(6, 1, 1, 1, 1)])
def test_impossible_scores_are_refused(bad):
    organisation = given.an_organisation()

    with pytest.raises(RuleViolation):
        evaluate(organisation, scores=bad, on=ON, at=NOW, by=organisation.owner)

    assert not Evaluation.objects.exists()


@pytest.mark.django_db
def test_somebody_else_reviews_once():
    organisation = given.an_organisation()
    evaluation = evaluate(organisation, scores=scores(3, 3, 3, 3, 3), on=ON, at=NOW, by=organisation.owner)
    director = given.a_director()

    with pytest.raises(RuleViolation):
        review_evaluation(evaluation, at=NOW, by=organisation.owner)
    review_evaluation(evaluation, at=NOW, by=director)
    with pytest.raises(RuleViolation):
        review_evaluation(evaluation, at=NOW, by=director)

    evaluation.refresh_from_db()
    assert (evaluation.state, evaluation.reviewed_by) == (EvaluationState.REVIEWED, director)


@pytest.mark.django_db
def test_new_weights_preview_and_weigh_anew():
    organisation = given.an_organisation()
    evaluate(organisation, scores=scores(5, 1, 5, 5, 1), on=ON, at=NOW, by=organisation.owner)
    draft = EvaluationPolicy.objects.create(
        version=2, headcount=10, health_focus=40, intention=10, power=10, activities=30, reason="看重健康"
    )

    preview = effect_of(draft)
    changed = publish_policy(draft, on=ON, at=NOW, by=given.a_director())

    organisation.refresh_from_db()
    assert dict(preview) == {("B", "C"): 1}
    assert (changed, organisation.grade) == (1, "C")
    assert organisation.evaluations.count() == 2
    with pytest.raises(RuleViolation):
        publish_policy(draft, on=ON, at=NOW, by=given.a_director())


@pytest.mark.django_db
def test_facts_suggest_scores():
    organisation = given.an_organisation(
        staff_count=14,
        coverage_count=186,
        intention="A",
        per_capita_budget=Decimal(260),
        collective_activities="季度会员日、年会",
        meeting_time=["quarterly"],
    )

    assert suggested_scores(organisation) == scores(2, None, 4, 5, 5)


def a_submitted_list(rep, *, others=0):
    campaign = given.a_campaign()
    chosen = given.an_organisation(owner=rep)
    evaluate(chosen, scores=scores(5, 5, 5, 5, 5), on=ON, at=NOW, by=rep)
    left = [given.an_organisation(owner=rep, is_priority=True) for _ in range(others)]
    for organisation in left:
        evaluate(organisation, scores=scores(1, 1, 1, 1, 1), on=ON, at=NOW, by=rep)
    return submit_priority_list(campaign, chosen=[chosen], at=NOW, by=rep), chosen, left


@pytest.mark.django_db
def test_an_approved_list_is_frozen_and_marks_priority():
    rep, director = given.a_rep(), given.a_director()
    minutes, chosen, (left,) = a_submitted_list(rep, others=1)

    decide_priority_list(minutes, approve=True, at=NOW, by=director)

    for row in (minutes, chosen, left):
        row.refresh_from_db()
    assert minutes.state == PriorityListState.APPROVED
    assert (chosen.is_priority, chosen.stage, left.is_priority) == (True, Stage.TARGETED, False)
    assert f"1. {chosen.name} A 100.0" in minutes.text
    assert list(minutes.entries.values_list("rank", "is_chosen")) == [(1, True), (2, False)]
    with pytest.raises(RuleViolation):
        decide_priority_list(minutes, approve=True, at=NOW, by=director)


@pytest.mark.django_db
def test_returning_needs_a_reason_and_tells_the_submitter():
    rep, director = given.a_rep(), given.a_director()
    minutes, chosen, _ = a_submitted_list(rep)

    with pytest.raises(RuleViolation):
        decide_priority_list(minutes, approve=False, at=NOW, by=director)
    decide_priority_list(minutes, approve=False, note="先补购买力", at=NOW, by=director)

    chosen.refresh_from_db()
    assert not chosen.is_priority
    assert Notice.objects.filter(recipient=rep, body="先补购买力").exists()


@pytest.mark.django_db
def test_nobody_approves_their_own_list():
    director = given.a_director()
    minutes, _, _ = a_submitted_list(director)

    with pytest.raises(RuleViolation):
        decide_priority_list(minutes, approve=True, at=NOW, by=director)


@pytest.mark.django_db
def test_only_evaluated_organisations_of_ones_own():
    rep = given.a_rep()
    campaign = given.a_campaign()
    strange = given.an_organisation()
    evaluate(strange, scores=scores(5, 5, 5, 5, 5), on=ON, at=NOW, by=strange.owner)

    for chosen in ([], [strange], [given.an_organisation(owner=rep)]):
        with pytest.raises(RuleViolation):
            submit_priority_list(campaign, chosen=chosen, at=NOW, by=rep)


@pytest.mark.django_db
def test_the_evaluation_page_scores_once(sign_in):
    rep = given.a_rep()
    organisation = given.an_organisation(owner=rep, staff_count=2350)
    url = reverse("accounts:evaluation_new", args=[organisation.pk])
    client = sign_in(rep)
    form = client.get(url).context["form"]
    sent = {"headcount": "5", "intention": "0", "submission_key": form.initial["submission_key"]}

    first, second = client.post(url, sent), client.post(url, sent)

    assert form.fields["headcount"].initial == "5"
    assert (first.status_code, first.url) == (302, second.url)
    assert Evaluation.objects.count() == 1
    assert client.get(first.url).status_code == 200


@pytest.mark.django_db
def test_who_may_score(sign_in):
    organisation = given.an_organisation()
    url = reverse("accounts:evaluation_new", args=[organisation.pk])

    assert sign_in(given.a_rep()).get(url).status_code == 404
    assert sign_in(given.a_marketer()).get(url).status_code == 403
    assert sign_in(given.a_director()).get(url).status_code == 200
    assert sign_in(given.a_director()).post(url, {}).status_code == 422


@pytest.mark.django_db
def test_ranking_submit_and_decide_from_the_pages(sign_in):
    rep, director = given.a_rep(), given.a_director()
    given.a_campaign()
    organisation = given.an_organisation(owner=rep)
    evaluate(organisation, scores=scores(5, 5, 5, 5, 5), on=ON, at=NOW, by=rep)
    client = sign_in(rep)

    page = client.get(reverse("accounts:ranking"))
    sent = client.post(reverse("accounts:priority_submit"), {"organisation": [organisation.pk]})

    assert organisation.name in page.text
    minutes = organisation.priority_entries.get().list
    decide = reverse("accounts:priority_decide", args=[minutes.pk])
    assert sent.url == minutes.get_absolute_url()
    assert client.post(decide, {"decision": "approve"}).status_code == 403
    client = sign_in(director)
    assert client.post(decide, {"decision": "return", "note": ""}).status_code == 422
    assert client.post(decide, {"decision": "approve"}).status_code == 302
    assert organisation.name in client.get(minutes.get_absolute_url()).text
    assert client.get(reverse("accounts:priority_lists")).status_code == 200
    assert sign_in(given.a_rep()).get(minutes.get_absolute_url()).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_the_ranking_costs_the_same_however_long(sign_in, rows, django_assert_max_num_queries):
    for _ in range(rows):
        organisation = given.an_organisation()
        evaluate(organisation, scores=scores(5, 5, 5, 5, 5), on=ON, at=NOW, by=organisation.owner)
    client = sign_in(given.a_director())

    with django_assert_max_num_queries(16):
        client.get(reverse("accounts:ranking"))


@pytest.mark.django_db
def test_targets_show_what_has_been_reached(sign_in):
    campaign = given.a_campaign()
    campaign.targets.create(org_type="school", count=2)
    given.an_organisation(campaign=campaign, type="school", grade="A", is_priority=True)

    answer = sign_in(given.a_rep()).get(reverse("accounts:targets_of_campaign", args=[campaign.pk]))

    (row,) = answer.context["targets"]
    assert (row["entered"], row["evaluated"], row["priority"]) == (1, 1, 1)


@pytest.mark.django_db
def test_weights_are_drawn_up_previewed_and_published(sign_in):
    client = sign_in(given.a_director())
    weights = {"headcount": 30, "health_focus": 10, "intention": 25, "power": 20, "activities": 15}
    limits = {"a_from": 80, "b_from": 60, "c_from": 40, "reason": "看重人数"}
    add = reverse("admin:accounts_evaluationpolicy_add")

    wrong = client.post(add, {**weights, "power": 30, **limits})
    made = client.post(add, {**weights, **limits})

    policy = EvaluationPolicy.objects.get(version=2)
    change = reverse("admin:accounts_evaluationpolicy_change", args=[policy.pk])
    assert (wrong.status_code, made.status_code) == (200, 302)
    assert client.get(change).status_code == 200
    client.post(
        reverse("admin:accounts_evaluationpolicy_changelist"),
        {"action": "publish", "_selected_action": [policy.pk]},
    )
    policy.refresh_from_db()
    assert policy.published_at is not None
    assert client.post(change, {**weights, "headcount": 31, **limits}).status_code == 403
