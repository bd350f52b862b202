"""No task starts from a transaction that is rolled back (integrity rule 22)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from keyaccounts.exports.actions import note_export
from keyaccounts.exports.models import Export
from keyaccounts.exports.tasks import look_at
from tests import given

ROOT = Path(__file__).resolve().parents[2]
SENDS = {"delay", "apply_async", "send_task"}


def sent_outside_on_commit(path: Path) -> Iterator[str]:
    """Calls that send a task from a function that is not handed to ``transaction.on_commit``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    handed = {
        argument.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "on_commit"
        for argument in call.args
        if isinstance(argument, ast.Name)
    }
    safe = {
        id(inner)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in handed
        for inner in ast.walk(function)
    }
    for call in ast.walk(tree):
        is_sending = isinstance(call, ast.Call) and getattr(call.func, "attr", "") in SENDS
        if is_sending and id(call) not in safe:
            yield f"{path.relative_to(ROOT)}:{call.lineno}"


def test_tasks_are_sent_after_the_commit_only():
    sources = [
        path
        for app in ("accounts", "visits", "materials", "budget", "keyaccounts")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
    ]

    assert len(sources) > 100
    assert [found for path in sources for found in sent_outside_on_commit(path)] == []


def test_the_check_sees_a_task_sent_too_early(tmp_path, monkeypatch):
    path = tmp_path / "early.py"
    path.write_text("def act(row):\n    row.save()\n    job.delay(row.pk)\n", encoding="utf-8")
    monkeypatch.setattr("tests.architecture.test_tasks_after_commit.ROOT", tmp_path)

    assert list(sent_outside_on_commit(path)) == ["early.py:3"]


@pytest.mark.django_db
def test_what_is_rolled_back_asks_no_worker(django_capture_on_commit_callbacks):
    rep = given.a_rep()

    def ask() -> None:
        look_at(
            note_export(
                title="单位", address="/organisations/?export=xlsx", filters="", total=9_000, at_once=False, by=rep,
                at=given.at(2012, 7, 10),
            )
        )  # fmt: skip

    with django_capture_on_commit_callbacks() as kept, transaction.atomic():
        ask()
    with django_capture_on_commit_callbacks() as undone, transaction.atomic():
        ask()
        transaction.set_rollback(True)

    assert (len(kept), len(undone)) == (1, 0)
    assert Export.objects.count() == 1
