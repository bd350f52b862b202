"""``manage.py bench --size N --json``: speed and size, in a database of its own."""

from __future__ import annotations

import json
import logging
import platform
import resource
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.test.utils import override_settings
from django.urls import reverse

from keyaccounts.bench import measuring
from keyaccounts.bench.measuring import Figures, Pages, say
from keyaccounts.bench.parts import PARTS
from keyaccounts.bench.world import World
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
        parser.add_argument("--only", action="append", default=[], help="the figures of these parts only")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args, **options):
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(settings.VAR_DIR / "bench.sqlite3")
        else:
            connection.settings_dict["TEST"]["NAME"] = f"bench_{settings.DATABASES['default']['NAME']}"
        logging.disable(logging.WARNING)
        before = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            # Static files by their plain names: the bench needs no collectstatic.
            plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
            storages = {**settings.STORAGES, "staticfiles": plain}
            # Not Django's test environment: it copies the context of every template that is rendered.
            with override_settings(
                ROOT_URLCONF="keyaccounts.bench.urls",
                STORAGES=storages,
                ALLOWED_HOSTS=["testserver"],
                DEBUG=False,
                EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
            ):
                found = self.measure(options)
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)
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
        world = World(now=now(), options=options)
        parts = [
            part
            for part in PARTS
            if not options["only"] or part.__name__.rpartition(".")[2] in options["only"]
        ]
        build = measuring.seconds(world.prepare) + measuring.seconds(lambda: world.grow(SMALL))
        self.list_times(world, parts)  # interpreter and database warm up; these times are thrown away
        small = self.list_times(world, parts)
        small_queries = self.page_queries(world, parts)
        build += measuring.seconds(lambda: world.grow(size))
        say(f"{size} of everything built in {build:.0f} s")
        figures = self.page_figures(world, parts, small_queries)
        large = self.list_times(world, parts)
        for name in large:
            # The bare view of each moment takes the noise between the two moments out of the ratio.
            figures[f"{name} growth from {SMALL} to {size}"] = measuring.figure(
                large[name]["page"] / large[name]["bare"],
                baseline=small[name]["page"] / small[name]["bare"],
                reach=1.3,
                milliseconds=[small[name]["page"], large[name]["page"]],
            )
        for part in parts:
            if hasattr(part, "figures"):
                say(f"figures of {part.__name__}")
                figures |= part.figures(world)
        return {
            "size": size,
            "database": connection.vendor,
            "python": platform.python_version(),
            "built_seconds": round(build, 1),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "reached": all(row["reached"] for row in figures.values()),
            "missed": [name for name, row in figures.items() if not row["reached"]],
            "figures": figures,
        }

    def pages(self, world: World, who: str) -> Pages:
        return Pages({"director": world.director, "marketing": world.marketer, "rep": world.reps[0]}[who])

    def list_times(self, world: World, parts: list[Any]) -> dict[str, dict[str, float]]:
        taken = {}
        for page in (page for part in parts for page in getattr(part, "LISTS", ())):
            pages = self.pages(world, page.who)
            address, bare = page.address, reverse("bench_bare", args=[page.name])
            taken[page.name] = pages.beside(bare, address)
        return taken

    def page_queries(self, world: World, parts: list[Any]) -> dict[str, int]:
        return {
            page.name: self.pages(world, page.who).queries(page.address(world))
            for part in parts
            for page in getattr(part, "PAGES", ())
        }

    def page_figures(self, world: World, parts: list[Any], small_queries: dict[str, int]) -> Figures:
        found: Figures = {}
        for part in parts:
            for page in getattr(part, "LISTS", ()):
                found |= measuring.list_figures(page, self.pages(world, page.who))
            for page in getattr(part, "PAGES", ()):
                pages, address = self.pages(world, page.who), page.address(world)
                bare = reverse("bench_bare", args=["accounts:organisations"])
                taken = pages.beside(bare, address)
                row = measuring.figure(taken["page"], baseline=taken["bare"], reach=8)
                measuring.within_budget(row, queries=pages.queries(address), most=measuring.PAGE_QUERIES)
                row["queries_when_small"] = small_queries[page.name]
                row["reached"] = row["reached"] and row["queries"] <= row["queries_when_small"]
                found[page.name] = row
        return found
