"""Names normalised by the present rules, and how they sound (D2)."""

from django.db import migrations

from accounts.rules.names import normalise
from accounts.rules.pinyin import syllables

BATCH = 1000


def describe(apps, schema_editor):
    """Names by the present rules, and how they sound."""
    rows, last = apps.get_model("accounts", "Organisation").objects, 0
    while batch := list(
        rows.filter(pk__gt=last).only("name", "normalised_name", "sound").order_by("pk")[:BATCH]
    ):
        for row in batch:
            row.normalised_name = normalise(row.name)
            row.sound = "".join(syllables(row.normalised_name))[:400]
        rows.bulk_update(batch, ["normalised_name", "sound"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_sound_and_attachments")]
    operations = [migrations.RunPython(describe, migrations.RunPython.noop)]
