"""When two trade documents are one paper, or too much alike: normal forms, and a grade.

A forger changes how a paper looks, not what it can be exchanged for: a dash, a leading zero, an O for a 0, the name
above it. So facts are compared in a normal form, and papers that agree in most of them are shown to a person.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# What each field adds where it agrees, in points of 100: a number names a paper, so it weighs most; dates and amounts
# of honest papers coincide often (one buyer, one price list, one delivery day), so neither decides alone.
NUMBER, AMOUNT, COUNTERPARTY, DATE = 40, 25, 20, 15
# Fields that nearly agree: within a rounding or a tax line of each other; posted some days later; a name misspelt.
AMOUNT_NEAR, COUNTERPARTY_NEAR, DATE_NEAR = 15, 15, 8
AMOUNT_NEAR_PERCENT, DATE_NEAR_DAYS, NAME_NEAR_PERCENT = 1, 3, 90
# Two numbers closer than this are told apart by a slip or a trick, not by counting on.
NUMBER_NEAR_PERCENT = 85
# STRONG: every field agrees, one of them only nearly. WEAK: all but the date or the amount, or all but the number.
STRONG_MIN, WEAK_MIN = 90, 75
# One-digit numbers such as "7" prove nothing about whose they are.
NUMBER_TELLS_MIN = 4

_NUMBERED_BY_SUPPLIER = frozenset({"ORDER_RESPONSE", "DESPATCH_ADVICE", "INVOICE", "CREDIT_NOTE"})
_COPY = re.compile(r"[\s\-_(（\[]*(?:COPY|DUPLICATE|副本|复印件|抄件)[\s)）\]]*\d*[)）\]]?$|[(（]\d{1,2}[)）]$")
_LOOKALIKE = str.maketrans("OILSBZ", "011582")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[OILSBZ]+(?=\d)|(?<=\d)O+\b|\bO+(?=\d)")
_RUN = re.compile(r"[^\W\d_]+|\d+")
_COMPANY = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团|公司|co\.?,?\s*ltd\.?|limited|ltd\.?|corporation|corp\.?|inc\.?)", re.I
)


class Grade(StrEnum):
    """How sure it is that two papers are one. EXACT: the same bytes or the same facts."""

    EXACT = "EXACT"
    STRONG = "STRONG"
    WEAK = "WEAK"


RANK = {Grade.WEAK: 1, Grade.STRONG: 2, Grade.EXACT: 3}


@dataclass(frozen=True, slots=True)
class Facts:
    """A paper in normal form.

    owner, kind             who brought it, and what it is
    supplier, counterparty  a USCC, else "~" and the name in normal form, else ""; the latter is the buyer or keeper
    number                  its skeleton (see `skeleton`)
    """

    owner: int
    kind: str
    supplier: str
    counterparty: str
    number: str
    issue_date: date | None
    currency: str
    amount_minor: int | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two papers share: points of 100, and the fields that agree."""

    points: int
    agreeing: tuple[str, ...]
    grade: Grade | None


def skeleton(number: str) -> str:
    """A document number without what a forger or a clerk changes: case, dashes, leading zeros, O for 0, "copy"."""
    text = _COPY.sub("", unicodedata.normalize("NFKC", number).upper().strip())
    text = _BETWEEN_DIGITS.sub(lambda found: found.group().translate(_LOOKALIKE), text)
    return "-".join(run.lstrip("0") or "0" if run.isdecimal() else run for run in _RUN.findall(text))[:100]


def party_key(*, uscc: str, name: str) -> str:
    """How a party is compared: by its code where it is known, else by its name without company words."""
    if uscc:
        return uscc.upper()
    plain = _COMPANY.sub("", unicodedata.normalize("NFKC", name).casefold())
    letters = "".join(character for character in plain if character.isalnum())
    return f"~{letters}"[:120] if letters else ""


