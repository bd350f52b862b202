"""Forms over people and teams."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.errors import RuleViolation
from keyaccounts.common.fields import Several
from keyaccounts.common.forms import EditForm
from keyaccounts.common.roles import SALES, Role
from keyaccounts.common.widgets import ChipsMultiple

from .actions import keep_an_administrator
from .models import Team, User


class ProfileForm(EditForm):
    """What people may set of themselves; name, title and roles are the system administrator's."""

    mobile = forms.CharField(label=_("mobile"), max_length=20, required=False)
    email = forms.EmailField(label=_("e-mail"), required=False)
    wants_email = forms.BooleanField(label=_("notices also by e-mail"), required=False)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if facts.get("wants_email") and not facts.get("email"):
            self.add_error("email", _("Enter the address that notices go to."))
        return facts


class TeamForm(EditForm):
    """The members of a team and its lead."""

    members = Several(label=_("members"), queryset=User.objects.none(), required=False, widget=ChipsMultiple)
    lead = forms.ModelChoiceField(label=_("Team lead"), queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = team.members.filter(until_on__isnull=True)
        people = (
            User.objects.with_role(*SALES) | User.objects.filter(pk__in=present.values("user")).distinct()
        )
        for name in ("members", "lead"):
            self.fields[name].queryset = people.order_by("pk")  # type: ignore[attr-defined]


class NewPersonForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "name")


class PersonForm(UserChangeForm):
    """A person in the settings; the last system administrator stays active."""

    class Meta:
        model = User
        fields = "__all__"

    def clean_is_active(self) -> bool:
        is_active = self.cleaned_data["is_active"]
        if not is_active and self.instance.pk and self.instance.has_role(Role.SYSADMIN):
            _refused_as_violation(self.instance)
        return is_active


class RoleFormSet(forms.BaseInlineFormSet):
    """The roles of a person in the settings; the last system administrator keeps that one."""

    def clean(self) -> None:
        super().clean()
        if self.instance.pk and self.instance.has_role(Role.SYSADMIN) and Role.SYSADMIN not in self.roles():
            _refused_as_violation(self.instance)

    def roles(self) -> set[str]:
        """The roles that the person is to have."""
        return {
            form.cleaned_data["role"]
            for form in self.forms
            if form.is_valid() and form.cleaned_data.get("role") and form not in self.deleted_forms
        }


def _refused_as_violation(user: User) -> None:
    try:
        keep_an_administrator(user)
    except RuleViolation as violation:
        raise forms.ValidationError(str(violation)) from violation
