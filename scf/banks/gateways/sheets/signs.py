"""Which way money went, and whether the balances agree.

A debit may be written with or without a minus; a negative debit may be one
written with a minus, or an earlier movement taken back (隔日冲账). The
balance column decides where there is one, else the column's own habit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from ..readings import ZERO, Reading, plain
from . import vocabulary
from .columns import Surroundings
from .rows import Row

if TYPE_CHECKING:
    from .reading import Sheet

HABIT_LINES_MIN = 3  # so many debits with a minus, and none without, are a habit


@dataclass(slots=True)
class Line:
    """One row as it is written; `signed` is what `decide` makes of it.

    direction  CR, DR, "" for neither, "?" for a word that nobody knows
    """

    row: Row
    number: int
    booked_on: date | None = None
    valued_on: date | None = None
    amount: Decimal | None = None
    credit: Decimal | None = None
    debit: Decimal | None = None
    direction: str = ""
    word: str = ""
    has_direction: bool = False
    currency: str = ""
    balance: Decimal | None = None
    signed: Decimal | None = None
    is_booked: bool = True
    is_reversal: bool = False
    notes: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def note(self, code: str, **facts: object) -> None:
        """Record a departure of this row."""
        self.notes.append((code, facts))

    @property
    def where(self) -> str:
        """Which line of the file."""
        return f"line {self.number}"

    @property
    def outgoing(self) -> Decimal | None:
        """The amount of a debit as it is written."""
        return self.debit if self.debit is not None else self.amount if self.direction == "DR" else None


def decide(lines: list[Line], sheet: "Sheet", reading: Reading) -> None:
    """Give each line its sign, by the habit that fits the balances best."""
    is_marked = any(line.direction in ("CR", "DR") for line in lines) or not sheet.columns.has("amount")
    if not is_marked and sheet.columns.has("amount"):
        _by_sign(lines, sheet, reading)
        return
    debits = [line.outgoing for line in lines if line.outgoing]
    negative = [debit for debit in debits if debit < 0]
    is_habit = bool(negative) and len(negative) == len(debits)
    if sheet.columns.is_chinese:
        is_habit = is_habit and len(negative) >= HABIT_LINES_MIN
    fits = {habit: _fit(lines, habit) for habit in (False, True)} if negative else {False: 0, True: 0}
    if fits[False] != fits[True]:
        is_habit = fits[True] > fits[False]
    if negative and is_habit:
        reading.note("DIRECTION_FROM_BALANCE" if fits[True] > fits[False] else "AMOUNT_NEGATIVE_HABIT", sign="-")
    for line in lines:
        line.signed = _signed(line, is_habit)
        _judge(line, is_habit)


def _signed(line: Line, is_habit: bool) -> Decimal | None:
    """A credit as written; a debit the other way round, unless its minus only says that it is one."""
    if line.amount is not None:
        if line.direction == "CR":
            return line.amount
        if line.direction == "DR":
            return line.amount if is_habit else -line.amount
        return None
    if line.credit is None and line.debit is None:
        return None
    debit = line.debit or ZERO
    return (line.credit or ZERO) + (debit if is_habit else -debit)


def _judge(line: Line, is_habit: bool) -> None:
    outgoing = line.outgoing
    incoming = line.credit if line.credit is not None else line.amount if line.direction == "CR" else None
    if outgoing is not None and outgoing < 0 and not is_habit:
        line.is_reversal = True
        line.note("NEGATIVE_DEBIT", text=plain(outgoing))
    if incoming is not None and incoming < 0:
        line.is_reversal = True
        line.note("NEGATIVE_CREDIT", text=plain(incoming))
    if line.signed is not None:
        return
    if line.amount is None:
        if not any(code.startswith("AMOUNT") for code, _facts in line.notes):
            line.note("AMOUNT_MISSING")
    elif line.direction == "":
        line.is_booked = False
        line.note("DIRECTION_NEUTRAL", text=line.word)
    else:
        line.note("DIRECTION_MISSING")


def _by_sign(lines: list[Line], sheet: "Sheet", reading: Reading) -> None:
    """One signed column. On a card's bill what is spent has no sign; without any sign only words are left."""
    is_signed = any(line.amount is not None and line.amount < 0 for line in lines)
    is_card = sheet.columns.has("card") and not sheet.columns.has("balance")
    has_balances = sum(1 for line in lines if line.balance is not None) > 1
    if is_card:
        reading.note("CARD_SIGNS")
    for line in lines:
        text = sheet.columns.cell(line.row, "text")
        if line.amount is None:
            line.note("AMOUNT_MISSING") if not line.notes else None
        elif line.has_direction:
            _judge(line, is_habit=False)
        elif is_card:
            line.signed = -line.amount
        elif is_signed or has_balances:
            line.signed = line.amount
        elif vocabulary.DEBIT_STARTS.match(text) or vocabulary.CREDIT_STARTS.match(text):
            line.signed = -line.amount if vocabulary.DEBIT_STARTS.match(text) else line.amount
            line.note("DIRECTION_FROM_WORDS", text=text[:30])
        else:
            line.signed = line.amount
    if has_balances and not is_signed:
        _by_balances(lines, reading)


def _by_balances(lines: list[Line], reading: Reading) -> None:
    """Amounts without any sign beside balances: each goes the way its balance went, if that is proven."""
    ordered = in_order(lines)
    moved = 0
    for before, line in pairwise(ordered):
        if None in (before.balance, line.balance, line.amount):
            continue
        assert before.balance is not None and line.balance is not None and line.amount is not None
        if line.amount and before.balance - line.amount == line.balance:
            line.signed = -line.amount
            moved += 1
    if moved:
        reading.note("DIRECTION_FROM_BALANCE", sign="no sign")


def _fit(lines: list[Line], is_habit: bool) -> int:
    """How many balances follow from the one before, in the better of both directions of the sheet."""
    known = [(_signed(line, is_habit), line.balance) for line in lines]
    return max(_followed(known), _followed(known[::-1]))


def _followed(pairs: Sequence[tuple[Decimal | None, Decimal | None]]) -> int:
    follows = 0
    for (_amount, before), (amount, after) in pairwise(pairs):
        if before is not None and after is not None and amount is not None:
            follows += before + amount == after
    return follows


def in_order(lines: list[Line]) -> list[Line]:
    """Oldest first: as the balances follow, else as the days do, else as the sheet has them."""
    pairs = [(line.signed, line.balance) for line in lines]
    down, up = _followed(pairs), _followed(pairs[::-1])
    if down != up:
        return lines if down > up else lines[::-1]
    days = [line.booked_on for line in lines if line.booked_on]
    return lines[::-1] if days and days[0] > days[-1] else lines


def running(lines: list[Line], reading: Reading, around: Surroundings) -> None:
    """Opening and closing balance, stated or running, and every balance that does not follow."""
    ordered = [line for line in in_order(lines) if line.is_booked]
    with_balance = [line for line in ordered if line.balance is not None]
    if with_balance:
        first, last = ordered[0], ordered[-1]
        if first.balance is not None and first.signed is not None:
            reading.opening = first.balance - first.signed
        reading.closing = last.balance
    reading.opening = around.opening if around.opening is not None else reading.opening
    reading.closing = around.closing if around.closing is not None else reading.closing
    reached: Decimal | None = around.opening
    for line in ordered:
        if reached is not None and line.signed is not None:
            reached += line.signed
        if line.balance is not None:
            if reached is not None and reached != line.balance:
                reading.note("BALANCE_BREAKS", line.where, wanted=plain(reached), said=plain(line.balance))
            reached = line.balance
