"""What each racing process does; called by name from ``tests.racing.race``."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from tests import given

ON = date(2012, 7, 10)
AT = given.at(2012, 7, 10, 10)


def confirm_key_contact(index: int, *, organisation: int, contacts: list[int], by: int) -> int:
    from accounts.actions import key_contacts
    from accounts.models import Contact, Organisation
    from keyaccounts.people.models import User

    contact = Contact.objects.get(pk=contacts[index])
    key = key_contacts.confirm_key_contact(
        Organisation.objects.get(pk=organisation),
        contacts_met=[contact],
        contact=contact,
        on=ON,
        source=f"visits.visit:{index}",
        by=User.objects.get(pk=by),
    )
    return key.contact_id if key else 0


def finish_visit(index: int, *, visits: list[int], by: int) -> int | None:
    from keyaccounts.people.models import User
    from visits.actions.making import finish
    from visits.models import Visit

    return finish(Visit.objects.get(pk=visits[index]), by=User.objects.get(pk=by), at=AT).number


def append_to_trail(index: int, *, subject: int, times: int) -> int:
    from django.db import transaction

    from keyaccounts.audit.actions import record
    from keyaccounts.people.models import User

    user = User.objects.get(pk=subject)
    for _ in range(times):
        with transaction.atomic():
            record(user, "people.user.raced", by=user, index=index)
    return times


def submit(index: int, *, key: str, organisation: int, by: int) -> str:
    from accounts.actions.journal import log_contact
    from accounts.models import Organisation
    from keyaccounts.audit.actions import once
    from keyaccounts.people.models import User

    user = User.objects.get(pk=by)

    def act() -> str:
        file = Organisation.objects.get(pk=organisation)
        log = log_contact(file, channel="phone", on=ON, at=AT, by=user)
        return f"/logged/{log.pk}/"

    return once(uuid.UUID(key), by=user, act=act)


def remind(index: int) -> int:
    from visits.actions.reminders import remind_reports

    return remind_reports(at=given.at(2012, 7, 12, 12))


def create_organisations(index: int, *, by: int, times: int) -> list[str]:
    from accounts.actions.organisations import create_organisation
    from keyaccounts.people.models import User

    user = User.objects.get(pk=by)
    return [
        create_organisation(name=f"北京{index}之{n}厂", type="school", by=user, on=ON).code
        for n in range(times)
    ]


def edit(index: int, *, organisation: int, version: int, by: int) -> int:
    from accounts.actions.organisations import edit_organisation
    from accounts.models import Organisation
    from keyaccounts.people.models import User

    edit_organisation(
        Organisation.objects.get(pk=organisation),
        by=User.objects.get(pk=by),
        on=ON,
        version=version,
        address=f"{index}号",
    )
    return index


def decide(index: int, *, change: int, directors: list[int]) -> str:
    from accounts.actions.key_contacts import decide_key_contact_change
    from accounts.models import KeyContactChange
    from keyaccounts.people.models import User

    decided: Any = decide_key_contact_change(
        KeyContactChange.objects.get(pk=change),
        approve=index % 2 == 0,
        note="看过",
        by=User.objects.get(pk=directors[index]),
        at=AT,
        on=ON,
    )
    return str(decided.state)


def deliver(index: int) -> int:
    from keyaccounts.notices.actions import deliver_due

    return deliver_due(at=AT)


def spend(index: int, *, line: int, by: int, amount: str, times: int = 1, source: str = "") -> dict[str, Any]:
    """Book ``times`` payments and say how long it took; refusals are counted, in words."""
    import time
    from decimal import Decimal

    from budget.actions import ledger
    from budget.models import BudgetLine
    from keyaccounts.common.errors import RuleViolation
    from keyaccounts.people.models import User

    row, person = BudgetLine.objects.get(pk=line), User.objects.get(pk=by)
    booked, refused = 0, []
    begun = time.monotonic()
    for n in range(times):
        try:
            ledger.spend(
                row,
                Decimal(amount),
                purpose="竞争",
                source=source or f"race:{index}:{n}",
                on=ON,
                at=AT,
                by=person,
            )
            booked += 1
        except RuleViolation as refusal:
            refused.append(f"{type(refusal).__name__}: {refusal}")
    return {"booked": booked, "refused": refused, "begun": begun, "ended": time.monotonic()}


def close_commitment(index: int, *, commitment: int, by: int) -> str:
    """Even racers pay it, odd ones release it."""
    from budget.actions import ledger
    from budget.models import Entry
    from keyaccounts.people.models import User

    entry, person = Entry.objects.get(pk=commitment), User.objects.get(pk=by)
    told: dict[str, Any] = {"purpose": "竞争", "source": f"race:{index}", "on": ON, "at": AT, "by": person}
    if index % 2:
        return str(ledger.release(entry, **told).kind)
    return str(ledger.spend(entry.line, entry.amount, commitment=entry, **told).kind)


def reverse_entry(index: int, *, entry: int, by: int) -> int:
    from budget.actions import ledger
    from budget.models import Entry
    from keyaccounts.people.models import User

    person = User.objects.get(pk=by)
    return ledger.reverse(Entry.objects.get(pk=entry), reason="竞争", on=ON, at=AT, by=person).number


def decide_supplement(index: int, *, supplement: int, directors: list[int]) -> str:
    from budget.actions import requests
    from budget.models import Supplement
    from keyaccounts.people.models import User

    report = Supplement.objects.get(pk=supplement)
    requests.decide(
        report,
        "approved" if index % 2 else "returned",
        note="看过",
        by=User.objects.get(pk=directors[index]),
        on=ON,
        at=AT,
    )
    return str(report.state)


def issue_each(index: int, *, material: int, times: int, by: int) -> dict[str, int]:
    """Ask for one of a material so many times; how many were given and how many refused in words."""
    from keyaccounts.common.errors import RuleViolation
    from keyaccounts.people.models import User
    from materials.actions.stock import take
    from materials.models import Material

    user, thing = User.objects.get(pk=by), Material.objects.get(pk=material)
    given_out = refused = 0
    for n in range(times):
        try:
            take(thing, 1, kind="issue", source=f"race:{index}:{n}", on=ON, at=AT, by=user)
            given_out += 1
        except RuleViolation:
            refused += 1
    return {"given": given_out, "refused": refused}


def move_stock(index: int, *, act: str, subject: int, by: int) -> str:
    """One act of the store that several people do at once."""
    from keyaccounts.people.models import User
    from materials.actions import receipts, stock, stocktakes
    from materials.models import Loan, Material, StockMove, Stocktake

    user = User.objects.get(pk=by)
    how: dict[str, Any] = {"on": ON, "at": AT, "by": user}
    if act == "return_loan":
        stock.return_loan(Loan.objects.get(pk=subject), **how)
    elif act == "close_reservation":
        bound = StockMove.objects.select_related("material").get(pk=subject)
        if index % 2:
            stock.release(bound, **how)
        else:
            stock.take(bound.material, 2, kind="issue", reservation=bound, source=f"race:{index}", **how)
    elif act == "same_source":
        stock.receive(Material.objects.get(pk=subject), 5, source="race:one-event", **how)
    elif act == "reverse":
        receipts.reverse_receipt(StockMove.objects.get(pk=subject), reason="送错", **how)
    elif act == "close_stocktake":
        stocktakes.close_stocktake(Stocktake.objects.get(pk=subject), **how)
    else:
        raise ValueError(act)
    return act


def issue_row(index: int, *, line: int, by: list[int]) -> int:
    from keyaccounts.people.models import User
    from materials.actions.handovers import issue
    from materials.models import RequisitionLine

    row = RequisitionLine.objects.select_related("requisition").get(pk=line)
    return issue(row.requisition, {line: row.to_issue}, by=User.objects.get(pk=by[index]), at=AT).number


def issue_once(index: int, *, key: str, line: int, by: int) -> str:
    from keyaccounts.audit.actions import once
    from keyaccounts.people.models import User
    from materials.actions.handovers import issue
    from materials.models import RequisitionLine

    user = User.objects.get(pk=by)
    row = RequisitionLine.objects.select_related("requisition").get(pk=line)

    def act() -> str:
        issue(row.requisition, {line: 2}, by=user, at=AT)
        return "/issued/"

    return once(uuid.UUID(key), by=user, act=act)


def confirm_handover(index: int, *, handover: int, by: int) -> int:
    from keyaccounts.people.models import User
    from materials.actions.handovers import confirm_receipt
    from materials.models import Handover

    return confirm_receipt(Handover.objects.get(pk=handover), by=User.objects.get(pk=by), at=AT).pk


def request_last(index: int, *, material: int, by: list[int]) -> int:
    from keyaccounts.people.models import User
    from materials.models import Material

    user, wanted = User.objects.get(pk=by[index]), Material.objects.get(pk=material)
    return given.a_requisition({wanted: 3}, by=user, at=AT).lines.get().bound


def assign_vehicle(index: int, *, trips: list[int], vehicle: int, by: int) -> str:
    from keyaccounts.people.models import User
    from visits.actions import vehicles
    from visits.models import Vehicle, VehicleRequest

    trip = vehicles.assign_vehicle(
        VehicleRequest.objects.get(pk=trips[index]),
        vehicle=Vehicle.objects.get(pk=vehicle),
        driver=None,
        by=User.objects.get(pk=by),
        at=AT,
    )
    return str(trip.code)


def approve_claim(index: int, *, claims: list[int], by: int) -> str:
    from budget.actions.decisions import approve_claim as approve
    from budget.models import ExpenseClaim
    from keyaccounts.people.models import User

    claim = ExpenseClaim.objects.get(pk=claims[index])
    return str(approve(claim, by=User.objects.get(pk=by), on=ON, at=AT).code)


def pay_claim(index: int, *, claim: int, by: int) -> int:
    from budget.actions.payments import pay_claim as pay
    from budget.models import ExpenseClaim
    from keyaccounts.people.models import User

    return pay(ExpenseClaim.objects.get(pk=claim), by=User.objects.get(pk=by), on=ON, at=AT).number


def merge_or_report(index: int, *, kept: int, merged: int, visit: int, contact: int, by: int) -> str:
    """Half of them merge the two files, the others hand in the visit's report, and again when told to."""
    from accounts.actions.merging import merge
    from accounts.models import Contact, Organisation
    from keyaccounts.common.errors import RuleViolation
    from keyaccounts.people.models import User
    from visits.actions.merging import take_over_visits
    from visits.actions.reports import submit_report
    from visits.models import Visit

    user, shown = User.objects.get(pk=by), Visit.objects.get(pk=visit)
    if index % 2 == 0:
        files = [Organisation.objects.get(pk=pk) for pk in (kept, merged)]
        merge(*files, reason="同一厂区", by=user, at=AT, along=(take_over_visits,))
        return "merged"

    def hand_in(shown: Any) -> None:
        submit_report(
            shown, answers={"intention": "A", "staff_count": 2350}, results={"outcome": ["met_other"]},
            contacts_met=[Contact.objects.get(pk=contact)], version=0, by=shown.owner, at=AT,
        )  # fmt: skip

    try:
        hand_in(shown)
    except RuleViolation as refused:
        if "并入" not in str(refused):
            raise
        hand_in(Visit.objects.get(pk=visit))
    return "reported"


