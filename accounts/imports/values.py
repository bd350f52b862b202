"""What a cell says: numbers, dates, choices and phones as people type them (D6)."""

from __future__ import annotations

import difflib
import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.choices import Attention, Intention, Power
from accounts.models import Contact, Organisation
from keyaccounts.common.numerals import parse_number
from keyaccounts.common.xlsx_in import as_date, as_text
from keyaccounts.people.models import User
from keyaccounts.vocabulary.models import TermList
from keyaccounts.vocabulary.queries import code_of, terms

from .headers import Place

# So alike a word of the list must be to be what somebody may have meant: 写字楼 for 写字楼企业, not 浦东新区 for 东城区.
NEAR = 0.6
TERMS = {
    "type": TermList.ORG_TYPE,
    "industry": TermList.INDUSTRY,
    "district": TermList.DISTRICT,
    "source": TermList.ORG_SOURCE,
    "income_band": TermList.INCOME_BAND,
    "decision_role": TermList.CONTACT_ROLE,
}
# Several choices in one cell; words that are no choice go to the field beside it.
LISTS = {
    "gift_demand": (TermList.GIFT_DEMAND, "gift_demand_text"),
    "gift_distribution": (TermList.FESTIVAL, "gift_distribution_note"),
    "meeting_time": (TermList.MEETING_TIME, "meeting_time_note"),
    "purchase_mode": (TermList.PURCHASE_MODE, "buying_process"),
    "promo_method": (TermList.PROMOTION_METHOD, ""),
}
SCALES: dict[str, list[tuple[Any, Any]]] = {
    "intention": Intention.choices,
    "power": Power.choices,
    "attention": Attention.choices,
    "health_focus": Attention.choices,
}
RATINGS = ("familiarity", "influence", "authority")
NUMBERS = ("staff_count", "coverage_count", "avg_annual_income")
AMOUNTS = ("per_capita_budget", "price_high")
MODELS: dict[str, Any] = {"organisation": Organisation, "contact": Contact}
YES, NO = {"是", "有", "公共", "√", "y", "yes", "1"}, {"否", "无", "非公共", "×", "n", "no", "0"}


def refuse_too_long(part: str, values: dict[str, Any]) -> None:
    for name, value in values.items():
        most = getattr(MODELS[part]._meta.get_field(name), "max_length", None) if name != "asked_on" else None
        if most and isinstance(value, str) and len(value) > most:
            raise ValueError(_("at most %(n)s characters.") % {"n": most})


def values_of(
    place: Place, cell: Any, text: str, people: dict[str, list[User]], today: date
) -> dict[str, Any]:
    """The fields that one cell fills; mostly one. Raises ValueError in words."""
    name = place.name
    if name in TERMS:
        return {name: _code(TERMS[name], text)}
    if name in LISTS:
        return _list(name, text)
    if name in SCALES:
        return {name: _scale(text, SCALES[name])}
    if name in RATINGS:
        return {name: _rating(text)}
    if name in NUMBERS:
        return {name: _number(text)}
    if name in AMOUNTS:
        return {name: str(_amount(text))}
    if name == "price_low":
        return _price_range(text)
    if name == "public_sector":
        return {name: _yes_or_no(text)}
    if name == "asked_on":
        return {name: _day(cell, today)}
    if name == "owner":
        return {name: _owner(text, people)}
    if name == "position":
        return _position(text)
    if name == "email":
        return {name: _email(text)}
    if name == "mobile" or (name == "phone" and place.part == "contact"):
        return _phones(text, first=name)
    if name == "phone":
        return {name: _phone(text)}
    return {name: text}


def _code(list_name: str, text: str) -> str:
    code = code_of(list_name, text)
    if code is None and list_name == TermList.DISTRICT:
        code = code_of(list_name, f"{text}区") or code_of(list_name, text.removeprefix("北京市"))
    if code is None:
        labels = [term.label for term in terms(list_name).values() if not term.is_hidden]
        near = difflib.get_close_matches(text, labels, n=1, cutoff=NEAR)
        if near:
            raise ValueError(
                _("“%(text)s” is not a choice; did you mean “%(near)s”?") % {"text": text, "near": near[0]}
            )
        raise ValueError(_("“%(text)s” is not a choice.") % {"text": text})
    return code


