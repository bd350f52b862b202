"""Names of organisations as people say them, and as duplicates are found by (D2)."""

from __future__ import annotations

import re
import unicodedata

from keyaccounts.common.text import without_marks

PROVINCES = (
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南",
    "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆",
    "香港", "澳门",
)  # fmt: skip
FORMS = (
    "有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "集团公司", "股份公司", "总公司", "分公司", "公司", "集团",
)  # fmt: skip
NOISE = re.compile(r"[\s·•・,,.。、\-—_“”\"'‘’/\\]+")
# 北京市, 山西省大同市: the place an organisation's name begins with.
_PROVINCE = rf"(?:{'|'.join(PROVINCES)})(?:省|市|(?:壮族|回族|维吾尔)?自治区|特别行政区)?"
REGION = re.compile(rf"(?:{_PROVINCE}(?:[一-鿿]{{2,3}}市)?|[一-鿿]{{2,3}}省(?:[一-鿿]{{2,3}}市)?)")
# In brackets only a place or a company form is left out: (北京), (集团). (房山支行) tells two branches apart.
BRACKETED = re.compile(rf"[((](?:{_PROVINCE}|中国|{'|'.join(FORMS)})[))]")


def folded(text: str) -> str:
    """Full-width to half-width, no spaces, punctuation and invisible marks, small letters."""
    return NOISE.sub("", unicodedata.normalize("NFKC", without_marks(text))).lower()


def normalise(name: str) -> str:
    """The name without region, company form, brackets, width and spaces.

    北京云岫矿山机械有限公司, 云岫矿山机械(北京)公司 and 云岫矿山机械集团 become the same; two branches
    of a bank do not.
    """
    text = folded(BRACKETED.sub("", unicodedata.normalize("NFKC", without_marks(name))))
    text = re.sub(r"[()]", "", text)
    region = REGION.match(text)
    bare = text[region.end() :] if region else text
    for form in FORMS:
        bare = bare.removesuffix(form)
    return bare if len(bare) >= 3 else text or folded(name)
