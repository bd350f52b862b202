"""What must always hold of the store (integrity rules 8–11, 18, 19)."""

from collections import Counter
from decimal import Decimal

from django.db import connection
from django.db.models import Count, F, Q, Sum, Value
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from budget.choices import EntryKind
from budget.models import Entry
from keyaccounts.audit.models import AuditEvent
from keyaccounts.audit.queries import Moves, broken_moves
from keyaccounts.common.invariants import Found, invariant
from keyaccounts.common.triggers import not_whole

from .choices import OUTGOING, MaterialState, MoveKind, StocktakeState
from .models import Loan, Material, Requisition, StockMove, Stocktake, StocktakeLine
from .rules import may_move


@invariant(8, _("On hand is never below zero, reserved never above on hand"))
def nothing_below_zero() -> Found:
    wrong = Material.objects.filter(Q(on_hand__lt=0) | Q(reserved__lt=0) | Q(reserved__gt=F("on_hand")))
    return Found(
        Material.objects.count(), [f"{row}: {row.on_hand}, {row.reserved}" for row in wrong.iterator()]
    )


@invariant(9, _("On hand and reserved are the sums of the movements"))
def sums_of_movements() -> Found:
    rows = Material.objects.annotate(
        moved=Coalesce(Sum("moves__on_hand_change"), 0), bound=Coalesce(Sum("moves__reserved_change"), 0)
    ).exclude(moved=F("on_hand"), bound=F("reserved"))
    return Found(
        Material.objects.count(),
        [f"{row}: {row.on_hand} ≠ {row.moved}, {row.reserved} ≠ {row.bound}" for row in rows.iterator()],
    )


@invariant(9, _("Stock movements are append-only and add themselves up"))
def movements_are_guarded() -> Found:
    return Found(1, not_whole(connection, StockMove._meta.db_table))


@invariant(9, _("A stocktake's difference is one adjustment with a reason"))
def differences_are_adjusted() -> Found:
    lines = StocktakeLine.objects.filter(stocktake__state="closed").select_related("material", "move")
    found = Found()
    for line in found.look(lines.iterator(chunk_size=1000)):
        moved = line.move.on_hand_change if line.move else 0
        if moved != line.difference or (line.difference and not line.move.reason):  # type: ignore[union-attr]
            found.violations.append(f"{line}: {line.difference} ≠ {moved}")
    return found


@invariant(10, _("A reservation is consumed or released once"))
def reservations_close_once() -> Found:
    bound = StockMove.objects.filter(kind=MoveKind.RESERVE)
    closing = Q(followers__kind__in=[*OUTGOING, MoveKind.RELEASE])
    twice = bound.annotate(n=Count("followers", filter=closing)).filter(n__gt=1)
    return Found(bound.count(), [f"{move.source}: {move.n}" for move in twice])  # type: ignore[attr-defined]


@invariant(10, _("A loan is out or back, and what is out has left the store"))
def loans_are_out_or_back() -> Found:
    wrong = Loan.objects.select_related("material").filter(
        Q(back_move__isnull=True, back_on__isnull=False)
        | Q(back_move__isnull=False, back_on__isnull=True)
        | ~Q(out_move__kind=MoveKind.ISSUE)
        | (Q(back_move__isnull=False) & ~Q(back_move__kind=MoveKind.RETURN))
    )
    shared = (
        Loan.objects.filter(back_move__isnull=False)
        .values("back_move")
        .annotate(n=Count("pk"), quantity=Sum("back_move__quantity") / Count("pk"))
        .filter(n__gt=F("quantity"))
    )
    return Found(
        Loan.objects.count(),
        [f"{loan.pk} {loan}" for loan in wrong] + [f"{row['back_move']}: {row['n']}" for row in shared],
    )


@invariant(11, _("A gift is one movement with its act in the trail, and names who received it and why"))
def gifts_are_explained() -> Found:
    """With the benefit records of a later step each gift also has exactly one of those."""
    gifts = StockMove.objects.filter(kind=MoveKind.GIFT)
    unnamed = gifts.filter(Q(counterparty="") | Q(reason=""))
    # Two passes and not a question for each gift: the trail names its records by text.
    acts = AuditEvent.objects.filter(action="materials.stockmove.made").values_list("subject", flat=True)
    told = Counter(acts.order_by().iterator(chunk_size=5000))
    found = Found(violations=[move.source for move in unnamed])
    for pk, source in found.look(gifts.values_list("pk", "source").iterator(chunk_size=5000)):
        count = told[f"{StockMove._meta.label_lower}:{pk}"]
        if count != 1:
            found.violations.append(f"{source}: {count} in the trail")
    return found


@invariant(11, _("What came in at the budget's cost is one movement and one ledger entry of that cost"))
def costs_are_booked_once() -> Found:
    """Gifts cost the budget when they come in. A unit cost is rounded to the fen, so the whole is not exact."""
    paid = StockMove.objects.filter(entry__isnull=False).select_related("entry")
    rounding = F("quantity") * Decimal("0.005") + Decimal("0.001")
    whole = F("quantity") * F("unit_cost")
    exact = Q(
        entry__kind=EntryKind.SPEND, kind=MoveKind.RECEIPT, entry__source=Concat("source", Value(":cost"))
    )
    wrong = paid.filter(
        ~exact
        | Q(unit_cost=None)
        | Q(entry__amount__gt=whole + rounding)
        | Q(entry__amount__lt=whole - rounding)
    )
    lost = Entry.objects.filter(source__endswith=":cost", kind=EntryKind.SPEND, stock_move=None)
    return Found(
        paid.count(),
        [f"{move.source}: {move.quantity} × {move.unit_cost} ≠ {move.entry.amount}" for move in wrong]  # type: ignore[union-attr]
        + [f"{source}: nothing came in" for source in lost.values_list("source", flat=True)],
    )


@invariant(19, _("Materials are asked for once for an event: one open requisition of each source"))
def asked_for_once() -> Found:
    rows = Requisition.objects.open().exclude(source="")
    twice = rows.order_by().values_list("source").annotate(n=Count("pk")).filter(n__gt=1)
    return Found(rows.count(), [f"{source}: {count}" for source, count in twice])


@invariant(18, _("States change along declared edges, each change with its audit row"))
def states_of_materials() -> Found:
    found = Found(Material.objects.count() + Stocktake.objects.count())
    for moves in (
        Moves(
            "materials.material.",
            frozenset(MaterialState.values),
            may_move,
            lambda: Material.objects.values_list("pk", "state").iterator(),
        ),
        Moves(
            "materials.stocktake.",
            frozenset(StocktakeState.values),
            lambda before, after: (before, after) == (StocktakeState.OPEN, StocktakeState.CLOSED),
            lambda: Stocktake.objects.values_list("pk", "state").iterator(),
        ),
    ):
        found.violations += broken_moves(moves)
    return found
