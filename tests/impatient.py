"""The real app and its real jobs, only impatient: each entry of the schedule is due every other second, and
a task whose worker died goes to another one after three seconds. ``celery -A tests.impatient beat``.
"""

from keyaccounts.celery import app
from keyaccounts.schedule import SCHEDULE

app.conf.beat_schedule = {name: {**entry, "schedule": 2.0} for name, entry in SCHEDULE.items()}
app.conf.beat_max_loop_interval = 1
app.conf.broker_transport_options = {
    **app.conf.broker_transport_options,
    "visibility_timeout": 3,
    "unacked_restore_interval": 1,
}
