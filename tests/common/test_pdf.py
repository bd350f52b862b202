"""Paper: fonts embedded, no glyph missing, nothing fetched from outside."""

import logging
from dataclasses import replace
from io import BytesIO

import pytest
from django.conf import settings
from pypdf import PdfReader

from keyaccounts.common.glyphs import Coverage, coverage, reading_of
from keyaccounts.common.pdf import Paper, pdf_response, render_pdf
from tests import given

PAPER = Paper(
    title="大客户拜访报告", number="BF2012-001", printed_by="何敏", printed_at=given.at(2012, 7, 10)
)


def fonts_of(content: bytes) -> set[str]:
    """The base names of the fonts a PDF embeds, without the subset's tag."""
    names = set()
    for page in PdfReader(BytesIO(content)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            names.add(font.get_object()["/BaseFont"].split("+")[-1].lstrip("/"))
    return names


def draws_a_box(content: bytes) -> bool:
    """Whether any text of the PDF is drawn with glyph 0, the box."""
    for page in PdfReader(BytesIO(content)).pages:
        found = []

        def see(operator, operands, _matrix, _text, found=found):
            texts = operands[0] if operator == b"TJ" else operands[:1] if operator == b"Tj" else []
            for text in texts:
                raw = getattr(text, "original_bytes", None)
                if raw:
                    found.extend(raw[i : i + 2] for i in range(0, len(raw), 2))

        page.extract_text(visitor_operand_before=see)
        if b"\x00\x00" in found:
            return True
    return False


@pytest.fixture
def quiet(caplog):
    """Fails the test when WeasyPrint or fontTools has something to complain about."""
    yield
    loud = [r for r in caplog.records if r.levelno >= logging.WARNING and r.name.split(".")[0] in
            {"weasyprint", "fontTools"}]  # fmt: skip
    assert [r.getMessage() for r in loud] == []


def test_chinese_is_drawn_with_our_embedded_font(quiet, paper_template):
    content = render_pdf(paper_template("单位名称 北京第一热电厂 ¥12,345.60 ▲"), {}, paper=PAPER)

    assert fonts_of(content) == {"CRM-Sans-SC", "CRM-Sans-SC-Bold"} or fonts_of(content) == {"CRM-Sans-SC"}
    assert not draws_a_box(content)
    assert len(content) < 200 * 1024


def test_rare_characters_of_names_are_drawn(quiet, paper_template):
    content = render_pdf(paper_template("联系人 𠮷野、㛃、䶮"), {}, paper=PAPER)

    assert not draws_a_box(content)


def test_a_character_no_font_has_is_a_visible_mark_with_its_reading():
    bare = Coverage(folders=[])

    shown = bare.make_printable("<body><p title='𠮷'>𠮷</p></body>")

    assert shown == "<body><p title='〓(jí)'>〓<small>(jí)</small></p></body>"


def test_a_character_an_installed_font_has_is_set_in_that_font():
    if coverage().family_for("𠮷") is None:
        pytest.skip("no installed font has the character")

    shown = coverage().make_printable("<body>𠮷</body>")

    assert (
        shown == f'<body><span style="font-family:&#x27;{coverage().family_for("𠮷")}&#x27;">𠮷</span></body>'
    )


def test_the_margins_say_rare_names_too(quiet, paper_template):
    paper = replace(PAPER, company="𠮷野商贸", printed_by="㛃敏")

    content = render_pdf(paper_template("单位名称"), {}, paper=paper)

    text = PdfReader(BytesIO(content)).pages[0].extract_text()
    known = coverage().family_for("𠮷") is not None
    assert ("𠮷野商贸" if known else "〓(jí)野商贸") in text
    assert "㛃敏" in text
    assert not draws_a_box(content)


def test_emoji_become_the_mark_and_joiners_vanish():
    bare = Coverage(folders=[])

    assert bare.make_printable("<body>好\U0001f44d️\u200b</body>") == "<body>好〓</body>"


def test_ordinary_pages_pass_unchanged():
    page = "<body>普通文字 ABC 123</body>"

    assert coverage().make_printable(page) is page


def test_reading_of_what_is_no_han_character_is_empty():
    assert (reading_of("𠮷"), reading_of("\U0001f44d")) == ("jí", "")


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "https://example.com/x.png", "static:../manage.py", "media:../../etc/passwd"],
)
def test_paper_fetches_nothing_but_our_own_files(address):
    from keyaccounts.common.pdf import _workshop

    fetcher = _workshop()[2]

    with pytest.raises(Exception, match=r"."):
        fetcher.fetch(address)


def test_the_file_name_may_be_chinese():
    answer = pdf_response(b"%PDF", filename="拜访报告.pdf", download=True)

    assert answer["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%E6%8B%9C" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "private, no-store"


@pytest.fixture
def paper_template(tmp_path, settings):
    """A template file with the text given, in the house's frame."""

    def written(text: str) -> str:
        folder = tmp_path / "templates"
        folder.mkdir(exist_ok=True)
        (folder / "sheet.html").write_text(
            '{% extends "pdf/base.html" %}{% block content %}<h1>'
            + text
            + "</h1><p>"
            + text
            + "</p>{% endblock %}",
            encoding="utf-8",
        )
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [folder, *settings.TEMPLATES[0]["DIRS"]]}]
        return "sheet.html"

    return written


def test_the_company_is_the_one_of_the_settings():
    assert PAPER.company == settings.COMPANY_NAME
