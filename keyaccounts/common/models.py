"""Abstract models shared by the apps. No table lives here."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class Versioned(models.Model):
    """A record that several people edit: a save names the version it started from (integrity rule 20)."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True


class Inferable(models.Model):
    """A record loaded from the plan with values deduced from it (requirements 1.0).

    ``inferred`` lists the names of fields whose value is shown with 待确认 until somebody
    with the right presses 确认.
    """

    inferred = models.JSONField(_("inferred fields"), default=list, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        abstract = True

    def is_inferred(self, field: str) -> bool:
        return field in self.inferred
