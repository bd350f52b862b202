"""Pictures of every main page of every role, to look at: ``script/screens FOLDER``.

Loads the demo into a temporary folder, serves it, signs in as each role in a real browser and saves
``role-page-1440-light.png`` and so on, and every PDF as ``pdf-name-1.png``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "keyaccounts-demo"
SIZES = {1440: 900, 390: 844}
THEMES = ("light", "dark")
FAULTS: list[str] = []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def demo_site() -> Iterator[str]:
    """The site with the demo loaded, on a free port and a temporary folder; yields its address."""
    folder = tempfile.mkdtemp(prefix="keyaccounts-screens-")
    os.environ |= {"VAR_DIR": folder, "DEMO_PASSWORD": PASSWORD, "DEBUG": "0"}
    os.environ.pop("DATABASE_URL", None)
    manage = [sys.executable, str(ROOT / "manage.py")]
    for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], ["load_demo"]):
        subprocess.run([*manage, *command], check=True, cwd=ROOT)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "keyaccounts.wsgi", "-b", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        [*command, "--workers", "1", "--threads", "4", "--log-level", "warning"], cwd=ROOT
    )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=2)
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def pages() -> dict[str, dict[str, str]]:
    """What to look at: for each role its sign-in name and the addresses of its main pages."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyaccounts.settings")
    django.setup()
    from django.urls import reverse

    from accounts.models import Organisation
    from budget.models import ExpenseClaim
    from keyaccounts.campaigns.models import Campaign, Phase, WorkItem
    from keyaccounts.people.models import User
    from materials.models import Kit, Material, MaterialExtra, Requisition
    from visits.models import Hospitality, PlanRule, TravelClaim, VehicleRequest, Visit, VisitPlan

    def person(role: str, *, lead: bool = False) -> User:
        found = User.objects.with_role(role)
        return found.with_role("lead").first() if lead else found.exclude(grants__role="lead").first()

    def at(name: str, *args: Any, query: str = "") -> str:
        return reverse(name, args=args) + query

    def opened(name: str, rows: Any) -> dict[str, str]:
        """The page of the newest of these rows, if the demo has one."""
        row = rows.order_by("pk").last()
        return {name: row.get_absolute_url()} if row else {}

    rep = person("rep")
    own = Organisation.objects.filter(owner=rep).order_by("-grade", "code").last()
    planned = Visit.objects.filter(owner=rep).planned().order_by("planned_at").first()
    read = Visit.objects.filter(owner=rep, report__state="reviewed").order_by("planned_at").last()
    missing = Visit.objects.report_missing().order_by("planned_at").first()
    best = Organisation.objects.filter(evaluations__isnull=False).order_by("grade", "code").first()
    campaign = Campaign.objects.current()
    journey = TravelClaim.objects.order_by("pk").last()
    guests = Hospitality.objects.order_by("pk").last()
    trip = VehicleRequest.objects.filter(state="approved").first()
    rep_pages = {
        "claims": at("budget:claims"),
        "claim-new": at("budget:claim_new"),
        "travel-new": at("visits:travel_claim_new"),
        "vehicle-new": at("visits:vehicle_new", planned.pk),
        "guests-new": at("visits:guests_new", query=f"?visit={planned.pk}"),
        "today": at("visits:today"),
        "organisations": at("accounts:organisations"),
        "organisation": at("accounts:organisation", own.pk),
        "organisation-new": at("accounts:organisation_new"),
        "search": at("accounts:search", query="?q=zl"),
        "vehicles": at("visits:vehicles"),
        "materials-of-day": at("visits:materials_of_day"),
        "calls": at("visits:calls"),
        "reports-not-in": at("visits:visits", query="?report=missing"),
        "call": at("visits:call", planned.pk, query="?result=again"),
        "week": at("visits:week"),
        "month": at("visits:month"),
        "my-plan": at("visits:my_plan"),
        "visits": at("visits:visits"),
        "visit": at("visits:visit", planned.pk),
        "visit-plan": at("visits:plan"),
        "report-read": at("visits:report", read.pk),
        "report-new": at("visits:report", planned.pk),
        "compare": at("visits:compare", read.organisation_id),
        "plan-here": at("visits:plan", query=f"?organisation={own.pk}"),
        "contact-new": at("accounts:contact_new", own.pk),
        "evaluate": at("accounts:evaluation_new", own.pk),
        "exports": at("exports:exports"),
        "requisition-new": at("materials:requisition_new"),
        "requisitions": at("materials:requisitions"),
        "requisition": at("materials:requisition", Requisition.objects.filter(receiver=rep).latest("pk").pk),
        **opened("claim", ExpenseClaim.objects.filter(requested_by=rep)),
        "kit": at("materials:kit", Kit.objects.get(use="briefing").pk, query="?people=45"),
        "supplement-new": at("materials:extra_new", query="?item=项目宝典&quantity=40"),
        "inbox": at("notices:inbox"),
        "me": at("people:me"),
        "campaign": at("campaigns:campaign", campaign.pk),
        "timeline": at("dashboard:timeline", own.pk),
        "collaborators": at("accounts:organisation_collaborators", own.pk),
        "silent": at("accounts:silent"),
        "gaps": at("visits:gaps"),
    }
    director_pages = {
        "claim": at("visits:travel_claim", journey.claim_id),
        "guests": at("visits:guests", guests.claim_id),
        "home": at("home"),
        "hand-over": at("dashboard:hand_over", own.pk),
        "hand-over-lists": at("dashboard:hand_over_lists"),
        "hand-over-list": at("dashboard:hand_over_list", rep.pk),
        "merge": at("dashboard:merge", best.pk, query=f"?other={own.pk}"),
        "next-round": at("campaigns:next_round", campaign.pk),
        "confirm": at("campaigns:confirm", campaign.pk),
        "approvals": at("dashboard:approvals"),
        "workbook": at("dashboard:workbook"),
        "claims": at("budget:claims", query="?state=pending"),
        **opened("supplement-of-materials", MaterialExtra.objects.pending()),
        "admin-budget": at("admin:budget_budget_changelist"),
        "admin-material": at("admin:materials_material_change", Material.objects.get(number=1).pk),
        "admin-vehicles": at("admin:visits_vehicle_changelist"),
        "news": at("accounts:intel"),
        "to-review": at("visits:to_review"),
        "plans": at("visits:plans"),
        **opened("plan", VisitPlan.objects.all()),
        "admin-plan-rule": at("admin:visits_planrule_change", PlanRule.objects.get().pk),
        "organisation": at("accounts:organisation", best.pk),
        "organisations-empty": at("accounts:organisations", query="?q=%E6%97%A0%E6%AD%A4%E5%8D%95%E4%BD%8D"),
        "campaign": at("campaigns:campaign", campaign.pk),
        "work-items": at("campaigns:work", campaign.pk),
        "board": at("campaigns:board", campaign.pk),
        "work-item": at("campaigns:work_item", WorkItem.objects.first().pk),
        "phase": at("campaigns:phase", Phase.objects.first().pk),
        "imports": at("imports:start", "organisations"),
        "ranking": at("accounts:ranking"),
        "priority-lists": at("accounts:priority_lists"),
        "silent": at("accounts:silent"),
        "gaps": at("visits:gaps"),
        "audit": at("dashboard:trail"),
        "admin": at("admin:index"),
    }
    decision = Material.objects.filter(category="task").first()
    digital = Material.objects.filter(category="digital").first()
    leaflet, uniform = Material.objects.get(number=1), Material.objects.filter(is_returnable=True).first()
    store_pages = {
        "stock": at("materials:stock"),
        "hand-out": at("materials:stock", query="?act=issue"),
        "issue": at("materials:out", leaflet.pk, "issue"),
        "requisitions": at("materials:requisitions"),
        "requisition": at("materials:requisition", Requisition.objects.latest("pk").pk),
        "kits": at("materials:kits"),
        "supplements-of-materials": at("materials:extras"),
        "import-materials": at("imports:start", "materials"),
        "vehicles": at("visits:vehicles"),
        "vehicle-calendar": at("visits:vehicle_calendar"),
        **opened("vehicle-request", VehicleRequest.objects.all()),
        "claims": at("budget:claims"),
        "approvals": at("dashboard:approvals"),
        "workbook": at("dashboard:workbook"),
        "exports": at("exports:exports"),
        "materials": at("materials:materials"),
        "material": at("materials:material", leaflet.pk),
        "material-lent": at("materials:material", uniform.pk),
        "material-new": at("materials:material_new"),
        "receive": at("materials:receive", leaflet.pk),
        "gift": at("materials:out", leaflet.pk, "gift"),
        "moves": at("materials:moves"),
        "loans": at("materials:loans"),
        "stocktakes": at("materials:stocktakes"),
        **(
            {
                "decision-item": at("materials:material", decision.pk),
                "publish": at("materials:material_publish", decision.pk),
            }
            if decision
            else {}
        ),
        **({"file-versions": at("materials:material", digital.pk)} if digital else {}),
        "trips-to-note-back": at("visits:vehicles", query="?state=out"),
        "fleet": at("visits:fleet"),
    }
    return {
        rep.username: {"role": "rep", **rep_pages},
        missing.owner.username: {"role": "rep-late", "report-missing": at("visits:report", missing.pk)},
        person("rep", lead=True).username: {"role": "lead", "today": at("visits:today"), "organisations": at("accounts:organisations"), "ranking": at("accounts:ranking")},
        person("director").username: {"role": "director", **director_pages},
        person("marketing").username: {
            "role": "marketing", "vehicles": at("visits:vehicles"), "trip": at("visits:vehicle_request", trip.pk), "vehicle-calendar": at("visits:vehicle_calendar"), "claims": at("budget:claims"), "home": at("home"), "organisation": at("accounts:organisation", best.pk), "teams": at("people:teams"),
            **budget_pages(at), **store_pages,
        },
        person("admin_centre").username: {"role": "admin-centre", "home": at("home"), "stock": at("materials:stock"), "claims": at("budget:claims")},
        finance().username: {"role": "finance", "home": at("home"), "claims": at("budget:claims"), **budget_pages(at)},
        person("sysadmin").username: {"role": "sysadmin", "home": at("home"), "admin": at("admin:index")},
    }  # fmt: skip


