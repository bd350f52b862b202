"""Every act that the code writes has a name that people can read."""

import ast
from pathlib import Path

import pytest

from keyaccounts.audit import words

ROOT = Path(__file__).resolve().parents[2]
WRITERS = {"record": 1, "Act": 1}


def written_codes():
    """The act codes given literally to ``record`` and ``Act``: (code, file)."""
    for app in ("keyaccounts", "accounts", "visits", "materials", "budget"):
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name not in WRITERS:
                    continue
                given = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "action")]
                for value in given:
                    if (
                        isinstance(value, ast.Constant)
                        and isinstance(value.value, str)
                        and "." in value.value
                    ):
                        yield value.value, str(path.relative_to(ROOT))


@pytest.mark.parametrize(("code", "file"), sorted(set(written_codes())))
def test_the_act_has_a_name(code, file):
    assert words.act(code), f"{file} writes {code}: name it in ACTS of that app's acts.py"


def test_an_unknown_act_has_none():
    assert words.act("accounts.organisation.levitated") is None


def test_acts_of_the_admin_are_named_after_the_record():
    assert words.act("vocabulary.term.changed") == "修改了选项"
