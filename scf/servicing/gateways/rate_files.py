"""Values of reference rates from a CSV file: each row by itself, so that a bad one does not hold up the others."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from scf.domain.rates import Index

COLUMNS = ("index", "effective_from", "rate")
ROWS_MAX = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """A value as a line of the file says it; rate is a fraction of one."""

    line: int
    index: str
    effective_from: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class BadRow:
    """A place in the file that cannot be taken, and what to do; field is empty where the whole line is meant."""

    line: int
    field: str
    remedy: str


def read(content: bytes) -> tuple[list[Row], list[BadRow]]:
    """The rows of a CSV file with the columns index, effective_from and rate (in percent). Never raises."""
    text = _text_of(content)
    if text is None:
        return [], [BadRow(1, "", _("this is no text: save the table as CSV (UTF-8) and bring that in"))]
    try:
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [name.strip().lower() for name in next(lines, [])]
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            return [], [
                BadRow(1, ", ".join(missing), _("the first line must name the columns index,effective_from,rate"))
            ]
        return _rows(header, lines)
    except csv.Error:
        return [], [BadRow(1, "", _("this is no CSV: save the table as CSV (UTF-8) and bring that in"))]


def _text_of(content: bytes) -> str | None:
    if b"\0" in content:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _rows(header: list[str], lines: "csv._reader") -> tuple[list[Row], list[BadRow]]:  # type: ignore[name-defined]
    good: list[Row] = []
    bad: list[BadRow] = []
    seen: dict[tuple[str, date], int] = {}
    for cells in lines:
        number = lines.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(good) + len(bad) >= ROWS_MAX:
            bad.append(BadRow(number, "", _("more than %(count)s rows: split the file") % {"count": ROWS_MAX}))
            break
        found = _row(number, dict(zip(header, (cell.strip() for cell in cells), strict=False)))
        if isinstance(found, Row):
            first = seen.setdefault((found.index, found.effective_from), number)
            if first != number:
                found = BadRow(number, "effective_from", _("the day stands in line %(line)s already") % {"line": first})
        (good if isinstance(found, Row) else bad).append(found)  # type: ignore[arg-type]
    return good, bad


def _row(number: int, cells: dict[str, str]) -> Row | BadRow:
    index = cells.get("index", "").upper().replace(" ", "").replace("-", "")
    if index not in set(Index):
        return BadRow(number, "index", _("write LPR1Y or LPR5Y"))
    try:
        day = date.fromisoformat(cells.get("effective_from", "").replace("/", "-"))
    except ValueError:
        return BadRow(number, "effective_from", _("write the day like 2025-05-20"))
    try:
        rate = Decimal(cells.get("rate", "").removesuffix("%").strip())
    except InvalidOperation:
        return BadRow(number, "rate", _("write the rate in percent, like 3.10"))
    if not rate.is_finite() or rate != round(rate, 4):
        return BadRow(number, "rate", _("write the rate in percent, like 3.10"))
    return Row(number, index, day, rate / 100)
