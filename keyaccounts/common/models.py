"""Abstract models shared by the apps. No table lives here."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from .errors import StaleEdit


class Versioned(models.Model):
    """A record that several people edit: a save names the version it started from (integrity rule 20)."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True

    def claim(self, version: int | None) -> None:
        """Take the next version, if the record still has the one the form was opened with.

        Raises StaleEdit when somebody else saved it in between. ``version`` None does not ask.
        """
        rows = type(self)._default_manager.filter(pk=self.pk)
        if version is not None:
            rows = rows.filter(version=version)
        if not rows.update(version=models.F("version") + 1):
            raise StaleEdit(
                _("Somebody else saved this meanwhile."), current=type(self)._default_manager.get(pk=self.pk)
            )
        self.version = type(self)._default_manager.values_list("version", flat=True).get(pk=self.pk)


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
