"""What the inbox is filtered by."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from keyaccounts.common.filtering import OneOf

from .models import Notice, NoticeKind


class NoticeFilter(django_filters.FilterSet):
    kind = OneOf(label=_("kind"), choices=NoticeKind.choices, empty_label=_("All kinds"))
    unread = django_filters.BooleanFilter(
        label=_("Unread only"), method="only_unread", widget=forms.CheckboxInput
    )

    class Meta:
        model = Notice
        fields = ("kind",)

    def only_unread(self, rows, name, value):
        return rows.unread() if value else rows
