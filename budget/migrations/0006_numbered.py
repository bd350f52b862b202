from django.db import migrations

from keyaccounts.common.triggers import numbered


class Migration(migrations.Migration):
    dependencies = [("budget", "0005_entry_by_amount")]

    operations = [numbered("budget_entry", into="budget_budget", key="budget_id")]
