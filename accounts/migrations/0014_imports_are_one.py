"""Imports of organisations become uploads of keyaccounts.imports; what they were called is kept with them."""

from __future__ import annotations

from typing import Any

from django.db import migrations

STATES = {"committing": "writing", "committed": "written"}


def move(apps: Any, schema_editor: Any) -> None:
    old_batches = apps.get_model("accounts", "ImportBatch").objects
    old_rows = apps.get_model("accounts", "ImportRow").objects
    upload_model = apps.get_model("imports", "Upload")
    line_model = apps.get_model("imports", "UploadLine")
    for batch in old_batches.order_by("pk").iterator(chunk_size=500):
        upload = upload_model.objects.create(
            kind="organisations",
            former_name=f"accounts.importbatch:{batch.pk}",
            file=batch.file.name,
            file_name=batch.file_name,
            state=STATES.get(batch.state, batch.state),
            problem=batch.problem,
            total=batch.total,
            handled=batch.handled,
            by_id=batch.by_id,
            at=batch.created_at,
            written_at=batch.committed_at,
            reverted_at=batch.reverted_at,
        )
        some: list[Any] = []
        for row in old_rows.filter(batch=batch).order_by("pk").iterator(chunk_size=500):
            pk = row.organisation_id
            some.append(
                line_model(
                    upload=upload,
                    sheet=row.sheet,
                    number=row.number,
                    raw=row.raw,
                    values=row.values,
                    verdict=row.verdict,
                    messages=row.messages,
                    go_on_reason=row.go_on_reason,
                    subject=f"accounts.organisation:{pk}" if pk else "",
                    url=f"/organisations/{pk}/" if pk else "",
                    changes=row.changes,
                    is_done=row.is_done,
                )
            )
            if len(some) == 500:
                line_model.objects.bulk_create(some)
                some = []
        line_model.objects.bulk_create(some)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_contact_without_pinyin"), ("imports", "0002_one_mechanism")]

    operations = [
        migrations.RunPython(move),
        migrations.DeleteModel(name="ImportRow"),
        migrations.DeleteModel(name="ImportBatch"),
    ]
