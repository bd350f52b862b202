"""A made-up company of any size, the same one every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection

from keyaccounts.campaigns.models import Campaign
from keyaccounts.people.models import Team, User

from .parts import PARTS

BATCH = 2_000
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "静远立行晓棠承泽曼宁子墨佩岚维舟知夏国桢立冬承宁雅筠书衡思齐礼成"


@dataclass
class World:
    """Who and what there is, as seen at ``now``; ``options`` are the command's."""

    now: datetime
    options: dict[str, Any]
    size: int = 0
    director: User = field(init=False)
    marketer: User = field(init=False)
    reps: list[User] = field(init=False)
    teams: list[Team] = field(init=False)
    campaign: Campaign = field(init=False)
    # The rows of the batch that is being built, by their name: a later app refers to them.
    batch: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(20120515)  # noqa: S311 - the same data every run, not a secret

    @property
    def today(self) -> date:
        return self.now.date()

    def day(self, after: int) -> date:
        """The day so many days after today."""
        return self.today + timedelta(days=after)

    def name(self) -> str:
        """A person's name."""
        return self.dice.choice(SURNAMES) + "".join(self.dice.sample(GIVEN, 2))

    def prepare(self) -> None:
        for part in PARTS:
            if hasattr(part, "prepare"):
                part.prepare(self)

    def grow(self, size: int) -> None:
        """Let every app add its rows up to ``size``."""
        for numbers in _in_batches(self.size, size):
            self.batch = {}
            for part in PARTS:
                if hasattr(part, "grow"):
                    part.grow(self, numbers)
        self.size, self.batch = size, {}
        call_command("rebuild_search", verbosity=0)
        with connection.cursor() as cursor:
            # On PostgreSQL what its autovacuum does by itself within minutes of such growth.
            cursor.execute("VACUUM (ANALYZE)" if connection.vendor == "postgresql" else "ANALYZE")


def _in_batches(start: int, stop: int) -> Iterator[range]:
    for first in range(start, stop, BATCH):
        yield range(first, min(first + BATCH, stop))
