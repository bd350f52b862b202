"""Small gifts (R65) are offered with a visit again: a row of the kit for visits, taken along where somebody wishes it."""

from django.db import migrations, models

KIT = "拜访随身资料"
AS_SEEDED = [(1, "项目折页", 5), (2, "产品手册", 2), (3, "项目手提袋", 2)]
GIFT = {"number": 4, "name": "小型礼品", "quantity": 0, "unit": "份", "scale": "per_head"}


def offer(apps, schema_editor):
    """Only where the kit is as it was seeded: what a company made of it is its own."""
    line = apps.get_model("materials", "KitLine")
    kit = apps.get_model("materials", "Kit").objects.filter(name=KIT, use="visit").first()
    if kit is None:
        return
    rows = line.objects.filter(kit=kit).order_by("number").values_list("number", "name", "quantity")
    if list(rows) == AS_SEEDED:
        line.objects.create(kit=kit, inferred=["quantity"], **GIFT)


def withdraw(apps, schema_editor):
    apps.get_model("materials", "KitLine").objects.filter(kit__name=KIT, **GIFT).delete()


class Migration(migrations.Migration):
    dependencies = [("materials", "0005_one_open_stocktake")]
    operations = [
        migrations.AlterField(
            model_name="kitline",
            name="quantity",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: 若干, one a head. 0: offered, taken along where somebody wishes it.",
                null=True,
                verbose_name="quantity",
            ),
        ),
        migrations.RunPython(offer, withdraw),
    ]
