"""The director's overview and the morning run over everything that is due: they ask all apps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.urls import reverse

from accounts.actions.journal import remind_silent
from accounts.choices import Grade
from accounts.models import Organisation
from keyaccounts.bench.measuring import Figures, RecordPage, limit, say, seconds, watched_memory
from keyaccounts.campaigns.actions.reminders import remind_due
from keyaccounts.common.roles import Role
from keyaccounts.notices.actions import deliver_due
from keyaccounts.notices.models import Notice
from visits.actions.reminders import remind_reports, remind_visits
from visits.models import Visit

from .people import engage

if TYPE_CHECKING:
    from keyaccounts.bench.world import World

PAGES = (
    RecordPage("director's overview", lambda world: reverse("home"), who="director"),
    RecordPage("approvals inbox", lambda world: reverse("dashboard:approvals"), who="director"),
)
PEOPLE = 2_000
MOST_SECONDS, MOST_MB = 60, 100


def figures(world: World) -> Figures:
    """The morning run: seconds, and memory that does not grow with what is due."""
    people = _deal_out(world, PEOPLE)
    # A day on, so that reports of all three steps are due and nothing has been told yet.
    at = world.now + timedelta(days=1)
    # As many open items as the size says: reports that are missing, and organisations that nobody has called.
    called = Visit.objects.awaiting_report(at=at).count()
    Organisation.objects.update(grade=Grade.A, last_contact_on=at.date())
    silent = Organisation.objects.order_by("pk").values_list("pk", flat=True)[called:]
    Organisation.objects.filter(pk__in=silent).update(last_contact_on=world.day(-100))
    found: Figures = {}
    with watched_memory() as memory:
        taken = seconds(lambda: _run(at))
    told = Notice.objects.count()
    open_items = Notice.objects.values("subject").distinct().count()
    found["morning reminder run, seconds"] = limit(
        taken, reach=MOST_SECONDS, open_items=open_items, people=people, notices=told
    )
    if memory.used is not None:
        found["morning reminder run, MB of memory"] = limit(memory.used, reach=MOST_MB)
    again = seconds(lambda: _run(at))
    found["the same run again, seconds"] = limit(
        again, reach=MOST_SECONDS, notices=Notice.objects.count() - told
    )
    later = at + timedelta(days=1)
    found["delivery of its notices, seconds"] = limit(
        seconds(lambda: deliver_due(at=later)), reach=MOST_SECONDS, notices=told
    )
    return found


def _run(at: datetime) -> None:
    for name, job in (
        ("work and phases", lambda: remind_due(on=at.date(), at=at)),
        ("silence", lambda: remind_silent(on=at.date(), at=at)),
        ("visits", lambda: remind_visits(at=at)),
        ("reports", lambda: remind_reports(at=at)),
    ):
        taken = seconds(job)
        say(f"  reminders of {name}: {taken:.1f} s")


def _deal_out(world: World, people: int) -> int:
    """So many sales people share the organisations and visits from now on."""
    more = [f"bench.more{i}" for i in range(people - len(world.reps))]
    staff = [*world.reps, *engage(world, more, Role.REP)]
    for model, through in ((Organisation, None), (Visit, Visit.visitors.through)):
        keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
        size = len(keys) // len(staff) + 1
        for start in range(0, len(keys), size):
            own, person = keys[start : start + size], staff[start // size]
            model.objects.filter(pk__in=own).update(owner=person)
            if through:
                through.objects.filter(visit__in=own).update(user=person)
    return len(staff)