def finance() -> Any:
    """A finance person, whom the demo's company does not have, so that their pages are looked at, too."""
    from keyaccounts.people.actions import grant_role
    from keyaccounts.people.models import User

    person = User.objects.create_user(username="finance", password=PASSWORD, name="财务")
    grant_role(person, "finance", by=None)
    return person


def budget_pages(at: Any) -> dict[str, str]:
    """The budget as far as the demo has one."""
    from budget.models import Budget, Entry

    budget = Budget.objects.current()
    if budget is None:
        return {"budget-start": at("budget:start")}
    line = budget.lines.filter(is_group=False).order_by("-spent_amount").first()
    entry = Entry.objects.filter(budget=budget).spending().order_by("-number").first()
    return {
        "budget": at("budget:budget", budget.pk),
        "budget-line": at("budget:line", line.pk),
        "budget-ledger": at("budget:ledger", budget.pk),
        "budget-commitments": at("budget:commitments", budget.pk),
        "budget-book": at("budget:book"),
        "budget-supplements": at("budget:supplements"),
        "budget-supplement-new": at("budget:supplement_new", query=f"?line={line.pk}&amount=150.50"),
        "budget-transfer-new": at("budget:transfer_new"),
        **({"budget-entry": at("budget:entry", entry.pk)} if entry else {}),
    }


