"""Reading people, departments and teams."""

from __future__ import annotations

from .models import Department, DepartmentAlias, User


def names() -> dict[int, str]:
    """Everybody's name by key, those who have left too: for those who ask of many rows."""
    return {pk: name or username for pk, name, username in User.objects.values_list("pk", "name", "username")}


def departments_by_name() -> dict[str, Department]:
    """Every department by its one name and by each alias of it (C10): for those who read many rows."""
    aliases = DepartmentAlias.objects.select_related("department")
    return {alias.name: alias.department for alias in aliases} | {
        department.name: department for department in Department.objects.all()
    }
