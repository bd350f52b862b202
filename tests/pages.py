"""Reading a page as a browser does."""

from __future__ import annotations

from html.parser import HTMLParser


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.inside = self.orphans = self.nested = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.nested += self.inside
            self.inside = 1
        elif tag == "button" and given.get("type") == "submit" and not self.inside and "form" not in given:
            self.orphans += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = 0


def dead_buttons(html: str) -> int:
    """Forms within forms and submit buttons outside any form: a browser sends nothing for them."""
    page = _Forms()
    page.feed(html)
    return page.nested + page.orphans
