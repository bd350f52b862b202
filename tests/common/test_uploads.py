"""A file is what its name says, of a kind we take, and not too large."""

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from keyaccounts.common.uploads import ARCHIVES, DOCUMENTS, FILMS, checked_upload

ALL = {**DOCUMENTS, **ARCHIVES, **FILMS}
FILM = b"\x00\x00\x00\x18ftypisom"


def checked(name, content, kinds=ALL, most=1):
    file = SimpleUploadedFile(name, content)
    return checked_upload(file, kinds=kinds, most_megabytes=most, choose="别的格式")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.PDF", b"%PDF-1.7 x"), ("a.jpeg", b"\xff\xd8\xff\xe0"), ("a.zip", b"PK\x03\x04"), ("a.mov", FILM)],
)
def test_what_its_name_says_is_taken_and_can_be_read_from_the_beginning(name, content):
    assert checked(name, content).read() == content


@pytest.mark.parametrize(
    ("name", "content", "kinds", "said"),
    [
        ("a.exe", b"MZ", ALL, "别的格式"),
        ("a.zip", b"PK\x03\x04", DOCUMENTS, "别的格式"),
        ("a.pdf", b"MZ%PDF-", ALL, "不符"),
        ("a.mp4", b"ftypisom", ALL, "不符"),
        ("a.pdf", b"%PDF-" + b"0" * 1024 * 1024, ALL, "1 MB"),
    ],
)
def test_anything_else_is_refused_in_words(name, content, kinds, said):
    with pytest.raises(forms.ValidationError, match=said):
        checked(name, content, kinds)