def pdfs() -> dict[str, str]:
    """The papers, opened as the director."""
    from django.urls import reverse

    from budget.models import Budget
    from materials.models import MaterialExtra, Requisition
    from visits.models import Hospitality, TravelClaim, VehicleRequest, Visit

    requisition = Requisition.objects.latest("pk")
    read = Visit.objects.filter(report__state="reviewed", number=2).order_by("planned_at").last()
    return {
        "visit-report": reverse("visits:report_pdf", args=[read.pk]),
        "visit-reports-of-organisation": reverse(
            "visits:organisation_reports_pdf", args=[read.organisation_id]
        ),
        "visit-report-blank": reverse("visits:blank_report_pdf"),
        "claim": reverse("budget:claim_pdf", args=[TravelClaim.objects.order_by("pk").first().claim_id]),
        "guests": reverse("visits:guests_pdf", args=[Hospitality.objects.order_by("pk").last().claim_id]),
        "vehicle-slip": reverse(
            "visits:vehicle_slip", args=[VehicleRequest.objects.filter(state="approved").first().pk]
        ),
        "visit-reports-of-week": reverse("visits:week_reports_pdf"),
        "requisition": reverse("materials:requisition_pdf", args=[requisition.pk]),
        "packing": reverse("materials:packing_pdf", args=[requisition.pk]),
        "supplement-of-materials": reverse(
            "materials:extra_pdf", args=[MaterialExtra.objects.latest("pk").pk]
        ),
        "budget-execution": reverse("budget:execution_pdf", args=[Budget.objects.current().pk]),
    }


