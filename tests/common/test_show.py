"""How values are shown in templates."""

from django.template import Context, Template
from django.utils import translation

from materials.choices import MoveKind
from materials.models import StockMove


def test_the_label_of_a_choice_follows_the_language():
    shows = Template('{{ row|choice_label:"kind" }}')
    row = StockMove(kind=MoveKind.ISSUE)

    with translation.override("zh-hans"):
        assert shows.render(Context({"row": row})) == row.get_kind_display() == "领用"
    with translation.override("en"):
        assert shows.render(Context({"row": row})) == row.get_kind_display()


def test_a_code_that_is_no_choice_any_more_is_shown_as_it_is():
    assert Template('{{ row|choice_label:"kind" }}').render(Context({"row": StockMove(kind="old")})) == "old"
