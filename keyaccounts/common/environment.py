"""Settings read from the environment: a wrong value is kept as a problem with a hint, not a traceback.

``keyaccounts.settings`` reads through one ``Environment``; ``keyaccounts.common.checks`` turns its problems into
system checks, so that ``manage.py``, the web server, the worker and the scheduler all refuse to start and say
what to set. An empty value counts as not set. This module knows nothing of Django.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

YES = frozenset({"1", "true", "yes", "on", "y"})
NO = frozenset({"0", "false", "no", "off", "n"})


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that cannot be used, and what would do."""

    name: str
    value: str
    hint: str


@dataclass(slots=True)
class Environment:
    """The values of the process, each asked for by its kind. What is refused falls back to the default."""

    values: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, name: str, hint: str) -> None:
        """Note that the value of ``name`` cannot be used."""
        shown = self.values.get(name, "")
        if "://" in shown and "@" in shown:
            shown = shown.split("://")[0] + "://…@" + shown.rsplit("@", 1)[1]  # no password in a message
        self.problems.append(Problem(name, shown, hint))

    def _given(self, name: str) -> str:
        return self.values.get(name, "").strip()

    def text(self, name: str, default: str = "", *, among: Collection[str] = ()) -> str:
        """A text, one of ``among`` when that is given."""
        given = self._given(name)
        if given and among and given not in among:
            self.refuse(name, f"One of {', '.join(sorted(among))}.")
            return default
        return given or default

    def texts(self, name: str, default: list[str]) -> list[str]:
        """Texts parted by commas."""
        found = [part.strip() for part in self._given(name).split(",")]
        return [part for part in found if part] or default

    def yes(self, name: str, default: bool = False) -> bool:
        """Yes or no: 1, true, yes, on; 0, false, no, off."""
        given = self._given(name).lower()
        if not given:
            return default
        if given not in YES | NO:
            self.refuse(name, "1 or 0.")
            return default
        return given in YES

    def number(self, name: str, default: float, *, least: float = 0) -> float:
        """A number, at least ``least``."""
        given = self._given(name)
        if not given:
            return default
        try:
            found = float(given)
        except ValueError:
            found = float("nan")
        if not least <= found < float("inf"):
            self.refuse(name, f"A number, {least:g} or more; {default:g} when left out.")
            return default
        return found

    def whole(self, name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
        """A whole number between ``least`` and ``most``."""
        given = self._given(name)
        if not given:
            return default
        if not given.isdecimal() or not least <= int(given) <= most:
            upper = f" to {most}" if most < 2**31 else " or more"
            self.refuse(name, f"A whole number, {least}{upper}; {default} when left out.")
            return default
        return int(given)

    def url(self, name: str, default: str, *, schemes: Mapping[str, str]) -> str:
        """An address whose scheme is one of ``schemes``, each with an example that is shown when it is not."""
        given = self._given(name)
        if not given:
            return default
        try:
            parts = urlsplit(given)
            parts.port  # noqa: B018 - asking for it is the check
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in schemes:
            self.refuse(name, "An address such as " + " or ".join(dict.fromkeys(schemes.values())) + ".")
            return default
        return given

    def zone(self, name: str, default: str) -> str:
        """The name of a time zone."""
        given = self._given(name) or default
        try:
            ZoneInfo(given)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.refuse(name, f"A time zone's name such as {default}.")
            return default
        return given

    def folder(self, name: str, default: Path) -> Path:
        """A folder the program may write in; made when it is missing."""
        given = self._given(name)
        found = Path(given or default)
        if not given and not found.parent.is_dir():
            return found  # it lies in a folder that has been refused already
        try:
            found.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            self.refuse(name, f"A folder this user may write in ({problem.strerror}: {found}).")
        return found
