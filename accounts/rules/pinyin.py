"""Pinyin of names: full, initials, and cutting what somebody typed into syllables."""

from __future__ import annotations

from functools import cache, lru_cache

from pypinyin import Style, lazy_pinyin, load_phrases_dict, load_single_dict
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

# Read wrongly by the dictionary where they stand in names of people and places.
SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "朴": "piao", "区": "ou", "盖": "ge", "翟": "zhai",
    "尉": "yu", "乐": "yue", "折": "she", "员": "yun", "缪": "miao", "覃": "qin", "召": "shao", "黑": "he", "逄": "pang",
    "佴": "nai", "万俟": "moqi", "尉迟": "yuchi", "澹台": "tantai", "长孙": "zhangsun", "令狐": "linghu", "洗": "xian",
}  # fmt: skip
PLACES = {
    "大栅栏": ["da", "shi", "lan"],
    "六安": ["lu", "an"],
    "蚌埠": ["beng", "bu"],
    "番禺": ["pan", "yu"],
    "重庆": ["chong", "qing"],
}


@cache
def _prepare() -> None:
    load_phrases_dict({place: [[syllable] for syllable in syllables] for place, syllables in PLACES.items()})
    load_single_dict({ord("朝"): "cháo"})  # 朝阳 is the district


@lru_cache(maxsize=20_000)
def syllables(text: str, *, is_person: bool = False) -> tuple[str, ...]:
    """The syllables of a name; letters and digits stand for themselves."""
    _prepare()
    read = lazy_pinyin(text, style=Style.NORMAL, errors=list)  # type: ignore[arg-type]
    found = [part.lower() for part in read]
    if is_person:
        for surname, sound in SURNAMES.items():
            if text.startswith(surname) and len(text) > len(surname):
                if len(surname) == 1:
                    found[0] = sound
                break
    return tuple(found)


def initials_of(parts: tuple[str, ...]) -> str:
    """dyrdc of di yi re dian chang."""
    return "".join(part[0] for part in parts if part)


@cache
def _all_syllables() -> tuple[frozenset[str], frozenset[str]]:
    whole = {
        to_normal(reading).replace("ü", "v")
        for readings in PINYIN_DICT.values()
        for reading in readings.split(",")
    }
    whole = {syllable for syllable in whole if syllable.isascii() and syllable.isalpha()}
    begun = {syllable[:length] for syllable in whole for length in range(1, len(syllable))}
    return frozenset(whole), frozenset(begun)


# Of full pinyin; each name of a hundred characters is far shorter.
LONGEST_TYPED = 200


@lru_cache(maxsize=2_000)
def as_initials(typed: str, *, most: int = 8) -> tuple[str, ...]:
    """The initials that typed full pinyin may stand for: rediancha → rdc; the last syllable may be unfinished."""
    whole, begun = _all_syllables()
    found: list[str] = []
    if len(typed) > LONGEST_TYPED:
        return ()  # no name is spelt so long

    def cut(rest: str, so_far: str) -> None:
        if len(found) >= most:
            return
        if not rest:
            found.append(so_far)
            return
        for length in range(min(6, len(rest)), 0, -1):
            head = rest[:length]
            if (head in whole and length > 1) or head in ("a", "e", "o"):
                cut(rest[length:], so_far + head[0])
            elif length == len(rest) and so_far and head in begun:
                cut("", so_far + head[0])

    cut(typed, "")
    return tuple(dict.fromkeys(found))
