"""The plan's own silence rules and evaluation weights, to begin with (practice 2.4, R34)."""

from django.db import migrations
from django.utils import timezone

SILENCE = {"A": (7, 14), "B": (14, 30), "C": (30, 90), "D": (60, None)}


def seed(apps, schema_editor):
    rule = apps.get_model("accounts", "SilenceRule")
    for grade, (contact_days, visit_days) in SILENCE.items():
        rule.objects.get_or_create(
            grade=grade, defaults={"contact_days": contact_days, "visit_days": visit_days}
        )
    policy = apps.get_model("accounts", "EvaluationPolicy")
    if not policy.objects.exists():
        policy.objects.create(version=1, published_at=timezone.now(), reason="方案原始权重")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_search_text")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
