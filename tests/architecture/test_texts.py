"""Texts that the gatherer of translations cannot see would stay English."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "budget", "keyaccounts", "materials", "visits")
MARKS = {"_", "gettext", "gettext_lazy", "pgettext", "pgettext_lazy", "ngettext", "ngettext_lazy"}


def hidden_texts() -> list[str]:
    """Texts marked for translation inside an f-string: xgettext reads the string, not the code in it."""
    found = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    found += [
                        f"{path.relative_to(ROOT)}:{call.lineno}"
                        for call in ast.walk(node)
                        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in MARKS
                    ]
    return found


def test_no_text_hides_in_an_f_string():
    assert hidden_texts() == []


def half_width() -> list[str]:
    """Chinese texts with a comma, colon, semicolon, question mark or bracket of the Latin width in them."""
    book = (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    texts = re.findall(r'^(?:msgstr(?:\[\d\])? )?"(.*[一-鿿].*)"$', book, re.MULTILINE)
    return [text for text in texts if re.search(r"[一-鿿”）][,:;?!(]|[,;)][一-鿿“]", text)]


def test_chinese_texts_have_chinese_punctuation():
    assert half_width() == []
