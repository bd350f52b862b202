"""``manage.py rebuild_search``: write every organisation's search keys anew."""

from django.core.management.base import BaseCommand

from accounts.search import reindex_all


class Command(BaseCommand):
    help = "Write the search keys of every organisation anew."

    def handle(self, *args, **options):
        done = reindex_all()
        if options["verbosity"]:
            self.stdout.write(f"{done} organisations can be searched.")
