from django.db import migrations

from keyaccounts.common.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_seed_rules")]

    operations = [append_only("accounts_fact")]
