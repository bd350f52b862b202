"""What imports filled in at contacts is in the trail as an edit; the versions that were not raised then are now."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Count

ABOUT = "accounts.contact:"


def catch_up(apps: Any, schema_editor: Any) -> None:
    contacts = apps.get_model("accounts", "Contact").objects
    edits = (
        apps.get_model("audit", "AuditEvent")
        .objects.filter(action="accounts.contact.edited", subject__startswith=ABOUT)
        .order_by()
        .values_list("subject")
        .annotate(n=Count("pk"))
    )
    for subject, count in list(edits):
        contacts.filter(pk=subject.removeprefix(ABOUT), version__lte=count).update(version=count + 1)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_order_of_lists"), ("audit", "0004_chained")]

    operations = [migrations.RunPython(catch_up, migrations.RunPython.noop)]
