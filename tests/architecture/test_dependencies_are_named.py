"""What others made is named: each package asked for and each vendored file, with why and under which licence."""

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static/vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
NOT_SHIPPED_BY_OTHERS = {"manifest.json", "packages.txt", "icons.txt", "echarts/entry.mjs"}


def asked_for(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [found[0] for line in lines if (found := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line))]


def named_in_tables(name: str) -> set[str]:
    """The words of the first cells of a page's tables."""
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"\[.*?\]|\(.*?\)", "", word).strip() for row in rows for word in row.split(",")}


@pytest.mark.parametrize("lists", ["requirements.in", "requirements-dev.in"])
@pytest.mark.parametrize("page", ["docs/stack.md", "THIRD_PARTY.md"])
def test_each_package_asked_for_is_named(lists, page):
    packages = asked_for(lists)

    assert len(packages) > 10
    assert set(packages) - named_in_tables(page) == set()


@pytest.mark.parametrize("page", ["docs/stack.md", "THIRD_PARTY.md"])
def test_no_package_is_named_that_is_not_asked_for(page):
    asked = {*asked_for("requirements.in"), *asked_for("requirements-dev.in")}
    plain = {word for word in named_in_tables(page) if re.fullmatch(r"[a-z0-9-]+", word)}

    assert plain - asked - {"tom-select"} == set()


def test_each_vendored_file_is_in_the_manifest_as_it_was_fetched():
    files = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()}

    assert files - NOT_SHIPPED_BY_OTHERS == {entry["file"] for entry in MANIFEST}
    for entry in MANIFEST:
        assert hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry[
            "file"
        ]


def test_each_vendored_package_is_named_with_its_licence():
    third_party = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
    stack = (ROOT / "docs/stack.md").read_text(encoding="utf-8")

    for entry in MANIFEST:
        package, folder = entry["package"], entry["file"].split("/")[0]
        row = next((line for line in third_party.splitlines() if f"`static/vendor/{folder}" in line), "")
        assert entry["licence"] in row, package
        assert package.removesuffix(".org") in row.lower(), package
        assert package.removesuffix(".org") in stack.lower(), package
    for name in asked_for("static/vendor/packages.txt"):
        assert name in stack.lower()
