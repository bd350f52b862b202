"""A rep's day and the hours of reminders, to begin with (practice 2.2, 2.3)."""

from datetime import time

from django.db import migrations

STEPS = [
    (1, "08:15", None, "查看当天安排、前日未完、提醒", "", "visits:today"),
    (2, "08:30", None, "领取物料、核对车辆", "按当天拜访领料", "visits:today"),
    (3, "08:45", "09:00", "晨会", "昨日数据、问题、今日目标", ""),
    (4, "09:00", "09:40", "电话预约与确认", "当天、次日、一周内", "visits:calls"),
    (5, "09:40", "12:00", "上午拜访 1–2 家", "签到、面谈、离开", "visits:today"),
    (6, "12:00", "13:30", "午休、单位午间说明会", "", ""),
    (7, "13:30", "16:30", "下午拜访 1–2 家", "", "visits:today"),
    (8, None, None, "单位动态即报总监", "20 个字就够", "accounts:intel_new"),
    (9, "16:30", "17:30", "补填拜访报告、回访、催签", "报告按上次拜访带出", "visits:today"),
    (10, "17:30", "17:50", "日报", "", ""),
    (11, "17:50", "18:05", "晚会:汇总、次日计划", "", "visits:week"),
    (12, "18:05", None, "申请次日车辆、物料", "", "visits:plan"),
]


def seed(apps, schema_editor):
    step = apps.get_model("visits", "DayTemplateStep")
    for number, begins, ends, title, hint, page in STEPS:
        step.objects.get_or_create(
            number=number,
            defaults={
                "starts_at": begins and time.fromisoformat(begins),
                "ends_at": ends and time.fromisoformat(ends),
                "title": title,
                "hint": hint,
                "page": page,
            },
        )
    apps.get_model("visits", "ReportRule").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_report_income_band")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
