"""Papers of an organisation: by their content, through the row's scope, never by path (D4)."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from PIL import Image

from accounts.models import Attachment
from tests import given
from tests.archives import a_document
from tests.pictures import a_jpeg, place_in

pytestmark = pytest.mark.django_db


def a_photo(size=(2400, 1200)) -> bytes:
    return a_jpeg(Image.new("RGB", size, "white"))


def a_workbook() -> bytes:
    held = io.BytesIO()
    Workbook().save(held)
    return held.getvalue()


def with_macros() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/vbaProject.bin", b"x")
    return held.getvalue()


def send(client, organisation, content, *, name="文件.pdf", kind="form"):
    return client.post(
        f"/organisations/{organisation.pk}/attachments/new/",
        {"file": SimpleUploadedFile(name, content), "kind": kind},
    )


@pytest.mark.slow
def test_a_photo_is_shrunk_and_loses_where_it_was_taken(sign_in):
    organisation = given.an_organisation()

    answer = send(sign_in(organisation.owner), organisation, a_photo(), name="档案表.jpeg", kind="photo")

    row = Attachment.objects.get()
    with row.file.open() as file:
        content = file.read()
    kept = Image.open(io.BytesIO(content))
    assert answer.status_code == 302
    assert (max(kept.size), dict(kept.getexif())) == (1600, {})
    assert (place_in(a_photo())[1], place_in(content), b"GPS" in content) == ("N", {}, False)
    assert (row.name, row.mime, row.by) == ("档案表.jpg", "image/jpeg", organisation.owner)


@pytest.mark.parametrize(("name", "content"), [("报价.pdf", b"%PDF-1.7 x"), ("合同.xlsx", a_workbook())])
def test_papers_are_kept_and_open_for_those_who_may_see_the_organisation(sign_in, name, content):
    organisation = given.an_organisation()
    send(sign_in(organisation.owner), organisation, content, name=name, kind="quote")
    address = f"/organisations/attachments/{Attachment.objects.get().pk}/"

    served = sign_in(given.a_marketer()).get(address)

    assert b"".join(served.streaming_content) == content
    assert served["X-Content-Type-Options"] == "nosniff"
    assert sign_in(given.a_rep()).get(address).status_code == 404


def test_the_pictures_of_a_document_lose_where_they_were_taken(sign_in):
    organisation = given.an_organisation()

    answer = send(sign_in(organisation.owner), organisation, a_document(), name="合同.docx", kind="contract")

    row = Attachment.objects.get()
    with row.file.open() as file, zipfile.ZipFile(file) as kept:
        assert place_in(kept.read("word/media/image1.jpeg")) == {}
    assert (answer.status_code, row.size) == (302, row.file.size)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("页.pdf", b"<html><script>alert(1)</script>"),
        ("空.pdf", b""),
        ("宏.xlsx", with_macros()),
        ("图.png", b"\x89PNG\r\n\x1a\n broken"),
    ],
)
def test_what_is_no_paper_is_refused_in_words(sign_in, name, content):
    organisation = given.an_organisation()

    answer = send(sign_in(organisation.owner), organisation, content, name=name)

    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not Attachment.objects.exists()


def test_the_same_file_twice_is_one_file(sign_in):
    organisation = given.an_organisation()
    client = sign_in(organisation.owner)
    send(client, organisation, b"%PDF-1.7 x")

    again = send(client, organisation, b"%PDF-1.7 x")

    assert again.status_code == 422
    assert Attachment.objects.count() == 1


def test_who_added_it_takes_it_away_and_a_collaborator_does_not(sign_in):
    organisation = given.an_organisation()
    helper = given.a_rep()
    organisation.collaborators.add(helper)
    send(sign_in(organisation.owner), organisation, b"%PDF-1.7 x")
    row = Attachment.objects.get()

    sign_in(helper).post(f"/organisations/attachments/{row.pk}/remove/")
    assert Attachment.objects.present().exists()
    sign_in(organisation.owner).post(f"/organisations/attachments/{row.pk}/remove/")

    assert not Attachment.objects.present().exists()
    assert sign_in(organisation.owner).get(f"/organisations/attachments/{row.pk}/").status_code == 404


def test_the_marketing_centre_reads_and_does_not_write(sign_in):
    organisation = given.an_organisation()

    answer = send(sign_in(given.a_marketer()), organisation, b"%PDF-1.7 x")

    assert answer.status_code == 403
