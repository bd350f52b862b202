"""盘点: left and resumed, a movement in between spoils nothing, differences explained, closed once."""

from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader

from keyaccounts.common.errors import RuleViolation
from materials.actions.stock import receive, reserve, take
from materials.actions.stocktakes import close_stocktake, count, explain, start_stocktake
from materials.models import StockMove
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def how(**more):
    return {"at": NOW, "by": given.a_marketer(), **more}


def a_stocktake(material):
    return start_stocktake(material.campaign, on=NOW.date(), **how())


def test_what_moves_between_counting_and_closing_stays_right():
    material = given.a_material(on_hand=100)
    taken = a_stocktake(material)
    count(taken, material, 97, reason="破损", **how())
    take(material, 10, kind="issue", source="i:1", on=NOW.date(), **how())
    receive(material, 5, source="r:1", on=NOW.date(), **how())

    close_stocktake(taken, on=NOW.date(), **how())

    material.refresh_from_db()
    assert material.on_hand == 97 - 10 + 5
    assert StockMove.objects.get(kind="adjust").on_hand_change == -3


def test_counted_again_it_is_measured_by_what_is_there_then():
    material = given.a_material(on_hand=100)
    taken = a_stocktake(material)
    count(taken, material, 97, **how())
    take(material, 10, kind="issue", source="i:1", on=NOW.date(), **how())

    line = count(taken, material, 90, **how())

    assert (line.difference, taken.lines.count()) == (0, 1)


def test_a_difference_needs_its_reason_before_closing_and_gets_it_without_recounting():
    material = given.a_material(on_hand=10)
    taken = a_stocktake(material)
    line = count(taken, material, 12, **how())
    with pytest.raises(RuleViolation, match=r"\+2"):
        close_stocktake(taken, on=NOW.date(), **how())
    take(material, 1, kind="issue", source="i:1", on=NOW.date(), **how())

    explain(line, reason="上次数错", by=given.a_marketer())
    close_stocktake(taken, on=NOW.date(), **how())

    material.refresh_from_db()
    assert material.on_hand == 11


def test_one_is_open_at_a_time_and_closed_once():
    material = given.a_material(on_hand=10)
    taken = a_stocktake(material)
    with pytest.raises(RuleViolation, match=taken.code):
        a_stocktake(material)
    with pytest.raises(RuleViolation, match="还没有盘点"):
        close_stocktake(taken, on=NOW.date(), **how())
    count(taken, material, 10, **how())

    close_stocktake(taken, on=NOW.date(), **how())

    with pytest.raises(RuleViolation, match="已经结束"):
        close_stocktake(taken, on=NOW.date(), **how())
    with pytest.raises(RuleViolation, match="已经结束"):
        count(taken, material, 9, **how())
    assert a_stocktake(material).code == "PD2012-002"


def test_closing_books_all_differences_or_none():
    first, second = given.a_material(on_hand=10), given.a_material(on_hand=5)
    reserve(second, 5, source="b:1", on=NOW.date(), **how())
    taken = a_stocktake(first)
    count(taken, first, 9, reason="破损", **how())
    count(taken, second, 3, reason="找不到", **how())

    with pytest.raises(RuleViolation):
        close_stocktake(taken, on=NOW.date(), **how())

    taken.refresh_from_db()
    assert (taken.state, StockMove.objects.filter(kind="adjust").count()) == ("open", 0)


def words_of(answer):
    return "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)


def test_the_result_on_paper_and_a_sheet_that_does_not_say_what_to_find(sign_in):
    material = given.a_material(on_hand=1234, name="折页")
    taken = a_stocktake(material)
    count(taken, material, 1201, reason="受潮", **how())
    client, address = sign_in(given.a_marketer()), reverse("materials:stocktake_pdf", args=[taken.pk])

    result, blank = words_of(client.get(address)), words_of(client.get(address, {"blank": "1"}))

    assert all(word in result for word in (taken.code, "折页", "1234", "1201", "-33", "受潮"))
    assert "折页" in blank
    assert "实盘数" in blank
    assert "1234" not in blank
    assert "1201" not in blank


def test_the_paper_of_a_stocktake_is_of_those_who_see_it(sign_in):
    taken = a_stocktake(given.a_material(on_hand=1))
    address = reverse("materials:stocktake_pdf", args=[taken.pk])

    assert sign_in(given.a_rep()).get(address).status_code == 403
    assert sign_in(given.a_director()).get(address).status_code == 200
