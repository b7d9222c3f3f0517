"""Rows to readings: one for each account and currency that the sheet tells of."""

# budget: the room where header, values, signs and vocabulary of a sheet meet

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from scf.domain.money import exponent

from ..base import StatementEntry
from ..readings import ZERO, Reading, plain
from . import columns as headers
from . import values, vocabulary
from .columns import Columns, Surroundings
from .rows import Row
from .signs import Line, decide, running


@dataclass(slots=True)
class Sheet:
    """A table with what its header and its surroundings say of it."""

    kind: str
    rows: list[Row]
    columns: Columns
    around: Surroundings
    order: values.Order
    mark: str


def read_rows(rows: list[Row], *, kind: str, keep: bool) -> Iterator[Reading]:
    """Every account of a table; a table without a header says so."""
    columns = headers.find(rows)
    if columns is None:
        reading = Reading(format=kind)
        reading.note("HEADER_MISSING" if any(rows) else "EMPTY")
        yield reading
        return
    body = rows[columns.row + 1 :]
    columns = headers.with_direction(columns, body, lambda word: _direction(word)[0] in ("CR", "DR"))
    mark = values.decimal_mark(
        columns.cell(row, role) for row in body for role in ("amount", "credit", "debit", "balance")
    )
    order = values.order((columns.cell(row, role) for row in body for role in ("date", "booked")), mark)
    sheet = Sheet(kind, rows, columns, headers.around(rows, columns, order, mark), order, mark)
    book = _Book(sheet)
    for number, row in enumerate(body, start=columns.row + 2):
        book.take(row, number)
    yield from book.readings(keep)


