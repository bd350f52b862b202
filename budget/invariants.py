"""What must always hold about money (integrity rules 1–7), computed from the entries and never from the balances."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.db import connection
from django.db.models import Count, F, Max, Min, Q, Sum
from django.utils.translation import gettext_lazy as _

from keyaccounts.approvals.choices import RequestState
from keyaccounts.common.invariants import Found, invariant
from keyaccounts.common.triggers import not_whole

from .choices import BudgetState, EntryKind
from .models import Budget, BudgetLine, Entry, Supplement, Transfer
from .rules import NOTHING, Change, fen

CLOSING = (EntryKind.SPEND, EntryKind.RELEASE)


def _sums(*by: str) -> dict[tuple[int, ...], Change]:
    """Allowed, committed and spent by the keys given, added up from the entries."""
    rows = (
        Entry.objects.order_by()
        .values_list(*by)
        .annotate(allowed=Sum("allowed_change"), committed=Sum("committed_change"), spent=Sum("spent_change"))
    )
    # SQLite adds decimals as floating point numbers.
    return {row[: len(by)]: Change(*(fen(value) for value in row[len(by) :])) for row in rows}


@invariant(1, _("Ledger entries stay as they were booked; each is reversed at most once"))
def corrected_only_by_reversal() -> Found:
    found = Found(Entry.objects.count(), not_whole(connection, Entry._meta.db_table))
    twice = (
        Entry.objects.filter(kind=EntryKind.REVERSAL)
        .order_by()
        .values_list("about")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    found.violations += [f"budget.entry:{pk}: reversed {count} times" for pk, count in twice]
    for entry in Entry.objects.filter(kind=EntryKind.REVERSAL).select_related("about").iterator():
        done = entry.about
        undone = done and (entry.line_id, entry.change) == (
            done.line_id,
            -Change(done.allowed_change, NOTHING, done.spent_change),
        )
        if not undone:
            found.violations.append(f"no. {entry.number}: takes back something else")
    return found


@invariant(2, _("Spent and committed stay within what a line and the budget allow"))
def within_what_is_allowed() -> Found:
    found = Found()
    whole: defaultdict[int, Decimal] = defaultdict(Decimal)
    for (line, budget), sums in found.look(_sums("line", "budget").items()):
        left = sums.allowed - sums.committed - sums.spent
        whole[budget] += left
        if left < 0 or sums.committed < 0 or sums.spent < 0:
            found.violations.append(f"budget.budgetline:{line}: {left}")
    found.violations += [f"budget.budget:{pk}: {left}" for pk, left in whole.items() if left < 0]
    return found


@invariant(
    3, _("Each entry belongs to a line of its budget; more money comes approved; original amounts stay")
)
def earmarked() -> Found:
    found = Found(Entry.objects.count(), not_whole(connection, BudgetLine._meta.db_table))
    astray = Entry.objects.filter(~Q(line__budget=F("budget")) | Q(line__is_group=True))
    found.violations += [
        f"no. {number}: on no line of its budget" for number in astray.values_list("number", flat=True)
    ]
    unapproved = Entry.objects.filter(
        kind__in=[EntryKind.SUPPLEMENT, EntryKind.TRANSFER, EntryKind.BUDGET], approved_by=None
    )
    found.violations += [
        f"no. {number}: approved by nobody" for number in unapproved.values_list("number", flat=True)
    ]
    # Of a transfer as much goes out as comes in.
    moved = (
        Entry.objects.filter(kind=EntryKind.TRANSFER)
        .order_by()
        .values_list("budget")
        .annotate(sum=Sum("allowed_change"))
    )
    found.violations += [
        f"budget.budget:{pk}: transfers leave {fen(total)}" for pk, total in moved if fen(total)
    ]
    originals = dict(
        Entry.objects.filter(kind=EntryKind.BUDGET).order_by().values_list("line").annotate(sum=Sum("amount"))
    )
    for line in found.look(
        BudgetLine.objects.exclude(budget__state=BudgetState.DRAFT).filter(is_group=False)
    ):
        if fen(originals.get(line.pk) or 0) != fen(line.original_amount or 0):
            found.violations.append(
                f"{line}: original amount {line.original_amount}, booked {originals.get(line.pk)}"
            )
    return found


@invariant(4, _("A commitment is paid or released at most once, on its own line"))
def closed_once() -> Found:
    commitments = Entry.objects.filter(kind=EntryKind.COMMIT)
    found = Found(commitments.count())
    twice = (
        commitments.annotate(n=Count("followers", filter=Q(followers__kind__in=CLOSING)))
        .filter(n__gt=1)
        .values_list("number", "n")
    )
    found.violations += [f"no. {number}: closed {count} times" for number, count in twice]
    closing = Entry.objects.filter(kind__in=CLOSING, about__isnull=False)
    wrong = closing.filter(
        ~Q(line=F("about__line"))
        | ~Q(about__kind=EntryKind.COMMIT)
        | ~Q(committed_change=-F("about__amount"))
    )
    found.violations += [f"no. {n}: closes something else" for n in wrong.values_list("number", flat=True)]
    freed = Entry.objects.filter(kind=EntryKind.SPEND, about__isnull=True).exclude(committed_change=0)
    found.violations += [
        f"no. {n}: frees what nobody promised" for n in freed.values_list("number", flat=True)
    ]
    return found


@invariant(5, _("The balance of each line is the sum of its entries"))
def balances_are_sums() -> Found:
    found, sums = Found(), _sums("line")
    for line in found.look(BudgetLine.objects.iterator()):
        booked = sums.get((line.pk,), Change())
        kept = Change(*map(fen, (line.allowed_amount, line.committed_amount, line.spent_amount)))
        if kept != booked:
            found.violations.append(f"{line}: {kept.allowed}/{kept.committed}/{kept.spent} kept")
    return found


@invariant(6, _("Amounts are above zero; entry numbers have no gap in a budget"))
def numbers_without_gaps() -> Found:
    found = Found(Entry.objects.count())
    found.violations += [
        f"no. {number}: {amount}"
        for number, amount in Entry.objects.filter(amount__lte=0).values_list("number", "amount")
    ]
    ends = dict(Budget.objects.values_list("pk", "last_number"))
    numbers = (
        Entry.objects.order_by()
        .values_list("budget")
        .annotate(first=Min("number"), last=Max("number"), n=Count("number", distinct=True), rows=Count("pk"))
    )
    for budget, first, last, count, rows in numbers:
        end = ends.pop(budget, 0)
        if not (first == 1 and last == count == rows == end):
            found.violations.append(f"budget.budget:{budget}: {first}–{last}, {rows}")
    found.violations += [f"budget.budget:{pk}: 0, {last}" for pk, last in ends.items() if last]
    return found


@invariant(7, _("A business event is booked once, never twice"))
def each_event_once() -> Found:
    twice = Entry.objects.order_by().values_list("source").annotate(n=Count("pk")).filter(n__gt=1)
    found = Found(Entry.objects.count(), [f"{source}: {count}" for source, count in twice])
    lost = Supplement.objects.filter(state=RequestState.APPROVED, entry=None)
    lost_moves = Transfer.objects.filter(Q(out_entry=None) | Q(in_entry=None), state=RequestState.APPROVED)
    found.violations += [f"{request.code}: approved and not booked" for request in (*lost, *lost_moves)]
    return found
