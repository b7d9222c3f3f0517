"""Where a sheet's header is, what its columns mean, and what stands around it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from . import values, vocabulary
from .rows import Row
from .values import Number, Order

HEADER_ROWS_MAX = 200
MONTH = re.compile(r"(20[0-9]{2})年([0-9]{1,2})月|(20[0-9]{2})[-/.]([0-9]{1,2})(?![-/.0-9])")
RANGE = re.compile(
    r"(20[0-9]{2}[-/.年]?[0-9]{1,2}[-/.月]?[0-9]{1,2})日?\s*(?:至|到|~|～|—|--|-|to)+\s*(20[0-9]{2}[-/.年]?[0-9]{1,2}[-/.月]?[0-9]{1,2})"
)
BOUNDS = re.compile(r"起始时间[:：]\s*\[?([0-9][0-9-/.]+).*?终止时间[:：]\s*\[?([0-9][0-9-/.]+)")
ACCOUNT_VALUE = re.compile(r"[0-9A-Z][0-9A-Z*\- ]{4,38}[0-9A-Z]")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a sheet by what they mean; several for one meaning, the best first.

    row      where the header is
    unit     the currency that a column's name says
    """

    row: int
    at: dict[str, list[int]]
    names: Row
    unit: str = ""

    def cell(self, row: Row, role: str) -> str:
        """The first filled cell of a meaning."""
        for index in self.at.get(role, ()):
            if index < len(row) and row[index].strip():
                return row[index] if isinstance(row[index], Number) else row[index].strip()
        return ""

    def day_cell(self, row: Row) -> str:
        """The cell with the row's day, told from a note in that column by its digits."""
        cells = (self.cell(row, role) for role in ("booked", "date", "valued"))
        return next((cell for cell in cells if any(letter.isdigit() for letter in cell)), "")

    def has(self, role: str) -> bool:
        """Whether there is such a column."""
        return role in self.at

    @property
    def is_chinese(self) -> bool:
        """Whether the header is Chinese, which says much about habits."""
        return any("\u4e00" <= letter <= "\u9fff" for name in self.names for letter in name)


def find(rows: list[Row]) -> Columns | None:
    """The header: the first row that names a day and an amount."""
    for index, row in enumerate(rows[:HEADER_ROWS_MAX]):
        if sum(1 for cell in row if cell.strip()) < 3:
            continue
        columns = _columns(index, row)
        has_day = columns.has("date") or columns.has("booked") or columns.has("valued")
        if has_day and any(columns.has(role) for role in ("amount", "credit", "debit")):
            return columns
    return None


def with_direction(columns: Columns, body: list[Row], is_direction: Callable[[str], bool]) -> Columns:
    """With the column that says debit or credit in every row, where no name says which one it is."""
    if not columns.has("amount") or columns.has("direction"):
        return columns
    for place in range(len(columns.names)):
        said = [row[place] for row in body if place < len(row) and row[place].strip() and columns.day_cell(row)]
        if said and all(map(is_direction, said)):
            return replace(columns, at={**columns.at, "direction": [place]})
    return columns


def score(rows: list[Row]) -> int:
    """How many columns have a meaning, read like this."""
    columns = find(rows)
    return sum(map(len, columns.at.values())) if columns else 0


def _columns(index: int, row: Row) -> Columns:
    ranked: dict[str, list[tuple[int, int]]] = {}
    unit = ""
    for place, cell in enumerate(row):
        role, rank = vocabulary.role_of(cell) if not isinstance(cell, Number) else ("", 0)
        if role:
            ranked.setdefault(role, []).append((rank, place))
            if role in ("amount", "credit", "debit", "balance"):
                unit = unit or vocabulary.split_unit(vocabulary.normal(cell))[1]
    at = {role: [place for _rank, place in sorted(found)] for role, found in ranked.items()}
    for role in ("amount", "credit", "debit", "balance", "currency", "direction"):
        # amounts of one kind only: an order's amount must not stand in for a booked one that is empty
        at[role] = at.get(role, [])[:1]
    at = {role: places for role, places in at.items() if places}
    if "credit" in at and "debit" in at:
        at.pop("amount", None)
        at.pop("direction", None)
    elif "amount" in at:
        at.pop("credit", None)
        at.pop("debit", None)
    return Columns(index, at, row, unit)


@dataclass(slots=True)
class Surroundings:
    """What stands above and below the entries."""

    account: str = ""
    currency: str = ""
    first: date | None = None
    last: date | None = None
    month: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None
    stated: list[tuple[str, str, Decimal]] = field(default_factory=list)


def around(rows: list[Row], columns: Columns, how: Order, mark: str) -> Surroundings:
    """Account, currency, days and balances that the lines before and after the entries tell."""
    found = Surroundings()
    outside = [(index, row) for index, row in enumerate(rows) if index < columns.row or not columns.day_cell(row)]
    for _index, row in outside:
        cells = [cell for cell in row if cell.strip()]
        for place, cell in enumerate(cells):
            label, _colon, behind = cell.replace("：", ":").partition(":")
            value = behind.strip() or (cells[place + 1] if place + 1 < len(cells) else "")
            _take(found, label.strip(), value, how)
        _balances(found, cells, mark)
        whole = " ".join(cells)
        _days(found, whole, how)
        for match in vocabulary.STATED.finditer(whole):
            found.stated.append((match["what"], match["count"], Decimal(match["sum"].replace(",", ""))))
    return found


def _take(found: Surroundings, label: str, value: str, how: Order) -> None:
    if not found.account and vocabulary.ACCOUNT.search(label) and (match := ACCOUNT_VALUE.match(value.strip())):
        found.account = match[0].replace(" ", "")
    if not found.currency and (vocabulary.CURRENCY_LABEL.search(label) or not label):
        found.currency = next(filter(None, (vocabulary.currency_of(word) for word in value.split())), "")
    for words, name in ((vocabulary.FIRST_DAY, "first"), (vocabulary.LAST_DAY, "last")):
        if getattr(found, name) is None and words.search(label):
            setattr(found, name, _day(value.strip(" []"), how))


def _day(text: str, how: Order) -> date | None:
    try:
        return values.day(text, how)
    except (ValueError, LookupError):
        return None


def _days(found: Surroundings, text: str, how: Order) -> None:
    if found.first is None and found.last is None and (match := RANGE.search(text)):
        found.first, found.last = _day(match[1], how), _day(match[2], how)
    if (match := BOUNDS.search(text)) and (last := _day(match[2], how)):
        found.first, found.last = _day(match[1], how), last
    if found.month is None and (match := MONTH.search(text)):
        month = int(match[2] or match[4])
        found.month = date(int(match[1] or match[3]), month, 1) if 1 <= month <= 12 else None


def _balances(found: Surroundings, cells: Row, mark: str) -> None:
    """A balance that a line of its own states: label, and the one amount behind it."""
    for place, cell in enumerate(cells):
        for words, name in ((vocabulary.OPENING, "opening"), (vocabulary.CLOSING, "closing")):
            if getattr(found, name) is not None or not words.search(cell):
                continue
            candidates = [cell.replace("：", ":").partition(":")[2], *cells[place + 1 :]]
            for candidate in candidates:
                try:
                    amount = values.amount(candidate, mark)
                except ValueError:
                    continue
                if amount is not None:
                    setattr(found, name, amount.value)
                    break
