"""Market prices from a CSV file."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from scf.kernel import csv_rows
from scf.kernel.csv_rows import BadRow

COLUMNS = ("commodity", "as_of", "price")
ROWS_MAX = 50_000
PRICE_MAX = Decimal(10) ** 15
DECIMALS_MAX = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A price as a line of the file says it: for one unit of the commodity, in its currency; it may be negative."""

    line: int
    commodity: str
    grade: str
    as_of: date
    price: Decimal
    currency: str = ""
    unit: str = ""


def read(content: bytes, *, rows_max: int = ROWS_MAX) -> tuple[list[Row], list[BadRow]]:
    """The rows of a CSV file with the columns commodity, as_of, price and where known grade, currency, unit."""
    return csv_rows.read(
        content, columns=COLUMNS, parse=row_of, key=key_of, day_column="as_of", rows_max=rows_max
    )  # fmt: skip


def key_of(row: Row) -> tuple[str, str, date]:
    """What a file or a delivery says once."""
    return row.commodity, row.grade, row.as_of


def row_of(number: int, cells: dict[str, str]) -> Row | BadRow:
    """The price in the cells of one line, or what is wrong with it."""
    commodity = cells.get("commodity", "").casefold()
    if not commodity:
        return BadRow(number, "commodity", _("write the commodity's code"))
    day = csv_rows.day(cells.get("as_of", ""))
    if day is None:
        return BadRow(number, "as_of", _("write the day like 2025-05-20"))
    try:
        price = Decimal(cells.get("price", "").replace(",", ""))
    except InvalidOperation:
        return BadRow(number, "price", _("write the price as a number, like 68250.50"))
    if not price.is_finite() or abs(price) >= PRICE_MAX or price != round(price, DECIMALS_MAX):
        return BadRow(number, "price", _("write the price as a number, like 68250.50"))
    grade, currency, unit = (cells.get(name, "") for name in ("grade", "currency", "unit"))
    if len(grade) > 40:
        return BadRow(number, "grade", _("at most 40 letters"))
    return Row(number, commodity, grade, day, price, currency.upper(), unit)
