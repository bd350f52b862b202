"""A demo file while it is being read: its rows, where reading stands, and what each reference became."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from django.utils import timezone

from keyaccounts.campaigns.models import Campaign
from keyaccounts.common.roles import Role
from keyaccounts.people.models import User

M = TypeVar("M", bound=models.Model)


class DemoFileError(Exception):
    """The file cannot be loaded; the text names the part, the row and what is wrong with it."""


class DemoFile:
    """The data of one file, and the rows it has become so far."""

    def __init__(self, data: dict[str, Any], *, password: str) -> None:
        self.data = data
        self.password = password
        self.made: dict[str, models.Model] = {}
        self.counts: Counter[str] = Counter()
        self.reading = "meta"
        self._campaign: Campaign | None = None

    def rows(self, part: str) -> Iterator[dict[str, Any]]:
        """The rows of a part one by one; a problem that arises meanwhile is told with the row's id."""
        rows = self.data.get(part, [])
        for number, row in enumerate([rows] if isinstance(rows, dict) else rows, start=1):
            self.reading = part
            named = row.get("id") or row.get("code") or row.get("name") or f"no. {number}"
            self.reading = f"{part} {named}"
            yield row

    def new(self, model: type[M], **values: Any) -> M:
        """A saved row whose values the model's own fields have checked. References are rows already."""
        row = model(**values)
        row.clean_fields(exclude={field.name for field in model._meta.fields if field.is_relation})
        row.save(force_insert=True)
        return row

    def keep(self, part: str, reference: str, row: models.Model) -> None:
        """Remember which row ``reference`` became."""
        if reference in self.made:
            raise DemoFileError(f"{self.reading}: the id {reference} is used twice.")
        self.made[reference] = row
        self.counts[part] += 1

    def of(self, reference: str | None) -> Any:
        """The row that ``reference`` became; nothing for no reference."""
        if not reference:
            return None
        if reference not in self.made:
            raise DemoFileError(f"{self.reading}: there is no {reference} before it in the file.")
        return self.made[reference]

    @property
    def campaign(self) -> Campaign:
        if self._campaign is None:
            raise DemoFileError(f"{self.reading}: the file has no plan that it could belong to.")
        return self._campaign

    @campaign.setter
    def campaign(self, campaign: Campaign) -> None:
        self._campaign = campaign

    @property
    def as_of(self) -> datetime:
        """The moment at which the file is frozen."""
        return datetime.fromisoformat(self.data["meta"]["as_of"])

    @property
    def director(self) -> User:
        director = User.objects.with_role(Role.DIRECTOR).order_by("pk").first()
        if director is None:
            raise DemoFileError(f"{self.reading}: the file has no user with the role director.")
        return director


def plain(value: Any) -> Any:
    """Amounts from JSON as Decimal, everything else as it is."""
    return Decimal(str(value)) if isinstance(value, float) else value


def day_of(value: date | datetime | str) -> date:
    """The day in the company's time zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).date()
    return date.fromisoformat(value) if isinstance(value, str) else value


def noon(day: date | str) -> datetime:
    """A day without a time of day, as a moment."""
    return timezone.make_aware(datetime.combine(day_of(day), datetime.min.time().replace(hour=12)))