def photograph(address: str, folder: Path, *, only: str) -> int:
    """Save every picture; returns how many."""
    from playwright.sync_api import sync_playwright

    found, prints, taken = pages(), pdfs(), 0
    director = next(name for name, group in found.items() if group["role"] == "director")
    with sync_playwright() as tool:
        browser = tool.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu"],
        )
        for username, group in found.items():
            role = group.pop("role")
            wanted = {name: url for name, url in group.items() if only in f"{role}-{name}"}
            if not wanted and not (username == director and "pdf".startswith(only or "pdf")):
                continue
            context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
            page = context.new_page()
            page.goto(f"{address}/people/sign-in/")
            page.fill("input[name=username]", username)
            page.fill("input[name=password]", PASSWORD)
            page.press("input[name=password]", "Enter")
            page.wait_for_load_state("networkidle")
            for name, url in wanted.items():
                for width, height in SIZES.items():
                    page.set_viewport_size({"width": width, "height": height})
                    for theme in THEMES:
                        page.emulate_media(color_scheme=theme)
                        answer = page.goto(address + url)
                        page.wait_for_load_state("networkidle")
                        if answer is None or answer.status != 200:
                            FAULTS.append(f"{role} {name} {url}: {answer and answer.status}")
                        page.screenshot(path=folder / f"{role}-{name}-{width}-{theme}.png", full_page=True)
                        taken += 1
            if username == director:
                taken += papers(context, address, folder, prints, only=only)
            context.close()
        browser.close()
    return taken


def papers(context: Any, address: str, folder: Path, prints: dict[str, str], *, only: str) -> int:
    taken = 0
    for name, url in prints.items():
        if only not in f"pdf-{name}":
            continue
        file = folder / f"pdf-{name}.pdf"
        answer = context.request.get(address + url)
        if answer.status != 200:
            FAULTS.append(f"pdf {name} {url}: {answer.status}")
            continue
        file.write_bytes(answer.body())
        subprocess.run(["pdftoppm", "-png", "-r", "80", file, folder / f"pdf-{name}"], check=True)
        taken += 1
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="only pictures whose name contains this")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with demo_site() as address:
        taken = photograph(address, options.folder.resolve(), only=options.only)
    print(f"{taken} pictures in {options.folder}")
    if FAULTS:
        sys.exit("Did not open:\n" + "\n".join(FAULTS))


if __name__ == "__main__":
    main()
