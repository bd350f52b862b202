from django.db import migrations

from keyaccounts.vocabulary.seed import plant


def plant_choices(apps, schema_editor):
    plant(apps.get_model("vocabulary", "Term"))


class Migration(migrations.Migration):
    dependencies = [("vocabulary", "0001_initial")]

    operations = [migrations.RunPython(plant_choices, migrations.RunPython.noop, elidable=False)]
