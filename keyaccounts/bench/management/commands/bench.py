"""``manage.py bench --size N --json``: speed and size, in a database of its own."""

from __future__ import annotations

import json
import logging
import platform
import resource
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.test.utils import override_settings, setup_test_environment, teardown_test_environment
from django.urls import reverse

from keyaccounts.bench import measures
from keyaccounts.bench.data import Builder
from keyaccounts.common.clock import now

SMALL = 1_000


class Command(BaseCommand):
    help = "Build a data set of a stated size in a database of its own, measure, and print the figures."

    def add_arguments(self, parser):
        parser.add_argument(
            "--size", type=int, default=10_000, help="organisations, contacts, visits: N each"
        )
        parser.add_argument("--reps", type=int, default=200, help="sales people who share them")
        parser.add_argument("--import-rows", type=int, default=10_000)
        parser.add_argument("--pdfs", type=int, default=100, help="reports in the bulk figure")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args, **options):
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(settings.VAR_DIR / "bench.sqlite3")
        else:
            connection.settings_dict["TEST"]["NAME"] = f"bench_{settings.DATABASES['default']['NAME']}"
        logging.disable(logging.WARNING)
        setup_test_environment(debug=False)
        before = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            # Static files by their plain names: the bench needs no collectstatic.
            plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
            storages = {**settings.STORAGES, "staticfiles": plain}
            with override_settings(ROOT_URLCONF="keyaccounts.bench.urls", STORAGES=storages):
                found = self.measure(options)
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)
            teardown_test_environment()
            logging.disable(logging.NOTSET)
        self.show(found, as_json=options["json"])

    def show(self, found: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))
            return
        for name, row in found["figures"].items():
            mark = "ok  " if row["reached"] else "OVER"
            self.stdout.write(
                f"{mark} {name}: {row['value']} (baseline {row['baseline']}, ratio {row['ratio']}, reach {row['reach']})"
            )

    def measure(self, options: dict[str, Any]) -> dict[str, Any]:
        size = max(options["size"], SMALL)
        builder = Builder(now=now())
        start = time.perf_counter()
        builder.people(options["reps"])
        builder.grow(0, SMALL)
        self._analyse()
        small = self.list_times(builder)
        if size > SMALL:
            builder.grow(SMALL, size)
            self._analyse()
        built = round(time.perf_counter() - start, 1)
        self._say(f"{size} organisations built in {built} s")
        figures = self.page_figures(builder)
        for name, value in self.list_times(builder).items():
            figures[f"{name} growth from {SMALL} to {size}"] = measures.figure(
                value, baseline=small[name], reach=1.3
            )
        figures |= self.search_figures(builder)
        figures |= measures.pdf_figures(builder.director, bulk=options["pdfs"])
        figures |= measures.reminder_figures()
        if options["import_rows"]:
            rows = options["import_rows"]
            figures[f"import of {rows} rows checked"] = measures.import_figure(builder.director, rows=rows)
        return {
            "size": size,
            "database": connection.vendor,
            "python": platform.python_version(),
            "built_seconds": built,
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "reached": all(row["reached"] for row in figures.values()),
            "figures": figures,
        }

    def _analyse(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _say(self, text: str) -> None:
        self.stderr.write(text)

    def list_times(self, builder: Builder) -> dict[str, float]:
        pages = measures.Pages(builder.director)
        return {name: pages.measure(reverse(name)) for name in ("accounts:organisations", "visits:visits")}

    def page_figures(self, builder: Builder) -> dict[str, Any]:
        from accounts.models import Organisation
        from visits.models import Visit

        director, rep = measures.Pages(builder.director), measures.Pages(builder.reps[0])
        bare = director.measure(reverse("bench_bare"))
        self._say(f"bare view {bare} ms")
        found = measures.list_figures(
            director, "accounts:organisations", filtered="stage=negotiating", bare=bare
        )
        found |= measures.list_figures(director, "visits:visits", filtered="state=confirmed", bare=bare)
        own = Organisation.objects.filter(owner=builder.reps[0]).order_by("pk")[0]
        planned = Visit.objects.filter(owner=builder.reps[0]).planned().order_by("pk")[0]
        for name, pages, address in (
            ("organisation page", rep, own.get_absolute_url()),
            ("visit page", rep, planned.get_absolute_url()),
            ("visit report form", rep, reverse("visits:report", args=[planned.pk])),
            ("rep's Today", rep, reverse("visits:today")),
            ("director's overview", director, reverse("home")),
        ):
            found[name] = measures.page_figure(pages, address, bare=bare, reach=8, most_queries=25)
        return found

    def search_figures(self, builder: Builder) -> dict[str, Any]:
        from accounts.models import Contact, Organisation

        rep = builder.reps[0]
        sample = Organisation.objects.filter(owner=rep).order_by("pk")[3]
        mobile = Contact.objects.filter(organisation=sample).values_list("mobile", flat=True)[0]
        texts = {
            "two characters": sample.name[4:6],
            "a common fragment": "北京",
            "initials": sample.initials[4:9],
            "phone tail": mobile[-4:],
            "nothing": "魑魅",
        }
        found: dict[str, Any] = {}
        for who, user in (("director", builder.director), ("rep", rep)):
            found |= measures.search_figures(user, texts, who=who)
        return found
