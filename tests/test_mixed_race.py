"""Claims decided, materials issued and received, money posted and transferred, receipts confirmed: all at once.

``RACE_SECONDS`` says how long (5 when left out). Locks are taken in one order (decision 17), so nothing waits in
a circle: every refusal is one of the rules, in words, and afterwards all the books agree with what each did.
"""

from __future__ import annotations

import io
import os
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db.models import Sum

from budget.actions.decisions import approve_claim
from budget.models import Budget, BudgetLine, Entry, ExpenseClaim
from keyaccounts.approvals.choices import RequestState
from materials.actions.handovers import issue
from materials.models import Handover, HandoverLine, Material
from tests import given
from tests.mixed import total
from tests.racing import race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
SECONDS = float(os.environ.get("RACE_SECONDS", "5"))
PROCESSES = 6
ACTS = {"claim", "decide", "pay", "post", "transfer", "promise", "ask", "hand_over", "receive", "confirm"}


def sums_of_lines() -> dict[str, Decimal]:
    names = ("allowed", "committed", "spent")
    return BudgetLine.objects.aggregate(**{name: Sum(f"{name}_amount") for name in names})


def on_hand() -> int:
    return Material.objects.aggregate(n=Sum("on_hand"))["n"]


def test_everything_at_once_is_refused_in_words_or_done_and_the_books_agree(tmp_path):
    given.the_vocabulary()
    # Money and boxes that run out during the race, and come in again.
    budget = given.a_budget(transport="3000", ad="1500", contingency="900")
    lines = list(budget.lines.order_by("pk"))
    materials = [given.a_material(on_hand=20, line=line, is_charged=True) for line in lines]
    people = {
        "directors": [given.a_director() for _ in range(2)],
        "marketers": [given.a_marketer() for _ in range(3)],
        "reps": [given.a_rep() for _ in range(3)],
    }
    # Something for everybody to begin with.
    for rep in people["reps"]:
        given.a_handed_in_claim(by=rep, line=lines[0], amount="20")
        given.a_requisition(dict.fromkeys(materials, 2), by=rep)
    approved = given.a_handed_in_claim(by=people["reps"][0], line=lines[0], amount="30")
    approve_claim(
        approved, by=people["directors"][0], on=given.at(2012, 7, 10).date(), at=given.at(2012, 7, 10)
    )
    first = given.a_requisition(dict.fromkeys(materials, 1), by=people["reps"][0])
    issue(
        first,
        dict.fromkeys(first.lines.values_list("pk", flat=True), 1),
        by=people["marketers"][0],
        at=given.at(2012, 7, 10),
    )
    before, booked, there = sums_of_lines(), Entry.objects.count(), on_hand()

    results = race(
        "mixed", processes=PROCESSES, folder=tmp_path, seconds=SECONDS,
        people={role: [person.pk for person in persons] for role, persons in people.items()},
        lines=[line.pk for line in lines], materials=[material.pk for material in materials],
    )  # fmt: skip

    assert all("value" in result for result in results), results
    values = [result["value"] for result in results]
    assert [wrong for value in values for wrong in value["wrong"]] == []
    done, refused, sums = (total(values, name) for name in ("done", "refused", "sums"))
    print(f"{SECONDS:.0f} s: {done.total()} acts {dict(done)}; {refused.total()} refused {dict(refused)}")
    assert set(done) == ACTS
    after = sums_of_lines()
    assert {name: int((after[name] - before[name]) * 100) for name in after} == {
        name: sums[name] for name in ("allowed", "committed", "spent")
    }
    assert Entry.objects.count() - booked == sums["entries"]
    assert Budget.objects.get(pk=budget.pk).last_number == Entry.objects.filter(budget=budget).count()
    assert on_hand() - there == sums["in"] - sums["out"]
    issued = HandoverLine.objects.exclude(handover__requisition=first).aggregate(n=Sum("quantity"))["n"]
    assert (issued, Handover.objects.count()) == (sums["out"], 1 + sums["handovers"])
    assert Handover.objects.filter(confirmed_at__isnull=False).count() == sums["confirmed"]
    claims = ExpenseClaim.objects.all()
    assert claims.filter(state=RequestState.FULFILLED).count() == sums["paid"]
    assert claims.filter(commitment__isnull=False).count() == 1 + sums["approved"]
    call_command("check_invariants", stdout=io.StringIO())
    call_command("verify_audit", stdout=io.StringIO())
