"""Paper: an HTML template becomes a PDF with our fonts embedded and nothing fetched from outside.

Every document extends ``pdf/base.html``, which gives all of them one look: company line, title,
document number, page x / y, date of printing and who printed it.
"""

from __future__ import annotations

import gc
import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlparse
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.template.loader import render_to_string

from .glyphs import OWN_FONTS, SYSTEM_FONTS, coverage

# Pango's font map belongs to one thread at a time; the layout holds the GIL anyway.
_press = threading.Lock()


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands around the content: ``number`` at the head, ``printed_by`` and ``printed_at`` at the foot."""

    title: str
    number: str
    printed_by: str
    printed_at: datetime
    company: str = settings.COMPANY_NAME


def paper_html(template: str, context: dict[str, Any], *, paper: Paper) -> str:
    """The page of a template that extends ``pdf/base.html``; ``paper`` joins its context."""
    return render_to_string(template, {**context, "paper": paper})


def html_to_pdf(page: str, *, css: str = "css/pdf.css") -> bytes:
    """Lay a page out and give the bytes of the PDF.

    Every character is checked against the fonts first (``common.glyphs``), so no box is printed.
    ``css`` is the static stylesheet, read once a process.
    """
    weasyprint, fonts, fetcher = _workshop()
    out = BytesIO()
    with _press, _no_collection():
        weasyprint.HTML(
            string=coverage().make_printable(page), base_url="static:", url_fetcher=fetcher
        ).write_pdf(
            out,
            stylesheets=[_stylesheet(css)],
            font_config=fonts,
            optimize_images=True,
            jpeg_quality=80,
            dpi=150,
        )
    return out.getvalue()


@contextmanager
def _no_collection() -> Iterator[None]:
    """A layout is a million objects that live until it is written: looking through them for garbage meanwhile
    doubles the time of a long document. What it leaves, all of it young, is cleared away at its end."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
            gc.collect(0)


def render_pdf(template: str, context: dict[str, Any], *, paper: Paper, css: str = "css/pdf.css") -> bytes:
    """A template straight to the bytes of its PDF."""
    return html_to_pdf(paper_html(template, context, paper=paper), css=css)


def pdf_response(content: bytes, *, filename: str, download: bool = False) -> HttpResponse:
    """The PDF shown in the browser, or saved when ``download``; never kept by a shared cache."""
    answer = HttpResponse(content, content_type="application/pdf")
    kind = "attachment" if download else "inline"
    answer["Content-Disposition"] = f"{kind}; filename=\"report.pdf\"; filename*=UTF-8''{quote(filename)}"
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@lru_cache(maxsize=1)
def _workshop() -> tuple[Any, Any, Any]:
    """WeasyPrint, imported on first use (a second or two), with the one font configuration."""
    os.environ["FONTCONFIG_FILE"] = str(_write_font_configuration())
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)  # it tells of its steps while imported
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFilesOnly(URLFetcher):
        """Serves ``static:`` and ``media:`` names; any other address is refused."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            return URLFetcherResponse(url, _own_file(url).read_bytes())

    return weasyprint, FontConfiguration(), OwnFilesOnly(allow_redirects=False)


@lru_cache(maxsize=8)
def _stylesheet(name: str) -> Any:
    weasyprint, fonts, fetcher = _workshop()
    return weasyprint.CSS(
        string=_own_file(f"static:{name}").read_text(encoding="utf-8"),
        base_url="static:",
        font_config=fonts,
        url_fetcher=fetcher,
    )


def _own_file(url: str) -> Path:
    """The file behind ``static:css/pdf.css`` or ``media:visits/…``; ValueError for anything else."""
    address = urlparse(url)
    name = unquote(address.path).lstrip("/")
    if address.scheme == "static":
        found = finders.find(name)
        if isinstance(found, str):
            return Path(found)
    elif address.scheme == "media":
        path = Path(default_storage.path(name))  # refuses a name that leaves the media folder
        if path.is_file():
            return path
    raise ValueError(f"Paper shows our own files only, not {url}")


def _write_font_configuration() -> Path:
    """A fontconfig file that puts our fonts first and keeps its cache under ``var/``."""
    folder = Path(settings.VAR_DIR) / "fonts"
    (folder / "cache").mkdir(parents=True, exist_ok=True)
    folders = "".join(f"<dir>{escape(str(path))}</dir>" for path in (OWN_FONTS, *SYSTEM_FONTS))
    text = (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"{folders}"
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<cachedir>{escape(str(folder / 'cache'))}</cachedir>"
        "</fontconfig>"
    )
    target = folder / "fonts.conf"
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        # Several processes may start at once: each writes its own file and moves it into place.
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as draft:
            draft.write(text)
        os.replace(draft.name, target)
    return target
