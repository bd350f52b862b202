"""A visit to each organisation: one in five to come, one in five waiting for its report, the rest read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from accounts.models import Fact, Organisation
from keyaccounts.bench.excel import export_figures
from keyaccounts.bench.measuring import Figures, ListPage, RecordPage, figure, in_turns
from keyaccounts.common.pdf import html_to_pdf
from visits.choices import ReportState, VisitState
from visits.documents import report_html, report_pdf, with_reports
from visits.models import Visit, VisitReport

from .accounts import FIRST_THOUSAND

if TYPE_CHECKING:
    from keyaccounts.bench.world import World

STATES = (
    VisitState.CONFIRMED,
    VisitState.DONE,
    VisitState.REVIEWED,
    VisitState.REVIEWED,
    VisitState.REVIEWED,
)
MOST_KB = 200


def grow(world: World, numbers: range) -> None:
    organisations, contacts = world.batch["organisations"], world.batch["contacts"]
    visits = Visit.objects.bulk_create(
        [_visit(world, n, organisation) for n, organisation in zip(numbers, organisations, strict=True)]
    )
    Visit.visitors.through.objects.bulk_create(
        Visit.visitors.through(visit=visit, user=visit.owner) for visit in visits
    )
    Visit.contacts.through.objects.bulk_create(
        Visit.contacts.through(visit=visit, contact=contact)
        for visit, contact in zip(visits, contacts, strict=True)
    )
    VisitReport.objects.bulk_create(_report(visit) for visit in visits if visit.state == VisitState.REVIEWED)
    Fact.objects.bulk_create(fact for visit in visits for fact in _facts(visit))
    world.batch["visits"] = visits


def _visit(world: World, number: int, organisation: Organisation) -> Visit:
    # Neither pattern of owners falls together with the pattern of states.
    state = STATES[(number // 7) % len(STATES)]
    coming = state == VisitState.CONFIRMED
    offset = world.dice.randrange(1, 14 * 24) if coming else -world.dice.randrange(72, 60 * 24)
    planned_at = world.now + timedelta(hours=offset)
    if coming and organisation.owner == world.reps[0] and number < FIRST_THOUSAND:
        planned_at = world.now + timedelta(minutes=10)  # the day of whom we look at has stops at every size
    return Visit(
        code=f"BFB-{number:07}",
        organisation=organisation,
        number=None if coming else 1,
        kind="first",
        state=state,
        planned_at=planned_at,
        checked_in_at=None if coming else planned_at,
        owner=organisation.owner,
        purpose="送样、核对需求",
        next_step="送样并报价",
        created_by=organisation.owner,
    )


def _report(visit: Visit) -> VisitReport:
    submitted = visit.planned_at + timedelta(hours=4)  # type: ignore[operator]
    return VisitReport(
        visit=visit,
        state=ReportState.REVIEWED,
        organisation_name=visit.organisation.name,
        staff_count=visit.organisation.staff_count,
        main_business="机械制造与检修",
        industry=visit.organisation.industry,
        office_environment="三层办公楼,一层有可布展的门厅",
        living_environment="职工多住厂区西侧家属区",
        foot_traffic="食堂门口与交接班大厅",
        gift_demand=["festival", "individual"],
        gift_demand_text="节日福利按人头发",
        intention=visit.organisation.intention,
        power=visit.organisation.power,
        price_low=80,
        price_high=150,
        attention=4,
        first_submitted_at=submitted,
        submitted_at=submitted,
        submitted_by=visit.owner,
    )


def _facts(visit: Visit) -> Iterator[Fact]:
    organisation = visit.organisation
    values: dict[str, Any] = {
        "staff_count": organisation.staff_count,
        "intention": organisation.intention,
        "power": organisation.power,
    }
    for field, value in values.items():
        yield Fact(
            organisation=organisation,
            field=field,
            value=value,
            observed_on=visit.planned_at.date(),  # type: ignore[union-attr]
            source=f"visits.visit:{visit.pk}",
            source_label="第1次拜访",
            recorded_by=organisation.owner,
        )


# -- pages ---------------------------------------------------------------------------------------
def _planned(world: World) -> Visit:
    return Visit.objects.filter(owner=world.reps[0]).planned().order_by("pk")[0]


LISTS = (
    ListPage(
        "visits:visits",
        filtered="state=confirmed",
        bare=lambda: (
            Visit.objects.select_related("organisation").prefetch_related("visitors").order_by("-planned_at")
        ),
        columns=(
            "code",
            "planned_at",
            "organisation.name",
            "number",
            "kind",
            "state",
            "visitors.all.0.name",
            "next_step",
        ),
    ),
)
PAGES = (
    RecordPage("visit page", lambda world: _planned(world).get_absolute_url()),
    RecordPage("visit report form", lambda world: reverse("visits:report", args=[_planned(world).pk])),
    RecordPage("rep's Today", lambda world: reverse("visits:today")),
)


# -- paper and Excel -----------------------------------------------------------------------------
def figures(world: World) -> Figures:
    found = _pdf_figures(world)
    found |= export_figures("Excel of all visits", reverse("visits:visits"), world=world)
    return found


def _pdf_figures(world: World) -> Figures:
    """One visit report, and many, against WeasyPrint on a bare page of equal text with the same font.

    The bare page has the same pieces of text one under the other, as a form is many short lines; how it compares with
    the same words run into one paragraph is told beside it. A file of many is timed between single ones, so that both
    have the same moments of the machine.
    """
    visits = list(
        with_reports(Visit.objects.filter(report__isnull=False)).order_by("pk")[: world.options["pdfs"]]
    )
    texts = _printed_texts(report_html(visits[:1], by=world.director, at=world.now))
    head = '<html lang="zh-CN"><body style="font-family: CRM Sans SC">'
    acts = {
        "bare": partial(html_to_pdf, head + "".join(f"<p>{text}</p>" for text in texts)),
        "paragraph": partial(html_to_pdf, f"{head}<p>{' '.join(texts)}</p>"),
        "one": partial(report_pdf, visits[:1], by=world.director, at=world.now),
    }
    taken = in_turns(acts, rounds=31)
    size = round(len(acts["one"]()) / 1024)
    row = figure(taken["one"], baseline=taken["bare"], reach=1.5, size_kb=size, most_kb=MOST_KB)
    row["against_one_paragraph"] = round(taken["one"] / taken["paragraph"], 2)
    row["reached"] = row["reached"] and size <= MOST_KB
    bulk = in_turns(
        {
            "ten": lambda: [acts["one"]() for _ in range(10)],
            "many": partial(report_pdf, visits, by=world.director, at=world.now),
        },
        rounds=3,
    )
    return {
        "visit report PDF, one": row,
        f"visit report PDF, {len(visits)} in bulk": figure(
            bulk["many"], baseline=bulk["ten"] / 10 * len(visits), reach=0.8
        ),
    }


def _printed_texts(page: str) -> list[str]:
    """The pieces of text of a page as it is printed; what stands in its margins comes from attributes of its body."""
    body = page.partition("<body")[2]
    return re.findall(r'data-\w+="([^"]+)"', body) + [
        text.strip() for text in re.findall(r">([^<]+)<", body) if text.strip()
    ]
