"""Plans are asked for from the week after they came into the house: nobody is late with what could not be handed in."""

from datetime import timedelta

from django.db import migrations, models
from django.utils import timezone


def begin(apps, schema_editor):
    today = timezone.localdate()
    apps.get_model("visits", "PlanRule").objects.update(since_on=today + timedelta(days=7 - today.weekday()))


class Migration(migrations.Migration):
    dependencies = [("visits", "0009_plans_are_frozen")]
    operations = [
        migrations.AddField(
            model_name="planrule",
            name="since_on",
            field=models.DateField(
                blank=True,
                help_text="What was to be planned before is neither missing nor late.",
                null=True,
                verbose_name="plans are asked for from",
            ),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
