"""When the recurring jobs run, in Asia/Shanghai (plan appendix 6.3).

Every job asks for what is due *on or before* now and writes rows with a unique key,
so that running it twice, late, or after an outage has the same result.
"""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver_due": {"task": "keyaccounts.notices.tasks.deliver_due", "schedule": 60.0},
    "resume_imports": {"task": "keyaccounts.imports.tasks.resume_imports", "schedule": 60.0},
    "resume_exports": {"task": "keyaccounts.exports.tasks.resume_exports", "schedule": 60.0},
    "remove_old_exports": {
        "task": "keyaccounts.exports.tasks.remove_old_files",
        "schedule": crontab(hour="3", minute="30"),
    },
    "forget_submissions": {
        "task": "keyaccounts.audit.tasks.forget_submissions",
        "schedule": crontab(hour="3", minute="40"),
    },
    "remind_of_visits": {"task": "visits.tasks.remind_of_visits", "schedule": crontab(minute="*/15")},
    "remind_of_reports": {"task": "visits.tasks.remind_of_reports", "schedule": crontab(minute="*/15")},
    "remind_of_vehicles": {"task": "visits.tasks.remind_of_vehicles", "schedule": crontab(minute="*/15")},
    "remind_of_hospitality": {"task": "visits.tasks.remind_of_hospitality", "schedule": crontab(minute="20")},
    "remind_of_plans": {"task": "visits.tasks.remind_of_plans", "schedule": crontab(minute="*/15")},
    "remind_of_unpaid_claims": {
        "task": "budget.tasks.remind_of_unpaid_claims",
        "schedule": crontab(hour="9", minute="20"),
    },
    "remind_of_follow_ups": {
        "task": "accounts.tasks.remind_of_follow_ups",
        "schedule": crontab(hour="8", minute="10"),
    },
    "remind_silent_organisations": {
        "task": "accounts.tasks.remind_silent_organisations",
        "schedule": crontab(hour="9", minute="10"),
    },
    "share_out_stock": {"task": "materials.tasks.share_out_stock", "schedule": 300.0},
    "chase_requisitions": {
        "task": "materials.tasks.chase_requisitions",
        "schedule": crontab(minute=0, hour="10,17"),
    },
    "remind_of_phases": {
        "task": "keyaccounts.campaigns.tasks.phase_deadlines",
        "schedule": crontab(hour=8, minute=0),
    },
    "watch_budget": {"task": "budget.tasks.watch", "schedule": crontab(hour=18, minute=0)},
    "remind_of_work": {
        "task": "keyaccounts.campaigns.tasks.work_deadlines",
        "schedule": crontab(hour=8, minute=5),
    },
    "remind_of_materials": {
        "task": "materials.tasks.material_reminders",
        "schedule": crontab(hour=9, minute=0),
    },
}