def merge_files(index: int, *, files: list[int], by: int) -> int:
    """Each the other way round than the one before."""
    from accounts.actions.merging import merge
    from accounts.models import Organisation
    from keyaccounts.people.models import User
    from visits.actions.merging import take_over_visits

    pair = [Organisation.objects.get(pk=pk) for pk in (files if index % 2 == 0 else reversed(files))]
    user = User.objects.get(pk=by)
    return merge(*pair, reason="同一厂区", by=user, at=AT, along=(take_over_visits,)).kept_id


def revert_or_work(index: int, *, batch: int, organisations: list[int], contacts: list[int], by: int) -> str:
    """The first takes the import back; the others each do something else to what it brought."""
    from accounts.actions import contacts as people
    from accounts.actions.organisations import edit_organisation
    from accounts.models import Contact, Organisation
    from keyaccounts.common.errors import RuleViolation
    from keyaccounts.imports.actions import revert_upload
    from keyaccounts.imports.models import Upload
    from keyaccounts.people.models import User

    user = User.objects.get(pk=by)
    try:
        if index == 0:
            revert_upload(Upload.objects.get(pk=batch), by=user, at=AT)
            return "reverted"
        file = Organisation.objects.get(pk=organisations[index])
        if index == 1:
            edit_organisation(file, by=user, on=ON, version=file.version, address="测试路1号")
        elif index == 2:
            people.add_contact(file, by=user, name="贾维舟", position="union_chair")
        else:
            person = Contact.objects.get(pk=contacts[index])
            people.edit_contact(person, by=user, version=person.version, note="周五在")
    except RuleViolation as refused:
        return f"refused: {refused}"
    return "worked"


