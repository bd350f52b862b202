from django.conf import settings
from django.db import migrations, models

from keyaccounts.common.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField("submission", "key", models.UUIDField()),
        migrations.AlterField("submission", "at", models.DateTimeField(auto_now_add=True, db_index=True)),
        migrations.AddConstraint(
            "submission",
            models.UniqueConstraint(fields=["user", "key"], name="submission_once_per_person"),
        ),
        append_only("audit_auditevent", unique=("sequence",)),
    ]
