"""The frame around every page, drawn from ``navigation``: the bars, what 新建 offers, the counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from keyaccounts.common.roles import Role

from . import navigation as nav

READERS = (Role.REP, Role.LEAD, Role.DIRECTOR, Role.MARKETING)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as one person sees it on one page; ``badge`` is its count in words, "99+" at most."""

    label: Any
    icon: str
    url: str
    is_plus: bool = False
    is_here: bool = False
    badge: str = ""
    folders: tuple[str, ...] = ()


@cache
def _address(name: str) -> str:
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        return ""  # a page that a later app brings


def _entries(keys: Iterable[str], counts: dict[str, int], *, here: str = "") -> list[Entry]:
    found: list[Entry] = []
    for key in keys:
        place = nav.PLACES[key]
        url = _address(place.name)
        if url or key == nav.PLUS:
            number = counts.get(place.name, 0)
            badge = f"{nav.COUNTED_UP_TO}+" if number > nav.COUNTED_UP_TO else str(number or "")
            folders = tuple(_address(name).rpartition("new/")[0] for name in place.under)
            found.append(
                Entry(
                    place.label,
                    place.icon,
                    url + place.query,
                    folders=folders,
                    is_plus=key == nav.PLUS,
                    badge=badge,
                )
            )
    # The entry whose address is the longest beginning of this page's: 今日 rather than 拜访 on /visits/today/.
    beginnings = [
        (len(folder), entry.url)
        for entry in found
        for folder in (entry.url, *entry.folders)
        if folder and (here == folder if folder == "/" else here.startswith(folder))
    ]
    _length, nearest = max(beginnings, default=(0, ""))
    return [replace(entry, is_here=bool(nearest) and entry.url == nearest) for entry in found]


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor; reads the database only when a page draws the frame."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))}


def _frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"languages": settings.LANGUAGES}
    roles = nav.roles_in_order(user)
    side = nav.joined(nav.SIDE, roles)
    bottom = nav.BOTTOM[roles[0]] if roles else ("me",)
    person = nav.joined(nav.PERSON, roles) or ["me", "password"]
    counts = nav.counts_for(user, {nav.PLACES[key].name for key in (*side, *bottom, "inbox")})
    # What does not fit in the side bar of somebody with several roles goes under the name.
    person += [key for key in side[nav.MOST_ENTRIES :] if key not in person]
    # What the bottom bar leaves out, for 我的 on a phone.
    beyond = [key for key in dict.fromkeys((*side, *person)) if key not in (*bottom, "me", "password")]
    return {
        "everything": _entries(beyond, counts),
        "nav": _entries(side[: nav.MOST_ENTRIES], counts, here=request.path),
        "create": _entries(nav.joined(nav.CREATE, roles), {}),
        "bottom": _entries(bottom, counts, here=request.path),
        "person": _entries(person, {}),
        "inbox": _entries(["inbox"], counts)[0],
        "search_url": _address("accounts:search") if user.has_role(*READERS) else "",
        "sign_out_url": _address("people:sign_out"),
        "languages": settings.LANGUAGES,
    }
