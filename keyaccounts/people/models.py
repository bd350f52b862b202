"""Users, roles, departments with aliases (C10), teams (R47–R50)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyaccounts.common.models import Versioned
from keyaccounts.common.roles import Role


class Department(models.Model):
    """A department of the company; the plan calls the same one by several names (C10)."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class DepartmentAlias(models.Model):
    """Another name of a department: 营销部 is 营销中心. Imports map it; screens show the one name."""

    department = models.ForeignKey(
        Department, models.CASCADE, related_name="aliases", verbose_name=_("department")
    )
    name = models.CharField(_("alias"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("department alias")
        verbose_name_plural = _("department aliases")

    def __str__(self) -> str:
        return self.name


class PersonQuerySet(models.QuerySet["User"]):
    def active(self) -> PersonQuerySet:
        return self.filter(is_active=True)

    def with_role(self, *roles: str) -> PersonQuerySet:
        """Active people who hold one of the roles."""
        return self.active().filter(grants__role__in=roles).distinct()


class PersonManager(UserManager.from_queryset(PersonQuerySet)):  # type: ignore[misc]
    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **more: Any
    ) -> User:
        """A system administrator, for ``manage.py createsuperuser``: roles decide here, no flag does."""
        with transaction.atomic():
            user = self.create_user(username, email, password, **{**more, "is_staff": True})
            RoleGrant.objects.create(user=user, role=Role.SYSADMIN)
        return user


class User(Versioned, AbstractUser):  # type: ignore[misc]
    """Somebody who signs in. ``roles`` decide what they may do, ``teams`` whose work they see."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=60)
    title = models.CharField(_("title"), max_length=60, blank=True)
    mobile = models.CharField(_("mobile"), max_length=20, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="people", verbose_name=_("department")
    )
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    wants_email = models.BooleanField(
        _("notices also by e-mail"), default=False, help_text=_("Sent to the address above.")
    )
    must_change_password = models.BooleanField(
        _("must set an own password"), default=False, help_text=_("Asked for at the next sign-in.")
    )

    REQUIRED_FIELDS = ["name"]

    objects = PersonManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @cached_property
    def roles(self) -> frozenset[str]:
        """The role codes this person holds, read once per request."""
        return frozenset(self.grants.values_list("role", flat=True))

    def has_role(self, *roles: str) -> bool:
        return bool(self.roles & set(roles))

    @property
    def role_names(self) -> str:
        return "、".join(str(Role(role).label) for role in Role.values if role in self.roles)

    def saved_filter(self, listing: str) -> str:
        """The filter this person wants a list to open with, as an address's query."""
        return self.saved_filters.filter(listing=listing).values_list("query", flat=True).first() or ""

    @cached_property
    def team_ids(self) -> tuple[int, ...]:
        """The teams this person leads now: a lead's scope."""
        return tuple(
            self.memberships.filter(is_lead=True, until_on__isnull=True).values_list("team_id", flat=True)
        )


class RoleGrant(models.Model):
    """A role held by a person."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"],
                name="role_once_per_person",
                violation_error_message=_("This person already holds the role."),
            )
        ]

    def __str__(self) -> str:
        return str(self.get_role_display())


class Team(Versioned):
    """专案小组: the group that owns organisations (R48, R50); the marketing centre confirms it (R47)."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_on = models.DateField(_("confirmed on"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """Membership over time; members are sales staff (R49)."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="members", verbose_name=_("team"))
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    is_lead = models.BooleanField(_("lead"), default=False)
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [
            models.UniqueConstraint(
                fields=["team", "user"],
                condition=Q(until_on__isnull=True),
                name="member_once_per_team",
                violation_error_message=_("This person is already a member of the team."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} {self.user}"


class SavedFilter(models.Model):
    """The filter a person wants a list to open with; ``query`` is the address after the question mark."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_filters")
    listing = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [models.UniqueConstraint(fields=["user", "listing"], name="saved_filter_once_per_list")]

    def __str__(self) -> str:
        return f"{self.user} {self.listing}"
