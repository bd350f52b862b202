"""One process of the mixed race: for some seconds it does now this, now that, with the money and the store of all."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from budget.actions import ledger
from budget.actions.decisions import approve_claim, return_claim
from budget.actions.payments import pay_claim
from budget.models import BudgetLine, Entry, ExpenseClaim
from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.errors import RuleViolation
from keyaccounts.people.models import User
from materials.actions.handovers import confirm_receipt, issue
from materials.actions.receipts import receive_goods
from materials.models import Handover, Material, Requisition
from tests import given

ON = date(2012, 7, 10)
AT = given.at(2012, 7, 10, 10)


class Racer:
    """What one process does, and what it says it has done.

    Args:
        index: which of the processes; names its events.
        people: keys of the directors, marketers and reps.
        lines: keys of the budget lines; materials: keys of the materials all of them move.
    """

    def __init__(
        self, index: int, *, people: dict[str, list[int]], lines: list[int], materials: list[int]
    ) -> None:
        self.chance = random.Random(index)  # noqa: S311 – a lot, not a secret
        self.name, self.count = f"mixed:{index}", 0
        self.people = {role: list(User.objects.filter(pk__in=keys)) for role, keys in people.items()}
        self.lines, self.materials = lines, materials
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.wrong: list[str] = []
        # allowed, committed and spent in fen, entries; boxes in, boxes out, receipts confirmed, claims decided.
        self.sums: Counter[str] = Counter()

    def run(self, seconds: float) -> dict[str, Any]:
        """Act in turns of a random order until the time is up; refusals in words are counted, all else is kept."""
        acts: list[Callable[[], bool]] = [
            self.claim, self.decide, self.decide, self.pay, self.ask, self.hand_over, self.hand_over,
            self.receive, self.confirm, self.confirm, self.post, self.transfer, self.promise,
        ]  # fmt: skip
        turns: list[Callable[[], bool]] = []
        end = time.monotonic() + seconds
        # However slow the machine, each act has its turn once.
        while time.monotonic() < end or self.count < len(acts) or turns:
            if not turns:
                turns = self.chance.sample(acts, len(acts))
            act = turns.pop()
            self.count += 1
            try:
                if act():
                    self.done[act.__name__] += 1
            except RuleViolation as refusal:
                self.refused[act.__name__] += 1
                if not str(refusal).strip():
                    self.wrong.append(f"{act.__name__}: refused without words")
            except Exception as problem:
                self.wrong.append(f"{act.__name__}: {type(problem).__name__}: {problem}")
        return {"done": self.done, "refused": self.refused, "wrong": self.wrong, "sums": self.sums}

    def somebody(self, role: str) -> User:
        return self.chance.choice(self.people[role])

    def one_of(self, rows: Any) -> Any:
        """One of the oldest rows: several processes mean the same one."""
        return self.chance.choice(list(rows.order_by("pk")[:3]) or [None])

    def line(self) -> BudgetLine:
        return BudgetLine.objects.get(pk=self.chance.choice(self.lines))

    def told(self) -> dict[str, Any]:
        return {"source": f"{self.name}:{self.count}", "on": ON, "at": AT, "by": self.somebody("marketers")}

    def booked(self, *entries: Entry | None) -> bool:
        for entry in entries:
            if entry is not None:
                self.sums["entries"] += 1
                for name in ("allowed", "committed", "spent"):
                    self.sums[name] += int(getattr(entry, f"{name}_change") * 100)
        return True

    # -- money ------------------------------------------------------------------------------------------
    def claim(self) -> bool:
        amount = self.chance.choice(["20", "60"])
        given.a_handed_in_claim(
            by=self.somebody("reps"), line=self.line(), amount=amount, duplicate_reason="另一次"
        )
        return True

    def decide(self) -> bool:
        claim = self.one_of(ExpenseClaim.objects.filter(state=RequestState.PENDING))
        if claim is None:
            return False
        director = self.somebody("directors")
        if self.chance.random() < 0.2:
            return_claim(claim, note="补发票", by=director, at=AT)
        else:
            self.booked(approve_claim(claim, by=director, on=ON, at=AT).commitment)
            self.sums["approved"] += 1
        return True

    def pay(self) -> bool:
        claim = self.one_of(ExpenseClaim.objects.filter(state=RequestState.APPROVED))
        if claim is None:
            return False
        entry = pay_claim(claim, by=self.somebody("marketers"), on=ON, at=AT)
        self.sums["paid"] += 1
        return self.booked(entry)

    def post(self) -> bool:
        return self.booked(ledger.spend(self.line(), Decimal(7), purpose="竞争", **self.told()))

    def transfer(self) -> bool:
        pair = self.chance.sample(self.lines, 2)
        giving, taking = (BudgetLine.objects.get(pk=pk) for pk in pair)
        director = self.somebody("directors")
        return self.booked(
            *ledger.transfer(giving, taking, Decimal(30), purpose="竞争", approved_by=director, **self.told())
        )

    def promise(self) -> bool:
        """Commit money and give it back: two acts of the ledger."""
        made = ledger.commit(self.line(), Decimal(11), purpose="竞争", **self.told())
        self.booked(made)
        self.count += 1
        return self.booked(ledger.release(made, purpose="竞争", **self.told()))

    # -- the store --------------------------------------------------------------------------------------
    def ask(self) -> bool:
        wanted = Material.objects.filter(pk__in=self.chance.sample(self.materials, 2))
        rep = self.somebody("reps")
        given.a_requisition({material: self.chance.randint(1, 3) for material in wanted}, by=rep, at=AT)
        return True

    def hand_over(self) -> bool:
        requisition = self.one_of(Requisition.objects.filter(state=RequestState.APPROVED))
        if requisition is None:
            return False
        quantities = {line.pk: line.to_issue for line in requisition.lines.all()}
        if self.chance.random() < 0.5:
            quantities = {pk: min(1, quantity) for pk, quantity in quantities.items()}
        handover = issue(requisition, quantities, by=self.somebody("marketers"), at=AT)
        self.sums["out"] += sum(handover.lines.values_list("quantity", flat=True))
        self.sums["handovers"] += 1
        return True

    def receive(self) -> bool:
        material = Material.objects.get(pk=self.chance.choice(self.materials))
        move = receive_goods(material, 4, cost=Decimal("8"), **self.told())
        self.sums["in"] += move.quantity
        return self.booked(move.entry)

    def confirm(self) -> bool:
        handover = self.one_of(Handover.objects.unconfirmed())
        if handover is None:
            return False
        confirm_receipt(handover, by=handover.requisition.receiver, at=AT)
        self.sums["confirmed"] += 1
        return True


def total(results: Iterable[dict[str, Any]], name: str) -> Counter[str]:
    """One of the tallies of all racers together."""
    tally: Counter[str] = Counter()
    for result in results:
        tally.update(result[name])  # what went down stays below zero; adding counters would drop it
    return tally
