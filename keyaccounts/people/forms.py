"""Forms over people and teams."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.forms import EditForm
from keyaccounts.common.roles import SALES
from keyaccounts.common.widgets import ChipsMultiple

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

    members = forms.ModelMultipleChoiceField(
        label=_("members"), queryset=User.objects.none(), required=False, widget=ChipsMultiple
    )
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
    class Meta:
        model = User
        fields = "__all__"
