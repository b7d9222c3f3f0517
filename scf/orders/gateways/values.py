"""Numbers, dates and texts, as documents write them."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

TEXT_CHARS_MAX = 1000
NUMBER_CHARS_MAX = 40
DATE_YEARS = range(1900, 2200)

_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?\Z")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z")
_SHEET_DATES = (
    re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[ T][0-9:.]+)?\Z"),
    re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})[日号]?\Z"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})\Z"),
)
_CURRENCIES = {
    **dict.fromkeys(("RMB", "CNH", "人民币", "人民币元", "元", "¥"), "CNY"),
    "美元": "USD",
    "欧元": "EUR",
}
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_EPOCH = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
_MILLISECONDS_MAX = 7_258_118_400_000  # the year 2200


def clean(text: str | None) -> str:
    """`text` on one line, without control characters, cut to TEXT_CHARS_MAX."""
    if not text:
        return ""
    kept = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in text[: TEXT_CHARS_MAX * 4])
    return " ".join(kept.split())[:TEXT_CHARS_MAX]


def plain_decimal(text: str) -> Decimal | None:
    """A decimal as XML Schema writes it: no exponent, no grouping. None if it is not one."""
    text = text.strip()
    if len(text) > NUMBER_CHARS_MAX or not _PLAIN.match(text):
        return None
    return Decimal(text)


def sheet_decimal(text: str) -> Decimal | None:
    """A decimal as people write it in sheets: ¥1,234.50, １２３, 1 234. None if it is not one."""
    text = unicodedata.normalize("NFKC", text[: NUMBER_CHARS_MAX * 2]).strip()
    text = re.sub(r"^(?:CNY|RMB|[¥$€£])\s*|\s*元$", "", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=[0-9]) (?=[0-9]{3}\b)", "", text)
    if _GROUPED.match(text):
        text = text.replace(",", "")
    return plain_decimal(text)


def iso_date(text: str) -> date | None:
    """A date as XML Schema writes it, its time zone dropped. None if it is not one."""
    match = _ISO_DATE.match(text.strip())
    return _date(*match.groups()) if match else None


def sheet_date(text: str) -> date | None:
    """A date as people write it in sheets, year first. None if it is not one."""
    text = unicodedata.normalize("NFKC", text[:NUMBER_CHARS_MAX]).strip()
    for pattern in _SHEET_DATES:
        if match := pattern.match(text):
            return _date(*match.groups())
    return None


def epoch_date(milliseconds: Decimal) -> date | None:
    """The day in Shanghai of an instant given in milliseconds. None if it is out of range."""
    if not 0 < milliseconds < _MILLISECONDS_MAX:
        return None
    return (_EPOCH + timedelta(milliseconds=int(milliseconds))).astimezone(_SHANGHAI).date()


def currency_code(text: str | None) -> str:
    """A currency as a code: "人民币", "RMB" and "cny" are CNY; what is unknown stays as it is."""
    code = clean(text).upper()[:20]
    return _CURRENCIES.get(code, code)


def plain(value: Decimal | None) -> str | None:
    """`value` without exponent, with the digits it was written with."""
    return None if value is None else format(value, "f")


def _date(year: str, month: str, day: str) -> date | None:
    if int(year) not in DATE_YEARS:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
