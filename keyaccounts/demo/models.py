"""Which demo record became which row: loading again changes nothing, and totals can name records."""

from django.db import models


class DemoRecord(models.Model):
    """``reference`` is the id in the demo file (``V25``), ``object_id`` the row it became."""

    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=40)
    object_id = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="demo_record_once"),
        ]

    def __str__(self) -> str:
        return self.reference
