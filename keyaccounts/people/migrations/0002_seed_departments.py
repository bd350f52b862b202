from django.db import migrations

from keyaccounts.people.seed import plant


def plant_departments(apps, schema_editor):
    plant(apps.get_model("people", "Department"), apps.get_model("people", "DepartmentAlias"))


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [migrations.RunPython(plant_departments, migrations.RunPython.noop, elidable=False)]
