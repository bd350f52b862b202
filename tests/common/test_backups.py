"""A backup holds the database and the uploads, and brings both back, on whichever database the tests run."""

import tarfile
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import Organisation
from keyaccounts.common import backups
from keyaccounts.common.errors import RuleViolation
from tests import given

pytestmark = pytest.mark.django_db(transaction=True)
MOMENT = given.at(2012, 7, 10)


@pytest.fixture
def kept(tmp_path):
    """A backup of one organisation and one photo."""
    given.the_vocabulary()
    given.an_organisation(name="北京第一热电厂")
    photo = Path(settings.MEDIA_ROOT) / "visits/2012/照片.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"photo")
    target = tmp_path / "backup.tar"
    backups.make(target, at=MOMENT)
    return target


def test_what_was_lost_comes_back(kept):
    photo = Path(settings.MEDIA_ROOT) / "visits/2012/照片.jpg"
    photo.unlink()
    Organisation.objects.update(name="别的单位")

    about = backups.restore(kept)

    assert list(Organisation.objects.values_list("name", flat=True)) == ["北京第一热电厂"]
    assert photo.read_bytes() == b"photo"
    assert (about.made_at, about.files) == ("2012-07-10T09:00:00+08:00", 1)


def test_only_its_owner_reads_a_backup(kept):
    assert kept.stat().st_mode & 0o777 == 0o600


def test_data_is_replaced_only_when_told_so(kept):
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", kept)

    said = StringIO()
    call_command("restore", kept, "--replace", stdout=said)

    assert "2012-07-10" in said.getvalue()


def test_another_file_is_refused_and_changes_nothing(tmp_path):
    given.the_vocabulary()
    given.an_organisation(name="北京第一热电厂")
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as archive:
        archive.add(__file__, "database")

    with pytest.raises(RuleViolation, match="no backup"):
        backups.restore(other)

    assert Organisation.objects.count() == 1


def test_a_file_is_never_overwritten(kept):
    with pytest.raises(CommandError, match="there already"):
        call_command("backup", kept)