def write_import(index: int, *, batches: list[int]) -> str:
    from keyaccounts.imports.actions import write_upload
    from keyaccounts.imports.models import Upload

    return write_upload(Upload.objects.get(pk=batches[index]), at=AT).state


def mixed(index: int, *, seconds: float, **shared: Any) -> dict[str, Any]:
    from tests.mixed import Racer

    return Racer(index, **shared).run(seconds)


def hand_in_plan(index: int, *, by: int, organisations: list[int], day: str) -> str:
    """Hand in the plan for a week from a window of its own, with a visit to each organisation."""
    from keyaccounts.people.models import User
    from visits.actions.plans import submit_plan
    from visits.planning.periods import Slot, period_of
    from visits.planning.proposals import beginning
    from visits.settings import plan_rule

    rep, on = User.objects.get(pk=by), date.fromisoformat(day)
    period = period_of("week", on, rule=plan_rule())
    offered = {row.organisation.pk: row for row in beginning(rep, period, on=ON).proposals}
    # Each window lists them in another order.
    turned = organisations[index:] + organisations[:index]
    plan = submit_plan(
        period,
        proposed={offered[pk]: Slot(on, on) for pk in turned},
        dated={},
        remark=f"窗口{index}",
        by=rep,
        at=AT,
        version=None,
    )
    return plan.code


def hand_in_own_plan(index: int, *, by: list[int], organisations: list[int], day: str) -> int:
    """Hand in one's own plan with visits to the same organisations as others, each in another order."""
    from accounts.models import Organisation
    from keyaccounts.people.models import User
    from visits.actions.plans import submit_plan
    from visits.planning.periods import Slot, period_of
    from visits.planning.proposals import Proposal
    from visits.settings import plan_rule

    on = date.fromisoformat(day)
    turned = organisations[index:] + organisations[:index]
    plan = submit_plan(
        period_of("week", on, rule=plan_rule()),
        proposed={Proposal(Organisation.objects.get(pk=pk), ""): Slot(on, on) for pk in turned},
        dated={},
        remark="",
        by=User.objects.get(pk=by[index]),
        at=AT,
        version=None,
    )
    return plan.last_number
