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
        label=_("who"), queryset=lambda request: get_user_model().objects.order_by("pk")
    )
    action = django_filters.ChoiceFilter(label=_("act"), choices=words.acts)
    since = django_filters.DateFilter(label=_("since"), field_name="at", lookup_expr="date__gte")
    until = django_filters.DateFilter(label=_("until"), field_name="at", lookup_expr="date__lte")
    record = django_filters.CharFilter(label=_("record"), method="of_record")

    class Meta:
        model = AuditEvent
        fields = ("actor", "action")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("since", "until"):
            self.form.fields[name].widget.input_type = "date"
        self.form.fields["record"].widget = self.form.fields["record"].hidden_widget()

    def of_record(self, rows, name, value):
        return rows.of_key(value)
