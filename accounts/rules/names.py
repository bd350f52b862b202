"""Names of organisations as people say them, and as duplicates are found by (D2)."""

from __future__ import annotations

import re
import unicodedata

REGIONS = ("北京市", "北京")
FORMS = (
    "有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "集团公司", "股份公司", "总公司", "分公司", "公司", "集团",
)  # fmt: skip
BRACKETED = re.compile(r"[((][^()()]*[))]")
NOISE = re.compile(r"[\s·•・,,.。、\-—_“”\"'‘’/\\]+")


def folded(text: str) -> str:
    """Full-width to half-width, no spaces and punctuation, small letters."""
    return NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


def normalise(name: str) -> str:
    """The name without region, company form, brackets, width and spaces.

    北京云岫矿山机械有限公司, 云岫矿山机械(北京)公司 and 云岫矿山机械 become the same.
    """
    text = folded(BRACKETED.sub("", unicodedata.normalize("NFKC", name)))
    for region in REGIONS:
        text = text.removeprefix(region)
    bare = text
    for form in FORMS:
        bare = bare.removesuffix(form)
    return bare or text or folded(name)
