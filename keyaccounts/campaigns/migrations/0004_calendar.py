"""The festival calendar 2012–2030, lead windows and reminder days of the plan (practice 2.11, R13)."""

from datetime import date

from django.db import migrations

FIXED = {
    "new_year": (1, 1),
    "women": (3, 8),
    "labour": (5, 1),
    "nurse": (5, 12),
    "teacher": (9, 10),
    "national": (10, 1),
}
UNION_HOLIDAYS = {"new_year", "spring", "qingming", "labour", "dragon_boat", "mid_autumn", "national"}
# year: 春节, 元宵, 清明, 端午, 中秋, 重阳
LUNAR = {
    2012: "01-23 02-06 04-04 06-23 09-30 10-23",
    2013: "02-10 02-24 04-04 06-12 09-19 10-13",
    2014: "01-31 02-14 04-05 06-02 09-08 10-02",
    2015: "02-19 03-05 04-05 06-20 09-27 10-21",
    2016: "02-08 02-22 04-04 06-09 09-15 10-09",
    2017: "01-28 02-11 04-04 05-30 10-04 10-28",
    2018: "02-16 03-02 04-05 06-18 09-24 10-17",
    2019: "02-05 02-19 04-05 06-07 09-13 10-07",
    2020: "01-25 02-08 04-04 06-25 10-01 10-25",
    2021: "02-12 02-26 04-04 06-14 09-21 10-14",
    2022: "02-01 02-15 04-05 06-03 09-10 10-04",
    2023: "01-22 02-05 04-05 06-22 09-29 10-23",
    2024: "02-10 02-24 04-04 06-10 09-17 10-11",
    2025: "01-29 02-12 04-04 05-31 10-06 10-29",
    2026: "02-17 03-03 04-05 06-19 09-25 10-18",
    2027: "02-06 02-20 04-05 06-09 09-15 10-08",
    2028: "01-26 02-09 04-04 05-28 10-03 10-26",
    2029: "02-13 02-27 04-04 06-16 09-22 10-16",
    2030: "02-03 02-17 04-05 06-05 09-12 10-05",
}
LUNAR_CODES = ("spring", "lantern", "qingming", "dragon_boat", "mid_autumn", "double_ninth")
WINDOWS = [
    ("budget", "客户立项定预算", -120, -90, "电话了解人数和预算"),
    ("shortlist", "供应商比选、报价", -90, -60, "送比选资料包"),
    ("sample", "送样、说明会、选品", -75, -45, "送样,申请产品说明会"),
    ("sign", "定品签约", -45, -25, "定品种和套数,签合同"),
    ("deliver", "配送到位", -20, -7, "安排配送,收齐签收单"),
    ("callback", "节后回访", 3, 10, "问满意度,约下个节日"),
]


def seed(apps, schema_editor):
    festival_dates = apps.get_model("campaigns", "FestivalDate")
    rows = []
    for year, days in LUNAR.items():
        falls = {code: date(year, month, day) for code, (month, day) in FIXED.items()}
        for code, text in zip(LUNAR_CODES, days.split(), strict=True):
            falls[code] = date.fromisoformat(f"{year}-{text}")
        rows += [
            festival_dates(festival=code, falls_on=day, is_union_holiday=code in UNION_HOLIDAYS)
            for code, day in falls.items()
        ]
    festival_dates.objects.bulk_create(rows, ignore_conflicts=True)
    window = apps.get_model("campaigns", "LeadWindow")
    window.objects.bulk_create(
        [
            window(code=code, name=name, from_days=first, to_days=last, advice=advice)
            for code, name, first, last, advice in WINDOWS
        ],
        ignore_conflicts=True,
    )
    rule = apps.get_model("campaigns", "DeadlineRule")
    rule.objects.bulk_create([rule(days_before=days) for days in (7, 3, 1, 0)], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_festival_holidays_and_file_names")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