class _Book:
    """The lines of a sheet, gathered by account and currency."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.lines: dict[tuple[str, str], list[Line]] = {}
        self.totals: list[tuple[str, Row]] = []
        self.odd: list[tuple[str, str, dict[str, object]]] = []
        self._is_assumed = False

    def take(self, row: Row, number: int) -> None:
        """One row: an entry, a total, a note or nothing."""
        columns, where = self.sheet.columns, f"line {number}"
        filled = [cell for cell in row if cell.strip()]
        if not filled or row == columns.names:
            return
        texts = " ".join(filled[:3])
        if vocabulary.TOTAL.search(texts) and not columns.day_cell(row):
            self.totals.append((where, row))
            return
        amounts = [columns.cell(row, role) for role in ("amount", "credit", "debit")]
        is_balance = vocabulary.OPENING.search(texts) or vocabulary.CLOSING.search(texts)
        if is_balance and (not any(amounts) or not columns.day_cell(row)):
            return  # the surroundings have it
        if not columns.day_cell(row):
            if any(amounts) and len(filled) > 2:
                self.odd.append(("ROW_UNREADABLE", where, {"text": " ".join(filled)[:60]}))
            return
        if len(filled) < 3 and not any(amounts):
            return  # a note below the table
        line = self._line(row, number)
        self.lines.setdefault((columns.cell(row, "account"), line.currency), []).append(line)

    def _line(self, row: Row, number: int) -> Line:
        columns, line = self.sheet.columns, Line(row=row, number=number)
        booked, dealt = self._day(line, "booked"), self._day(line, "date")
        line.booked_on = booked or dealt
        line.valued_on = self._day(line, "valued") or line.booked_on
        self._read_amounts(line)
        balance = self._amount(line, "balance")
        line.balance = balance.value if balance else None
        named = vocabulary.currency_of(columns.cell(row, "currency")) or line.currency
        line.currency = named or self._default_currency(columns.cell(row, "currency"), line)
        status = columns.cell(row, "status")
        if vocabulary.NOT_CARRIED_OUT.search(status):
            line.is_booked = False
            line.note("NOT_CARRIED_OUT", text=status)
        return line

    def _default_currency(self, written: str, line: Line) -> str:
        sheet = self.sheet
        if len(written) == 3 and written.isalpha():
            return written.upper()
        known = sheet.columns.unit or sheet.around.currency
        if not known and sheet.columns.is_chinese:
            self._is_assumed = True
            return "CNY"
        return known

    def _day(self, line: Line, role: str) -> date | None:
        sheet = self.sheet
        cell = sheet.columns.cell(line.row, role)
        about = sheet.around.last or sheet.around.month
        try:
            found = values.day(cell, sheet.order, about)
        except LookupError:
            line.note("YEAR_MISSING", text=cell[:40])
            return None
        except ValueError:
            line.note("DATE_UNREADABLE", text=cell[:40])
            return None
        if found and not sheet.order.is_certain and values.NUMBERS.match(cell):
            line.note("DATE_AMBIGUOUS", text=cell[:40])
        return found

    def _amount(self, line: Line, role: str) -> values.Amount | None:
        cell = self.sheet.columns.cell(line.row, role)
        try:
            found = values.amount(cell, self.sheet.mark)
        except ValueError:
            line.note("BALANCE_UNREADABLE" if role == "balance" else "AMOUNT_UNREADABLE", text=cell[:40])
            return None
        if found and found.is_ambiguous:
            line.note("AMOUNT_AMBIGUOUS", text=cell[:40])
        return found

    def _read_amounts(self, line: Line) -> None:
        columns = self.sheet.columns
        if columns.has("amount"):
            amount = self._amount(line, "amount")
            line.amount = amount.value if amount else None
            line.currency = amount.currency if amount else ""
            word = columns.cell(line.row, "direction") if columns.has("direction") else None
            line.direction, line.word = (amount.mark if amount else "", "") if word is None else _direction(word)
            line.has_direction = word is not None
        else:
            credit, debit = self._amount(line, "credit"), self._amount(line, "debit")
            line.credit, line.debit = (found.value if found else None for found in (credit, debit))
            line.currency = next((found.currency for found in (credit, debit) if found and found.currency), "")

    def _complete(self) -> None:
        """Lines without a currency are in that of the others, where there is but one."""
        named = {currency for _account, currency in self.lines if currency}
        if len(named) == 1:
            (currency,) = named
            for account in {account for account, missing in self.lines if not missing}:
                lines = self.lines.pop((account, "")) + self.lines.pop((account, currency), [])
                self.lines[account, currency] = sorted(lines, key=lambda line: line.number)

    def readings(self, keep: bool) -> Iterator[Reading]:
        """One for each account and currency; one without entries if there are none."""
        sheet = self.sheet
        self._complete()
        groups = self.lines or {("", sheet.columns.unit or sheet.around.currency): []}
        for (account, currency), lines in groups.items():
            reading = Reading(format=sheet.kind, account=account or sheet.around.account, currency=currency)
            for code, where, facts in self.odd:
                reading.note(code, where, **facts)
            if self._is_assumed and currency == "CNY":
                reading.note("CURRENCY_ASSUMED", currency=currency)
            if not currency and lines:
                reading.note("CURRENCY_MISSING")
            decide(lines, sheet, reading)
            for line in lines:
                _count(line, reading, sheet.columns, keep)
            running(lines, reading, sheet.around if len(groups) == 1 else Surroundings())
            _check_totals(self, reading, is_only=len(groups) == 1)
            days = [line.booked_on for line in lines if line.booked_on]
            reading.from_date = sheet.around.first or min(days, default=None)
            reading.to_date = sheet.around.last or max(days, default=None)
            yield reading.finish()


def _direction(word: str) -> tuple[str, str]:
    """CR, DR or "" for neither, and the word; 贷 Cr counts as 贷."""
    name = vocabulary.normal(word)
    for known, mark in ((vocabulary.CREDIT_WORDS, "CR"), (vocabulary.DEBIT_WORDS, "DR")):
        if name in known or (name[:1] in ("贷", "借") and name[:1] in known):
            return mark, word
    return ("" if name in vocabulary.NEUTRAL_WORDS else "?"), word


def _count(line: Line, reading: Reading, columns: Columns, keep: bool) -> None:
    for code, facts in line.notes:
        reading.note(code, line.where, **facts)
    signed = line.signed if line.signed is not None else ZERO
    if signed.scaleb(exponent(reading.currency)) % 1:
        reading.note("AMOUNT_TOO_FINE", line.where, text=plain(signed), currency=reading.currency)
    if line.booked_on is None and not any(code in ("DATE_UNREADABLE", "YEAR_MISSING") for code, _f in line.notes):
        reading.note("DAY_MISSING", line.where)
    reading.count(signed, reading.currency, is_booked=line.is_booked, transactions=1)
    if keep and line.booked_on and line.is_booked:
        reading.movements.append(
            StatementEntry(
                reference=columns.cell(line.row, "reference"),
                amount_minor=int(signed.scaleb(exponent(reading.currency))), currency=reading.currency,
                booking_date=line.booked_on, value_date=line.valued_on or line.booked_on,
                remittance=" ".join(_texts(line.row, columns)),
                counterparty_name=columns.cell(line.row, "counterparty"),
                counterparty_account=columns.cell(line.row, "counterparty_account"), is_reversal=line.is_reversal,
            )
        )  # fmt: skip


def _texts(row: Row, columns: Columns) -> list[str]:
    return [row[place].strip() for place in columns.at.get("text", ()) if place < len(row) and row[place].strip()]


def _check_totals(book: _Book, reading: Reading, *, is_only: bool) -> None:
    """What the sheet itself sums: a line of totals below, or a count and sum above."""
    if not is_only:
        return
    columns, mark = book.sheet.columns, book.sheet.mark
    for where, row in book.totals:
        for role, ours in (("credit", reading.credits), ("debit", reading.debits)):
            try:
                said = values.amount(columns.cell(row, role), mark) if columns.has(role) else None
            except ValueError:
                continue
            if said is not None and abs(said.value) != ours:
                reading.note("SUMMARY_DIFFERS", where, stated=plain(abs(said.value)), what=role, counted=plain(ours))
    for what, _count_said, total in book.sheet.around.stated:
        ours = reading.credits if what == "收入" else reading.debits
        if total != ours:
            reading.note("SUMMARY_DIFFERS", "", stated=plain(total), what=what, counted=plain(ours))
