"""The quiet hours hold for every reminder, so they move from visits to notices, as they were set."""

from django.db import migrations


def carry_over(apps, schema_editor):
    rule = apps.get_model("visits", "ReportRule").objects.first()
    hours = {"begins_at": rule.quiet_from, "ends_at": rule.quiet_until} if rule else {}
    apps.get_model("notices", "QuietHours").objects.get_or_create(pk=1, defaults=hours)


class Migration(migrations.Migration):
    dependencies = [("visits", "0003_seed_day_and_rule"), ("notices", "0005_quiet_hours")]

    operations = [
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField("reportrule", "quiet_from"),
        migrations.RemoveField("reportrule", "quiet_until"),
    ]
