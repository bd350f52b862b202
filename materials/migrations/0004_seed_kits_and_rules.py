"""The kits of the plan (R131–R139), one for visits, and who approves what, to begin with."""

from django.db import migrations

VISIT = [
    # number, name, quantity, unit, scale, remark, inferred
    (1, "项目折页", 5, "份", "per_head", "", ["quantity"]),
    (2, "产品手册", 2, "本", "per_head", "", ["quantity"]),
    (3, "项目手提袋", 2, "个", "per_head", "", ["quantity"]),
]
BRIEFING = [
    (1, "折页", 30, "张", "per_head", "具体数量视具体情况而定", []),
    (2, "产品单页", 30, "套", "per_head", "", []),
    (3, "项目宝典", 30, "本", "per_head", "", []),
    (4, "项目手提袋", 30, "个", "per_head", "原表无名称,推断", ["name"]),
    (5, "产品介绍PPT", 1, "套", "fixed", "", []),
    (6, "小礼物", None, "份", "per_head", "用于派送到场人员", []),
    (7, "笔记本电脑", 1, "台", "fixed", "用后归还", []),
    (8, "产品手册", 30, "本", "per_head", "原表第8行缺失,推断", ["name", "quantity"]),
    (9, "会员资料", 30, "份", "per_head", "用于办理会员,原表无数量", ["quantity"]),
]
KITS = [("拜访随身资料", "visit", 2, VISIT), ("说明会宣传物料(每次)", "briefing", 30, BRIEFING)]
# category ("" is every other), more than, whose approval
RULES = [("gift_key", 0, "director"), ("uniform", 0, "admin_centre"), ("", 200, "director")]


def seed(apps, schema_editor):
    kit_model, line = apps.get_model("materials", "Kit"), apps.get_model("materials", "KitLine")
    for name, use, people, rows in KITS:
        kit, is_new = kit_model.objects.get_or_create(name=name, defaults={"use": use, "people": people})
        if not is_new:
            continue
        line.objects.bulk_create(
            line(
                kit=kit, number=number, name=item, quantity=quantity, unit=unit, scale=scale,
                remark=remark, inferred=inferred,
            )
            for number, item, quantity, unit, scale, remark, inferred in rows
        )  # fmt: skip
    rule = apps.get_model("materials", "ApprovalRule")
    for category, above, role in RULES:
        rule.objects.get_or_create(category=category, defaults={"above": above, "role": role})


class Migration(migrations.Migration):
    dependencies = [("materials", "0003_requests")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
