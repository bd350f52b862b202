"""The admin: limits and notes by the director, the ledger to read only, balances out of its reach."""

from decimal import Decimal as D

import pytest
from django.urls import reverse

from budget.actions.ledger import spend
from budget.errors import OverBudget
from budget.models import BudgetLimit, Entry
from keyaccounts.notices.models import Notice
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def the_form(budget, **more):
    """What the change page of a budget sends."""
    limits, lines = list(budget.limits.order_by("pk")), list(budget.lines.order_by("position", "number"))
    form = {
        "limits-TOTAL_FORMS": len(limits), "limits-INITIAL_FORMS": len(limits),
        "lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": len(lines),
    }  # fmt: skip
    for n, limit in enumerate(limits):
        form |= {
            f"limits-{n}-id": limit.pk, f"limits-{n}-budget": budget.pk, f"limits-{n}-line": limit.line_id or "",
            f"limits-{n}-action": limit.action, f"limits-{n}-percent": limit.percent,
        }  # fmt: skip
    for n, line in enumerate(lines):
        form |= {
            f"lines-{n}-id": line.pk, f"lines-{n}-budget": budget.pk, f"lines-{n}-name": line.name,
            f"lines-{n}-note": line.note,
        }  # fmt: skip
    return {**form, **more}


def test_a_limit_and_a_note_change_and_balances_stay(sign_in):
    line = given.a_line("100")
    spend(line, D(10), purpose="x", source="a", on=NOW.date(), at=NOW, by=given.a_marketer())
    budget = line.budget
    client = sign_in(given.a_director())
    address = reverse("admin:budget_budget_change", args=[budget.pk])
    assert client.get(address).status_code == 200

    answer = client.post(
        address,
        the_form(budget, **{"limits-0-percent": 70, "lines-0-note": "公交优先", "lines-0-is_closed": "on"}),
    )

    line.refresh_from_db()
    budget.refresh_from_db()
    assert answer.status_code == 302
    assert BudgetLimit.objects.get(action="warn").percent == 70
    assert (line.note, line.is_closed, line.spent_amount) == ("公交优先", True, D(10))
    assert budget.last_number == Entry.objects.count() == 2


def test_the_ledger_is_read_only(sign_in):
    line = given.a_line()
    entry = Entry.objects.get(line=line)
    client = sign_in(given.a_director())

    assert client.get(reverse("admin:budget_entry_changelist")).status_code == 200
    assert client.get(reverse("admin:budget_entry_change", args=[entry.pk])).status_code == 200
    assert (
        client.post(reverse("admin:budget_entry_change", args=[entry.pk]), {"amount": 1}).status_code == 403
    )
    assert client.get(reverse("admin:budget_entry_add")).status_code == 403
    assert client.post(reverse("admin:budget_entry_delete", args=[entry.pk])).status_code == 403


def limits_set_to(sign_in, budget, *, warn, block):
    rows = [limit.action for limit in budget.limits.order_by("pk")]
    percents = {"warn": warn, "block": block}
    sent = the_form(budget, **{f"limits-{n}-percent": percents[action] for n, action in enumerate(rows)})
    answer = sign_in(given.a_director()).post(reverse("admin:budget_budget_change", args=[budget.pk]), sent)
    assert answer.status_code == 302


def test_limits_that_the_director_changes_act_at_once(sign_in):
    line, marketer = given.a_line("100"), given.a_marketer()
    words = {"purpose": "x", "on": NOW.date(), "at": NOW, "by": marketer}

    def warnings():
        return Notice.objects.filter(recipient=marketer, kind="budget").count()

    limits_set_to(sign_in, line.budget, warn=50, block=90)
    spend(line, D(49), source="a", **words)
    below = warnings()
    spend(line, D(2), source="b", **words)
    warned = warnings()
    with pytest.raises(OverBudget, match=r"90%") as refused:
        spend(line, D(40), source="c", **words)
    spend(line, D(39), source="d", **words)

    line.refresh_from_db()
    assert (below, warned) == (0, 1)
    # 91 of 100 is over 90 %; of 101.11 it still would be.
    assert refused.value.missing == D("1.12")
    assert line.spent_amount == D(90)

    limits_set_to(sign_in, line.budget, warn=50, block=100)
    spend(line, D(10), source="e", **words)
    line.refresh_from_db()
    assert line.balance.left == 0
