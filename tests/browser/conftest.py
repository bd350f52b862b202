"""A real browser on a running site."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import given

# Playwright's own loop runs in this thread; the database is still used from one place at a time.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as tool:
        path = shutil.which("chromium") or "/usr/bin/chromium"
        opened = tool.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield opened
        opened.close()


@pytest.fixture
def signed_in(browser, live_server) -> Iterator:
    """``signed_in(user, PHONE)`` opens a page as that person; anything the browser complains of fails the test."""
    contexts, complaints = [], []

    def open_as(user, size) -> Page:
        context = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport=size, base_url=live_server.url
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        sign_in(page, user)
        return page

    open_as.complaints = complaints  # type: ignore[attr-defined]
    yield open_as
    for context in contexts:
        context.close()
    # A refused form answers 422, which the browser reports; everything else is a fault.
    assert [text for text in complaints if "422" not in text] == []


def sign_in(page: Page, user) -> None:
    page.goto("/people/sign-in/")
    sign_in_here(page, user)


def sign_in_here(page: Page, user) -> None:
    """On the sign-in page that is open: it leads on to where it was asked to."""
    page.fill("input[name=username]", user.username)
    page.fill("input[name=password]", given.PASSWORD)
    page.click(".sign-in button.btn-primary")
    page.wait_for_url(lambda url: "sign-in" not in url)
