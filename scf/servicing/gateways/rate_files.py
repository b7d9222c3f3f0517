"""Values of reference rates from a CSV file."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from scf.domain.rates import Index
from scf.kernel import csv_rows
from scf.kernel.csv_rows import BadRow

COLUMNS = ("index", "effective_from", "rate")
ROWS_MAX = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """A value as a line of the file says it; rate is a fraction of one."""

    line: int
    index: str
    effective_from: date
    rate: Decimal


def read(content: bytes) -> tuple[list[Row], list[BadRow]]:
    """The rows of a CSV file with the columns index, effective_from and rate (in percent). Never raises."""
    return csv_rows.read(
        content, columns=COLUMNS, parse=_row, key=lambda row: (row.index, row.effective_from),
        day_column="effective_from", rows_max=ROWS_MAX,
    )  # fmt: skip


def _row(number: int, cells: dict[str, str]) -> Row | BadRow:
    index = cells.get("index", "").upper().replace(" ", "").replace("-", "")
    if index not in set(Index):
        return BadRow(number, "index", _("write LPR1Y or LPR5Y"))
    day = csv_rows.day(cells.get("effective_from", ""))
    if day is None:
        return BadRow(number, "effective_from", _("write the day like 2025-05-20"))
    try:
        rate = Decimal(cells.get("rate", "").removesuffix("%").strip())
    except InvalidOperation:
        return BadRow(number, "rate", _("write the rate in percent, like 3.10"))
    if not rate.is_finite() or rate != round(rate, 4):
        return BadRow(number, "rate", _("write the rate in percent, like 3.10"))
    return Row(number, index, day, rate / 100)
