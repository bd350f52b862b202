"""``manage.py campaign_totals --as-of 2012-07-10 --json``: the campaign in figures."""

import json
from datetime import date

from django.core.management.base import BaseCommand

from keyaccounts.common.clock import today
from keyaccounts.demo.totals import totals


class Command(BaseCommand):
    help = "Print the totals of the campaign, computed from the database."

    def add_arguments(self, parser):
        parser.add_argument("--as-of", type=date.fromisoformat, help="the day to stand on (default: today)")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args, **options):
        found = totals(on=options["as_of"] or today())
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))
            return
        for name, value in found.items():
            self.stdout.write(f"{name}: {json.dumps(value, ensure_ascii=False)}")