def facts_text(facts: Facts, *, with_supplier: bool) -> str:
    """What is hashed to find the same facts; "" where too little is known for a match to mean anything."""
    known = (facts.number, facts.issue_date, facts.amount_minor, facts.currency, facts.counterparty)
    if not all(part is not None and part != "" for part in known) or (with_supplier and not facts.supplier):
        return ""
    supplier = facts.supplier if with_supplier else "*"
    return json.dumps([supplier, *(str(part) for part in known)], ensure_ascii=False)


def is_numbered_by_supplier(kind: str) -> bool:
    """Whether the supplier gives out a document's number: two suppliers may both have an invoice 1."""
    return kind in _NUMBERED_BY_SUPPLIER


def is_comparable(one: Facts, other: Facts) -> bool:
    """An owner's papers of different kinds are stages of one trade: an order and its receipt share their facts."""
    return one.owner != other.owner or one.kind == other.kind


def compare(one: Facts, other: Facts, ratio: Callable[[str, str], int]) -> Likeness:
    """What two papers share. `ratio` says how near two texts are, in percent."""
    found = {
        "number": _number(one, other, ratio),
        "amount": _amount(one, other),
        "counterparty": _counterparty(one, other, ratio),
        "date": _date(one, other),
    }
    points = sum(found.values())
    agreeing = [name for name, value in found.items() if value]
    if one.supplier and one.supplier == other.supplier:
        agreeing.append("supplier")
    grade = Grade.STRONG if points >= STRONG_MIN else Grade.WEAK if points >= WEAK_MIN else None
    if grade is None and _is_anothers_number(one, other):
        grade = Grade.WEAK
    return Likeness(points, tuple(agreeing), grade)


def _number(one: Facts, other: Facts, ratio: Callable[[str, str], int]) -> int:
    if not one.number or not other.number:
        return 0
    if one.number == other.number:
        return NUMBER
    near = ratio(one.number, other.number)
    if near < NUMBER_NEAR_PERCENT:
        return 0
    if _is_next_in_series(one.number, other.number):
        # An owner's running numbers are different papers; between owners one changed digit may be the trick.
        return 0 if one.owner == other.owner else NUMBER // 2
    return NUMBER * near // 100


def _is_next_in_series(one: str, other: str) -> bool:
    return re.sub(r"\d+", "#", one) == re.sub(r"\d+", "#", other)


def _amount(one: Facts, other: Facts) -> int:
    if one.amount_minor is None or other.amount_minor is None or one.currency != other.currency:
        return 0
    if one.amount_minor == other.amount_minor:
        return AMOUNT
    larger = max(abs(one.amount_minor), abs(other.amount_minor))
    is_near = abs(one.amount_minor - other.amount_minor) * 100 <= larger * AMOUNT_NEAR_PERCENT
    return AMOUNT_NEAR if is_near else 0


def _counterparty(one: Facts, other: Facts, ratio: Callable[[str, str], int]) -> int:
    if not one.counterparty or not other.counterparty:
        return 0
    if one.counterparty == other.counterparty:
        return COUNTERPARTY
    are_names = one.counterparty.startswith("~") and other.counterparty.startswith("~")
    return COUNTERPARTY_NEAR if are_names and ratio(one.counterparty, other.counterparty) >= NAME_NEAR_PERCENT else 0


def _date(one: Facts, other: Facts) -> int:
    if one.issue_date is None or other.issue_date is None:
        return 0
    days = abs((one.issue_date - other.issue_date).days)
    return DATE if days == 0 else DATE_NEAR if days <= DATE_NEAR_DAYS else 0


def _is_anothers_number(one: Facts, other: Facts) -> bool:
    """A buyer or keeper gives a number to one supplier: another's paper under it is a copy, whatever else it says."""
    is_given_by_counterparty = one.kind == other.kind and not is_numbered_by_supplier(one.kind)
    same = one.number == other.number and one.counterparty == other.counterparty
    tells = bool(one.counterparty) and len(one.number) >= NUMBER_TELLS_MIN
    return one.owner != other.owner and is_given_by_counterparty and same and tells
