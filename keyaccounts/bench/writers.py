"""Sixteen processes writing at once: ledger entries on one line, issues of one material.

``python -m keyaccounts.bench.writers posting|issue INDEX TIMES KEY BY FOLDER`` is one of them.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .measuring import Figures, at_least, limit

if TYPE_CHECKING:
    from .world import World

WRITERS = 16
EACH = 70
STOCK = 1_000
REACH = {"sqlite": 200, "postgresql": 300}


def _database_url() -> str:
    """How another process opens the database of this run."""
    from django.db import connection

    kept = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{kept['NAME']}"
    password = f":{kept['PASSWORD']}" if kept["PASSWORD"] else ""
    return f"postgresql://{kept['USER']}{password}@{kept['HOST']}:{kept['PORT']}/{kept['NAME']}"


def _run_all(act: str, *, key: int, by: int) -> tuple[int, int, float]:
    """So many writers at once: how many acts passed, how many were refused in words, and the seconds it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            **os.environ,
            "DATABASE_URL": _database_url(),
            "VAR_DIR": str(folder / "var"),
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "keyaccounts.bench.writers", act]
        children = [
            subprocess.Popen(  # noqa: S603 - ourselves
                [*command, str(index), str(EACH), str(key), str(by), name],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for index in range(WRITERS)
        ]
        while len(list(folder.glob("ready-*"))) < WRITERS:
            if any(child.poll() for child in children):
                raise RuntimeError("A writer did not start.")
            time.sleep(0.02)
        start = time.monotonic()
        (folder / "go").touch()
        answers = [child.communicate()[0].split() for child in children]
    if any(child.returncode for child in children):
        raise RuntimeError("A writer failed; its words are above.")
    # To the last act, not to the end of sixteen interpreters.
    taken = max(float(done) for _passed, _refused, done in answers) - start
    return sum(int(a[0]) for a in answers), sum(int(a[1]) for a in answers), taken


def posting_figures(world: World) -> Figures:
    """Entries on a line that has money for exactly STOCK of them: that many pass, numbers without gaps."""
    from django.db import connection

    from budget.models import Budget, BudgetLine, Entry

    budget = Budget.objects.get()
    line = BudgetLine.objects.create(budget=budget, number="99", position=99, name="并发科目")
    _allow(line, world)
    passed, refused, taken = _run_all("posting", key=line.pk, by=world.marketer.pk)
    line.refresh_from_db()
    numbers = list(Entry.objects.order_by("-number").values_list("number", flat=True)[: passed + 1])
    exact = (
        passed == STOCK
        and refused == WRITERS * EACH - STOCK
        and line.spent_amount == STOCK
        and numbers == list(range(numbers[0], numbers[0] - len(numbers), -1))
    )
    return {
        f"ledger posting, {WRITERS} writers, a second": at_least(
            passed / taken, reach=REACH[connection.vendor], passed=passed
        ),
        "ledger posting, wrong results": limit(0 if exact else 1, reach=0, passed=passed, refused=refused),
    }


def _allow(line: Any, world: World) -> None:
    from budget.actions.ledger import supplement

    supplement(
        line,
        Decimal(STOCK),
        purpose="测速",
        source=f"bench.line:{line.pk}",
        on=world.today,
        at=world.now,
        by=world.director,
    )


def issue_figures(world: World) -> Figures:
    """Issues of a material of which there are exactly STOCK: that many pass, none is left, no errors."""
    from django.db import connection

    from materials.actions.stock import receive
    from materials.models import Material

    material = Material.objects.create(
        campaign=world.campaign, number=99, name="并发物料", category="print", unit="份"
    )
    receive(material, STOCK, source="bench.race", on=world.today, at=world.now, by=world.marketer)
    passed, refused, taken = _run_all("issue", key=material.pk, by=world.marketer.pk)
    material.refresh_from_db()
    exact = (passed, refused, material.on_hand) == (STOCK, WRITERS * EACH - STOCK, 0)
    return {
        f"stock issue, {WRITERS} writers, a second": at_least(
            passed / taken, reach=REACH[connection.vendor], passed=passed
        ),
        "stock issue, wrong results": limit(0 if exact else 1, reach=0, passed=passed, refused=refused),
    }


def _write(act: str, index: int, times: int, key: int, by: int, folder: Path) -> tuple[int, int, float]:
    """One writer: wait for the others, then act so many times; how many passed, how many were refused, the end.

    The end is by the machine's monotonic clock, which all its processes share.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyaccounts.settings")
    django.setup()
    from django.db import transaction

    from budget.actions.ledger import spend
    from budget.models import BudgetLine
    from keyaccounts.common import clock
    from keyaccounts.common.errors import RuleViolation
    from keyaccounts.people.models import User
    from materials.actions.stock import take
    from materials.choices import MoveKind
    from materials.models import Material

    user, now = User.objects.get(pk=by), clock.now()
    when: dict[str, Any] = {"on": now.date(), "at": now, "by": user}

    subject: Any = (
        BudgetLine.objects.select_related("budget") if act == "posting" else Material.objects
    ).get(pk=key)

    def write(much: int, source: str) -> None:
        if act == "posting":
            spend(subject, Decimal(much), purpose="并发", source=source, **when)
        else:
            take(subject, much, kind=MoveKind.ISSUE, source=source, **when)

    # A web process serves for days: what it loads at its first act, and at its first refusal, is not measured.
    with transaction.atomic():
        write(1, f"bench.warm:{index}")
        transaction.set_rollback(True)
    with contextlib.suppress(RuleViolation):
        write(STOCK + 1, f"bench.warm:{index}")
    (folder / f"ready-{index}").touch()
    parent = os.getppid()
    while not (folder / "go").exists() and os.getppid() == parent:
        time.sleep(0.001)
    passed = refused = 0
    for n in range(times):
        try:
            write(1, f"bench.{act}:{index}:{n}")
        except RuleViolation:
            refused += 1
        else:
            passed += 1
    return passed, refused, time.monotonic()


if __name__ == "__main__":
    which, place = sys.argv[1], Path(sys.argv[6])
    number, count, row, person = (int(text) for text in sys.argv[2:6])
    print(*_write(which, number, count, row, person, place))  # noqa: T201
