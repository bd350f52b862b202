"""Files kept before originals lost their place: one command does it afterwards, as often as it is started."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import FileField

from accounts.models import Attachment
from budget.models import Receipt
from keyaccounts.audit.models import AuditEvent
from keyaccounts.audit.words import act
from keyaccounts.dashboard import kept_files
from keyaccounts.dashboard.kept_files import KEPT
from materials.models import MaterialFile
from tests import given
from tests.archives import a_document
from tests.films import PLACE, a_film
from tests.pictures import a_jpeg, place_in
from visits.actions.photos import thumbnail_name
from visits.models import VisitPhoto

pytestmark = pytest.mark.django_db

PICTURE = a_jpeg()


def kept(row, field, name, content, **facts):
    """A file as the first release kept it: as it came."""
    getattr(row, field).save(name, ContentFile(content), save=False)
    row.save()
    return row


def a_version(content, *, name="海报.jpg", number=1, material=None):
    row = MaterialFile(
        material=material or given.a_material(category="digital"), number=number, name=name, size=len(content),
        digest=f"{number}{name}", by=given.a_marketer(), at=datetime(2012, 6, 5, tzinfo=UTC),
    )  # fmt: skip
    return kept(row, "file", name, content)


def a_photo(content=None):
    visit = given.a_visit(given.an_organisation())
    row = kept(VisitPhoto(visit=visit, digest="x", by=visit.owner), "image", "p.jpg", content or PICTURE)
    default_storage.save(thumbnail_name(row), ContentFile(PICTURE))
    return row


def strip(*options):
    said = StringIO()
    call_command("strip_locations", *options, stdout=said)
    return said.getvalue().splitlines()


def read(row, field="file"):
    row.refresh_from_db()
    with getattr(row, field).open() as file:
        return file.read()


def test_every_field_with_files_of_people_is_looked_at():
    theirs = {(kept.label, kept.field) for kept in KEPT}
    ours = {
        ("exports.export", "file"),
        ("imports.upload", "file"),
    }  # written by us; read as rows and given out to nobody

    assert theirs | ours == {
        (model._meta.label_lower, field.name)
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, FileField)
    }


def test_pictures_films_and_documents_lose_their_place_once():
    item = given.a_work_item(given.a_campaign())
    kept(item, "document", "会场.jpg", PICTURE)
    organisation = given.an_organisation()
    paper = Attachment(
        organisation=organisation,
        kind="contract",
        name="合同.docx",
        mime="x",
        size=1,
        digest="x",
        by=organisation.owner,
    )
    kept(paper, "file", "合同.docx", a_document())
    film, poster = a_version(a_film(), name="样片.mp4"), a_version(PICTURE)
    receipt = kept(
        Receipt(claim=given.a_claim(), digest="x", name="r.jpg", by=given.a_rep()), "file", "r.jpg", PICTURE
    )
    photo = a_photo()
    thumbnail = thumbnail_name(photo)
    names = {str(row.file.name) for row in (paper, film, poster, receipt)}

    said = strip()
    again = strip()

    assert [line.partition(", ")[2] for line in said] == [
        "1 stripped, 0 broken, 0 missing", "1 stripped, 0 broken, 0 missing", "2 stripped, 0 broken, 0 missing",
        "1 stripped, 0 broken, 0 missing", "1 stripped, 0 broken, 0 missing",
    ]  # fmt: skip
    assert [" 0 stripped, 0 broken, 0 missing" in line for line in again] == [True] * 5
    assert place_in(read(item, "document")) == place_in(read(receipt)) == place_in(read(photo, "image")) == {}
    with default_storage.open(thumbnail_name(photo)) as small:
        assert place_in(small.read()) == {}
    assert PLACE not in read(film)
    assert (place_in(read(poster)), poster.size, len(poster.digest)) == ({}, poster.file.size, 64)
    assert b"GPS" not in read(paper)
    assert not any(default_storage.exists(name) for name in {*names, thumbnail})
    events = AuditEvent.objects.filter(action="dashboard.file.stripped")
    assert events.count() == 6
    assert AuditEvent.objects.about(organisation).filter(action="dashboard.file.stripped").count() == 1
    assert act("dashboard.file.stripped") == "去除了文件中的拍摄地点"


def test_a_dry_run_only_counts():
    row = a_version(PICTURE)

    said = strip("--dry-run")

    assert "materials.materialfile: 1 files, 1 to strip, 0 broken, 0 missing" in said
    assert place_in(read(row))[1] == "N"
    assert not AuditEvent.objects.exists()


def test_what_is_broken_or_lost_is_named_and_the_rest_is_done():
    broken, lost, good = a_version(PICTURE[:4000]), a_version(PICTURE), a_version(PICTURE)
    default_storage.delete(lost.file.name)

    said = strip()

    assert f"materials.materialfile:{broken.pk}: broken" in said
    assert f"materials.materialfile:{lost.pk}: missing" in said
    assert "materials.materialfile: 3 files, 1 stripped, 1 broken, 1 missing" in said
    assert place_in(read(good)) == {}
    assert read(broken) == PICTURE[:4000]


def test_two_photos_that_differ_by_their_place_only_both_stay():
    first = a_photo()
    second = kept(VisitPhoto(visit=first.visit, digest="y", by=first.by), "image", "q.jpg", PICTURE + b"2")

    strip()

    assert read(first, "image") == read(second, "image")
    assert (len(first.digest), second.digest) == (64, "y")


def test_stopped_it_goes_on_where_it_was(monkeypatch):
    first, second = a_version(PICTURE), a_version(PICTURE)
    really = kept_files.strip_place

    def stop(file):
        if file.name == second.file.name:
            raise KeyboardInterrupt
        return really(file)

    monkeypatch.setattr(kept_files, "strip_place", stop)
    with pytest.raises(CommandError, match=f"--from materials.materialfile:{second.pk}$"):
        strip()
    monkeypatch.undo()

    said = strip("--from", f"materials.materialfile:{second.pk}")

    assert said[0] == "materials.materialfile: 1 files, 1 stripped, 0 broken, 0 missing"
    assert place_in(read(first)) == place_in(read(second)) == {}


@pytest.mark.parametrize("wrong", ["materials.materialfile", "people.user:1", "visits.visitphoto:x"])
def test_where_to_go_on_is_said_rightly(wrong):
    with pytest.raises(CommandError, match="visitphoto"):
        strip("--from", wrong)


def test_a_file_replaced_meanwhile_is_left_alone(monkeypatch):
    row = a_version(PICTURE)
    really = kept_files.strip_place

    def meanwhile(file):
        MaterialFile.objects.filter(pk=row.pk).update(file="materials/other.jpg")
        return really(file)

    monkeypatch.setattr(kept_files, "strip_place", meanwhile)

    strip()

    row.refresh_from_db()
    assert row.file.name == "materials/other.jpg"
    assert not AuditEvent.objects.exists()
