"""Reading people, departments and teams."""

from __future__ import annotations

import unicodedata

from django.db.models import Q

from .models import Department, User


def names() -> dict[int, str]:
    """Everybody's name by key, those who have left too: for those who ask of many rows."""
    return {pk: name or username for pk, name, username in User.objects.values_list("pk", "name", "username")}


def department_named(text: str) -> Department | None:
    """The department that ``text`` names, by its one name or an alias (C10); None when nobody is called so.

    Full-width letters, brackets and blanks are read like the usual ones.
    """
    name = unicodedata.normalize("NFKC", text or "").strip()
    if not name:
        return None
    return Department.objects.filter(Q(name=name) | Q(aliases__name=name) | Q(code=name)).first()


def departments_named(text: str) -> list[Department]:
    """Every department named in ``text``, as the plan lists them: 营销中心、大客户组."""
    parts = [text]
    for mark in "、,,;;/\n":
        parts = [piece for part in parts for piece in part.split(mark)]
    found = [department_named(part) for part in parts]
    return list(dict.fromkeys(department for department in found if department))
