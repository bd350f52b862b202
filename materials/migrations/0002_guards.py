from django.db import migrations

from keyaccounts.common.triggers import append_only, running_total


class Migration(migrations.Migration):
    """Stock keeps itself: movements are append-only and added up on their material (integrity rules 8, 9)."""

    dependencies = [("materials", "0001_initial")]

    operations = [
        append_only("materials_stockmove", unique=("source",)),
        running_total(
            "materials_stockmove",
            into="materials_material",
            key="material_id",
            columns={"on_hand": "on_hand_change", "reserved": "reserved_change"},
            places=0,
        ),
    ]
