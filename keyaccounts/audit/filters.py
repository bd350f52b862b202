"""What the trail is filtered by."""

import django_filters
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from . import words
from .models import AuditEvent


class TrailFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label=_("Name of the record"), field_name="subject_label", lookup_expr="icontains"
    )
    actor = django_filters.ModelChoiceFilter(
        label=_("who"),
        empty_label=_("Please choose"),
        queryset=lambda request: get_user_model().objects.order_by("pk"),
    )
    action = django_filters.ChoiceFilter(label=_("act"), empty_label=_("Please choose"), choices=words.acts)
    since = django_filters.DateFilter(label=_("since"), field_name="at", lookup_expr="date__gte")
    until = django_filters.DateFilter(label=_("until"), field_name="at", lookup_expr="date__lte")

    class Meta:
        model = AuditEvent
        fields = ("actor", "action")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("since", "until"):
            self.form.fields[name].widget.input_type = "date"
