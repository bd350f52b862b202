from django.db import migrations

from keyaccounts.common.triggers import chained


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_append_only")]

    operations = [chained("audit_auditevent", into="audit_auditchain")]
