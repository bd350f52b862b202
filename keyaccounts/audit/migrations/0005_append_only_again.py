from django.db import migrations

from keyaccounts.common.triggers import append_only, renewed


class Migration(migrations.Migration):
    """Databases of the first release have this guard in words of its own; a guard is compared word by word now."""

    dependencies = [("audit", "0004_chained")]

    operations = [renewed(append_only("audit_auditevent", unique=("sequence",)))]
