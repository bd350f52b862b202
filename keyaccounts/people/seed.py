"""The departments of the plan and the other names it gives them (C10)."""

from __future__ import annotations

from typing import Any

# code: (the one name on screen, the names that mean it)
DEPARTMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ka_director": ("大客户部(总监)", ("大客户总监", "大客户部门总监", "部门总监", "大客户部")),
    "ka_group": (
        "大客户组",
        ("大客户销售组", "大客户小组", "专案小组", "销售组", "小组", "大客户组管理人员"),
    ),
    "marketing": ("营销中心", ("营销部",)),
    "admin": ("管理中心", ()),
}


def plant(department_model: Any, alias_model: Any) -> None:
    """Add the departments and aliases that are missing."""
    for code, (name, aliases) in DEPARTMENTS.items():
        department, _ = department_model.objects.get_or_create(code=code, defaults={"name": name})
        for alias in aliases:
            alias_model.objects.get_or_create(name=alias, defaults={"department": department})
