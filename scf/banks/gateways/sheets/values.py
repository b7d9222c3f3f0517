"""Amounts and days as sheets write them: any separator, sign, currency and order.

What one cell leaves open the column decides; what the column leaves open is
said, not guessed silently.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from . import vocabulary

NOTHING = frozenset(["", "-", "--", "—", "/", "n/a", "null", "none"])
DIGITS = re.compile(r"[0-9](?:[0-9.,]*[0-9.,])?|[.,][0-9]+")
WORD = re.compile(r"[A-Za-z]{2,4}\$|[A-Za-z]{3}|[¥$€£]|[\u4e00-\u9fff]+")
PLACE = re.compile(r"\([A-Za-z]{2,3}\)$")
EXCEL_EPOCH = date(1899, 12, 30)
MONTHS = {name: number for number, name in enumerate(
    "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}  # fmt: skip


class Number(str):
    """A cell that its sheet holds as a number: a point, no separators, nothing to guess."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """What a cell says.

    mark   CR or DR where the cell itself says so
    """

    value: Decimal
    currency: str = ""
    mark: str = ""
    is_ambiguous: bool = False


def decimal_mark(cells: Iterable[str]) -> str:
    """The decimal mark of a column, "," or "."; a point where nothing tells."""
    for cell in cells:
        digits = _digits(cell) if not isinstance(cell, Number) else ""
        comma, point = digits.rfind(","), digits.rfind(".")
        if comma > point and (point >= 0 or len(digits) - comma - 1 not in (0, 3)) and digits.count(",") == 1:
            return ","
    return "."


def _digits(cell: str) -> str:
    found = DIGITS.search(unicodedata.normalize("NFKC", cell))
    return found[0] if found else ""


def amount(cell: str, mark: str) -> Amount | None:
    """The amount in a cell; None where there is none. Raises ValueError for what is no amount.

    mark   the column's decimal mark
    """
    if isinstance(cell, Number):
        if not re.fullmatch(r"-?[0-9]{1,18}(?:\.[0-9]{1,15})?", cell):
            raise ValueError(cell)
        return Amount(Decimal(cell))
    text = PLACE.sub("", unicodedata.normalize("NFKC", cell).strip().strip("'\"").strip())
    if text.lower() in NOTHING:
        return None
    currency = kind = ""
    for word in WORD.findall(text):
        found = vocabulary.currency_of(word)
        if not found:
            break
        currency = currency or found
        text = text.replace(word, "", 1)
    ending = re.search(r"(?i)(cr|dr|c|d)$", text)
    if ending:
        kind, text = ending[0].upper()[0] + "R", text[: ending.start()]
    text = re.sub(r"[\s'’]", "", text)
    negative = text.startswith(("-", "−")) or text.endswith("-") or (text.startswith("(") and text.endswith(")"))
    text = text.strip("+-−()")
    if not DIGITS.fullmatch(text):
        raise ValueError(cell)
    plain, is_ambiguous = _plain(text, mark)
    return Amount(-Decimal(plain) if negative else Decimal(plain), currency, kind, is_ambiguous)


def _plain(text: str, mark: str) -> tuple[str, bool]:
    """Digits with at most one point, and whether another reading is as good. Raises ValueError."""
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "," if point > comma else "."
    elif text.count(",") + text.count(".") > 1:
        thousands = "," if comma >= 0 else "."
    else:
        sign = "," if comma >= 0 else "."
        behind = len(text) - max(comma, point) - 1
        if behind == 3 and max(comma, point) > 0:
            thousands = "," if mark == "." else "."
            if sign == "." and mark == ".":
                return text, True
        else:
            thousands = "." if sign == "," else ","
    plain = text.replace(thousands, "").replace(",", ".")
    if not re.fullmatch(r"[0-9]{0,18}(?:\.[0-9]{0,9})?", plain) or plain in ("", "."):
        raise ValueError(text)
    return plain, False


@dataclass(frozen=True, slots=True)
class Order:
    """How a column writes days where numbers alone do not tell: day first or month first.

    is_certain  False where every day of the column can be read both ways
    """

    is_day_first: bool = True
    is_certain: bool = True


NUMBERS = re.compile(r"(?P<a>[0-9]{1,2})[/.\-](?P<b>[0-9]{1,2})[/.\-](?P<year>[0-9]{4}|[0-9]{2})(?![0-9])")
YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})")
COMPACT = re.compile(r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?![0-9]{1,5}$)")
NAMED = re.compile(r"(?P<day>[0-9]{1,2})[-\s.]*(?P<month>[A-Za-z]{3})[a-z]*[-\s.,]*(?P<year>[0-9]{4}|[0-9]{2})")
MONTH_FIRST = re.compile(
    r"(?P<month>[A-Za-z]{3})[a-z]*\.?\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{4})"
)
WITHOUT_YEAR = re.compile(r"(?P<month>[0-9]{1,2})[/\-月](?P<day>[0-9]{1,2})日?")


def order(cells: Iterable[str], mark: str) -> Order:
    """The order that a column's own numbers prove, or the one in which its days go one way.

    mark   the decimal mark: who writes a comma there, and who puts points between day and month, has the day first
    """
    found = [m for cell in cells if (m := NUMBERS.match(cell.strip()))]
    pairs = [(int(m["a"]), int(m["b"]), m["year"]) for m in found]
    if any(a > 12 for a, _b, _y in pairs):
        return Order(is_day_first=True)
    if any(b > 12 for _a, b, _y in pairs):
        return Order(is_day_first=False)
    if mark == "," or all("/" not in m[0] for m in found):
        return Order()
    if not pairs or all(a == b for a, b, _year in pairs):
        return Order()
    by_day, by_month = [(y, b, a) for a, b, y in pairs], [(y, a, b) for a, b, y in pairs]
    runs = [seq in (sorted(seq), sorted(seq, reverse=True)) for seq in (by_day, by_month)]
    if runs[0] != runs[1] and len(pairs) > 2:
        return Order(is_day_first=runs[0])
    return Order(is_certain=False)


def day(cell: str, how: Order, about: date | None = None) -> date | None:
    """The day in a cell; None for none.

    about   a day of the statement's last month, for cells without a year
    Raises ValueError for what is no day, LookupError where only the year is missing.
    """
    text = unicodedata.normalize("NFKC", cell).strip().strip("'\"").strip()
    if text.lower() in NOTHING:
        return None
    if isinstance(cell, Number):
        return _serial(text)
    if found := YEAR_FIRST.match(text) or COMPACT.match(text):
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    if found := NUMBERS.match(text):
        first, second = int(found["a"]), int(found["b"])
        month, of_month = (second, first) if how.is_day_first else (first, second)
        return date(_year(found["year"]), month, of_month)
    if (found := NAMED.match(text) or MONTH_FIRST.match(text)) and found["month"].lower() in MONTHS:
        return date(_year(found["year"]), MONTHS[found["month"].lower()], int(found["day"]))
    if found := WITHOUT_YEAR.fullmatch(text):
        if about is None:
            raise LookupError(text)
        year = about.year if int(found["month"]) <= about.month else about.year - 1
        return date(year, int(found["month"]), int(found["day"]))
    raise ValueError(cell)


def _year(written: str) -> int:
    return int(written) if len(written) == 4 else 2000 + int(written)


def _serial(text: str) -> date:
    """A day as spreadsheets count them, or 20240131 as a number."""
    whole = int(Decimal(text))
    if len(text) == 14 and text[:2] in ("19", "20"):
        whole = int(text[:8])
    if 19000101 <= whole <= 21001231:
        return date(whole // 10000, whole // 100 % 100, whole % 100)
    if not 20000 <= whole <= 80000:
        raise ValueError(text)
    return EXCEL_EPOCH + timedelta(days=whole)
