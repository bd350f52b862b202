"""The inbox shows one's own notices; opening one reads it."""

import pytest

from keyaccounts.notices.actions import tell
from keyaccounts.notices.models import Notice, NoticeKind
from tests import given

pytestmark = pytest.mark.django_db
NOW = given.at(2012, 7, 10)


def a_notice(person, title="报告退回", url="/"):
    tell(person, kind=NoticeKind.REPORT_READ, subject=person, title=title, url=url, at=NOW, step=title)
    return Notice.objects.latest("pk")


def test_the_inbox_shows_own_notices_only(sign_in):
    rep = given.a_rep()
    a_notice(rep, "给我的"), a_notice(given.a_rep(), "给别人的")

    page = sign_in(rep).get("/notices/").content.decode()

    assert ("给我的" in page, "给别人的" in page) == (True, False)


def test_opening_a_notice_reads_it_and_goes_there(sign_in):
    rep = given.a_rep()
    notice = a_notice(rep, url="/people/me/")

    answer = sign_in(rep).get(f"/notices/{notice.pk}/")

    notice.refresh_from_db()
    assert (answer.url, notice.read_at is not None) == ("/people/me/", True)


def test_an_address_elsewhere_is_not_followed(sign_in):
    rep = given.a_rep()
    notice = a_notice(rep, url="https://elsewhere.example/")

    assert sign_in(rep).get(f"/notices/{notice.pk}/").url == "/notices/"


@pytest.mark.parametrize("address", ["/notices/{}/", "/notices/{}/read/"])
def test_somebody_else_s_notice_is_not_there(sign_in, address):
    notice = a_notice(given.a_rep())
    client = sign_in(given.a_rep())
    method = client.post if address.endswith("read/") else client.get

    answer = method(address.format(notice.pk))

    assert (answer.status_code, Notice.objects.unread().count()) == (404, 1)


def test_all_are_marked_as_read(sign_in):
    rep = given.a_rep()
    a_notice(rep, "一"), a_notice(rep, "二")

    sign_in(rep).post("/notices/read/")

    assert Notice.objects.unread().count() == 0


def test_more_rows_cost_no_more_queries(sign_in, django_assert_max_num_queries):
    rep = given.a_rep()
    client = sign_in(rep)
    a_notice(rep, "一")
    client.get("/notices/")

    for title in ("二", "三"):
        a_notice(rep, title)
    with django_assert_max_num_queries(12):
        client.get("/notices/")
