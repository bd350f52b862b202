"""When the recurring jobs run, in Asia/Shanghai (plan appendix 6.3).

Every job asks for what is due *on or before* now and writes rows with a unique key,
so that running it twice, late, or after an outage has the same result.
"""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver_due": {"task": "keyaccounts.notices.tasks.deliver_due", "schedule": 60.0},
}
