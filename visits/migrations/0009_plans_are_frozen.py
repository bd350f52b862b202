"""What was handed in stays as it was; the rule as the practice has it, until the director sets another (practice 2.3)."""

from django.db import migrations

from keyaccounts.common.triggers import append_only, frozen, numbered


def seed(apps, schema_editor):
    apps.get_model("visits", "PlanRule").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("visits", "0008_visit_plans")]
    operations = [
        append_only("visits_planrevision", unique=(("plan_id", "number"),)),
        append_only("visits_planline", unique=(("revision_id", "visit_id"),)),
        numbered("visits_planrevision", into="visits_visitplan", key="plan_id"),
        frozen("visits_visitplan", "first_submitted_at", when='OLD."first_submitted_at" IS NOT NULL'),
        frozen("visits_visitplan", "due_at", when="1 = 1"),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