def _list(name: str, text: str) -> dict[str, Any]:
    """Choices of a list when every part is one; otherwise the words as they stand."""
    listed, words = LISTS[name]
    codes: list[str | None] = []
    for part in filter(None, re.split(r"[、,;|]", text)):
        # A choice may have a stroke or a blank of its own: 比选/询价.
        whole = _in_list(listed, part)
        codes += (
            [whole] if whole else [_in_list(listed, piece) for piece in re.split(r"[/\s]+", part.strip())]
        )
    if codes and all(codes):
        return {name: list(dict.fromkeys(codes))}
    if not words:
        raise ValueError(_("“%(text)s” is not a choice.") % {"text": text})
    return {words: text}


def _in_list(listed: str, text: str) -> str | None:
    return code_of(listed, text) or code_of(listed, f"{text}节")


def _number(text: str) -> int:
    try:
        value = int(parse_number(text))
    except (ValueError, ArithmeticError):
        raise ValueError(_("“%(text)s” is not a number.") % {"text": text}) from None
    if not 0 <= value <= 10_000_000:
        raise ValueError(_("“%(text)s” is out of range.") % {"text": text})
    return value


def _amount(text: str) -> Decimal:
    try:
        value = parse_number(text.removesuffix("/套").removesuffix("/人")).quantize(Decimal("0.01"))
    except (ValueError, ArithmeticError):
        raise ValueError(_("“%(text)s” is not an amount.") % {"text": text}) from None
    if not 0 <= value < 10**8:
        raise ValueError(_("“%(text)s” is out of range.") % {"text": text})
    return value


def _price_range(text: str) -> dict[str, str]:
    """90-118 元/套, 90~118, 100: from and, where there is one, to."""
    parts = [part for part in re.split(r"[-–—~～至到]", text) if part.strip()]
    if len(parts) == 2:
        return {"price_low": str(_amount(parts[0].strip())), "price_high": str(_amount(parts[1].strip()))}
    return {"price_low": str(_amount(text))}


def _scale(text: str, scale: list[tuple[Any, Any]]) -> Any:
    for code, label in scale:
        if text in (str(code), str(label)) or str(label).startswith(text):
            return code
    raise ValueError(_("“%(text)s” is not a choice.") % {"text": text})


def _rating(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5"}:
        raise ValueError(_("A rating runs from 1 to 5."))
    return int(text)


def _yes_or_no(text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError(_("Write 是 or 否."))


def _day(cell: Any, today: date) -> date:
    try:
        day = as_date(cell)
    except ValueError:
        raise ValueError(_("“%(text)s” is not a date.") % {"text": as_text(cell)}) from None
    if day is None or not date(1990, 1, 1) <= day <= today:
        raise ValueError(_("“%(text)s” is in the future or too long ago.") % {"text": as_text(cell)})
    return day


def _owner(text: str, people: dict[str, list[User]]) -> int:
    named = people.get(text, [])
    if not named:
        raise ValueError(_("Nobody in sales is called “%(text)s”.") % {"text": text})
    if len(named) > 1:
        raise ValueError(
            _("Several people in sales are called “%(text)s”. Hand over after the import.") % {"text": text}
        )
    return named[0].pk


def _position(text: str) -> dict[str, str]:
    """A position of the list; any other title keeps its words beside 其他 or the position it contains."""
    code = code_of(TermList.CONTACT_POSITION, text)
    if code is not None:
        return {"position": code}
    within = [term for term in terms(TermList.CONTACT_POSITION).values() if term.label in text]
    longest = max(within, key=lambda term: len(term.label), default=None)
    return {"position": longest.code if longest else "other", "title": text}


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        raise ValueError(_("“%(text)s” is not an e-mail address.") % {"text": text})
    return text


def _phone(text: str) -> str:
    if "e+" in text.lower():
        raise ValueError(_("Excel has shortened “%(text)s”. Format the column as text.") % {"text": text})
    digits = "".join(character for character in text if character.isdigit() or character == "+")
    if not 5 <= len(digits) <= 18:
        raise ValueError(_("“%(text)s” is not a phone number.") % {"text": text})
    return digits


def _phones(text: str, *, first: str) -> dict[str, str]:
    """One or two numbers of a person; the mobile is the one that looks like it. A masked one says nothing."""
    if "*" in text:
        return {}
    parts = [part for part in re.split(r"[、,;/|]", text) if part.strip()]
    numbers = [_phone(part) for part in parts[:2]]
    if len(numbers) == 2:
        numbers.sort(key=lambda number: not _is_mobile(number))
        return {"mobile": numbers[0], "phone": numbers[1]}
    if first == "mobile" and not _is_mobile(numbers[0]) and numbers[0].startswith(("0", "400", "800")):
        return {"phone": numbers[0]}
    return {first: numbers[0]}


def _is_mobile(number: str) -> bool:
    return bool(re.fullmatch(r"(\+?86)?1\d{10}", number))
