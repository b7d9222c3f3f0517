"""Walking through a loan's life day by day of something happening: the state that events are folded into.

`Walk` meters interest, lets instalments fall due and knows what is owed;
`settling` applies money to it; `loan` drives it and reads the result.
"""

# budget: the one place where instalments, meters, the plan and lateness meet

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice, pairwise

from . import lateness, replanning
from .conventions import Interest, Overdue, round_ratio
from .events import Refusal
from .instalments import Charge, Instalment
from .meter import Meter, Stretch, e8
from .money import Money
from .terms import Contract, TermsUnclear
from .waterfall import RANKS, Due


class Walk:
    """A loan on `cursor`, at the start of that day.

    on          the business date asked about: arrears are taken as cleared behind it when the plan is projected
    undue       principal that has not fallen due; overdue rows carry their own
    period      index of the row whose dates hold the cursor
    factors     what a minor unit bears in a period, by rate and dates: once computed for all plans made anew
    arrangement the charges that are the price of making the loan, settled ones, too
    meter, carried, flushed   interest of the running period: metered, brought over from an early closed row, and
                already rounded (where stretches are rounded one by one)
    """

    def __init__(self, contract: Contract, on: date) -> None:
        self.contract, self.conventions, self.on = contract, contract.conventions, on
        self.currency = contract.currency
        self.cursor = contract.drawdown_date
        self.agreed_rate = self.annual_rate = contract.annual_rate
        self.rate = e8(contract.annual_rate)
        self.rows = self._rows_of(contract.due_dates)
        self.period = 0
        self.undue = self.drawn = self.absorb = self.share = self.surplus = self.recovered = 0
        self.level = contract.plan.level
        self.factors: dict[tuple[int | Fraction, date, date], Fraction] = {}
        self.overdue: list[Instalment] = []
        self.charges: list[Charge] = []
        self.arrangement: list[Charge] = []
        self.draws: list[tuple[date, int]] = []
        self.paid, self.waived, self.written_off = (dict.fromkeys(RANKS, 0) for _ in range(3))
        self.spent_by_event: list[dict[Due, int]] = []
        self.refused: list[Refusal] = []
        self.stretches: list[Stretch] = []
        self.is_projecting = self.is_written_off = self.is_misused = False
        self.meter = self._meter()
        self.carried: int | Fraction = 0
        self.flushed = self.last_base = self.rest_base = 0
        self.broken_interest = 0

    # -- time ---------------------------------------------------------------

    def advance(self, day: date) -> None:
        """Let time pass to the start of `day`: instalments due up to it fall due."""
        while self.period < len(self.rows) and self.rows[self.period].due_date <= day:
            self._accrue(self.rows[self.period].due_date)
            self._end_period()
        self._accrue(day)

    def _accrue(self, day: date) -> None:
        if day <= self.cursor:
            return
        base = self._base() if self.period < len(self.rows) else 0
        if base:
            if base != self.last_base and self.conventions.rounds_stretches:
                self._flush()
            self.last_base = base
            amount = self.meter.add(base, self.rate, self.cursor, day)
            self.log(Due.INTEREST, self._collecting_row(), self.cursor, day, base, self.annual_rate, amount, self.meter)
        for row in self.overdue:
            lateness.accrue(self, row, day)
        self.cursor = day

    def _base(self) -> int:
        return self.rest_base if self.conventions.rests_on_due_dates else self.undue + self._overdue_base()

    def _overdue_base(self) -> int:
        """What overdue rows add to the balance that bears the contract rate."""
        conventions = self.conventions
        if not self.overdue or conventions.overdue != Overdue.CONTRACT:
            return 0
        if self.is_projecting or self.period >= len(self.rows):
            return 0
        row = self.rows[self.period]
        if conventions.overdue_current_only and not row.start <= self.on < row.due_date:
            return 0
        ranks = (Due.PRINCIPAL, Due.INTEREST) if conventions.overdue_compounds else (Due.PRINCIPAL,)
        return sum(self.open(late, rank) for late in self.overdue for rank in ranks)

    def _end_period(self) -> None:
        row = self.rows[self.period]
        if row.is_running:
            self._fall_due(row)
        else:
            self.carried += self.meter.value
        self.period += 1
        self.meter = self._meter()
        self.rest_base = self.undue + self._overdue_base()

    def _fall_due(self, row: Instalment) -> None:
        row.interest = self.interest_so_far(row)
        row.exact = self.flushed + self.carried + self.meter.value
        if row.number <= self.contract.plan.interest_grace:
            row.interest = 0
            self.carried += self.meter.value
            self._hand_on(row)
        else:
            self.carried, self.flushed, self.last_base = 0, 0, 0
        now_due = replanning.principal_due(self, row, row.interest)
        row.interest += row.spread
        row.principal = row.advance + now_due + row.extra
        self.undue -= now_due
        row.is_due = True
        if not self.is_projecting and any(self.open(row, rank) for rank in (Due.INTEREST, Due.PRINCIPAL)):
            row.late = lateness.start(self, row)
            self.overdue.append(row)

    def _hand_on(self, row: Instalment) -> None:
        """Interest that waits for the next instalment takes along what was paid of it already."""
        after = self.rows[row.number]
        paid = row.settled[Due.INTEREST]
        for each, sign in ((row, -1), (after, 1)):
            each.settled[Due.INTEREST] += sign * paid
            each.paid += sign * paid
            each.early += sign * paid

    def close_early(self, row: Instalment) -> None:
        """The row is paid before its due date, with interest to today; what runs on goes to the next row."""
        row.interest = self.interest_so_far(row) + row.spread
        row.principal = row.advance + row.extra
        row.is_closed_early = True
        self.carried, self.flushed, self.last_base = 0, 0, 0
        if self.conventions.interest == Interest.ACTUAL:
            self.meter = self._meter()

    def running(self) -> Instalment | None:
        """The row that collects interest now; None behind the last."""
        for row in islice(self.rows, self.period, None):
            if not (row.is_due or row.is_closed_early):
                return row
        return None

    def draw(self, day: date, amount: int) -> None:
        """Money goes out: the plan is made, or made anew for what remains of it."""
        if self.running() is None:
            raise TermsUnclear("a drawdown behind the last due date", day=str(day))
        is_first = not self.draws
        self.draws.append((day, amount))
        self.drawn += amount
        self.undue += amount
        self.rest_base += amount
        if is_first and self.contract.plan.first_start:
            replanning.take_broken_period(self, self.contract.plan.first_start)
        if is_first or not self.conventions.level_on_agreed:
            replanning.replan(self, is_whole_period=True, is_first=is_first)

    # -- what is owed ---------------------------------------------------------

    def interest_so_far(self, row: Instalment) -> int:
        """Interest of the running period up to the cursor, rounded; the planned one where interest is fixed."""
        if self.conventions.interest != Interest.ACTUAL and row.planned_interest is not None:
            return row.planned_interest
        return self.metered()

    def metered(self) -> int:
        """Interest of the running period to the cursor, rounded."""
        return self.flushed + self.meter.rounded(self.conventions.rounding, self.carried)

    def accrued(self) -> int:
        """Interest earned in the running period up to the cursor; more where more was paid in advance."""
        row = self.running()
        if row is None:
            return 0
        return max(row.settled[Due.INTEREST], self.metered())

    def open(self, row: Instalment, rank: Due) -> int:
        """What of a rank is unpaid on a row that has fallen due. Charges are not among it."""
        return max(0, self.earned_on(row, rank) - row.settled[rank])

    def earned_on(self, row: Instalment, rank: Due) -> int:
        """What a row that has fallen due owes of a rank, paid or not."""
        mode = self.conventions.rounding
        if rank == Due.PRINCIPAL:
            return row.principal
        if rank == Due.INTEREST:
            return self._with_grace(row)
        if row.late is None or rank == Due.COSTS:
            return 0
        if rank == Due.COMPOUND:
            return row.late.compound.rounded(mode)
        return row.late.penalty.rounded(mode, row.late.fee) + (row.late.once or 0)

    def running_base(self) -> int:
        """The balance that bears interest in the running period."""
        return self._base()

    def forget_interest(self) -> int:
        """Cooling-off: no interest was ever earned. Returns what had been paid of it."""
        self.carried, self.flushed, self.last_base = 0, 0, 0
        self.meter, self.stretches = self._meter(), []
        refunded, self.paid[Due.INTEREST] = self.paid[Due.INTEREST], 0
        for row in self.rows:
            row.paid -= row.settled[Due.INTEREST]
            row.settled[Due.INTEREST] = row.interest = 0
        return refunded

    def forget_arrangement(self) -> int:
        """The loan was as good as never made: its arrangement fee is not owed. Returns what had been paid of it."""
        refunded = 0
        for charge in self.arrangement:
            paid, row = charge.settled - charge.waived, self.rows[charge.row - 1]
            row.paid -= paid
            row.charged[charge.rank] -= charge.amount - charge.waived
            self.paid[charge.rank] -= paid
            charge.amount = charge.settled = charge.waived
            refunded += paid
        self.charges = [charge for charge in self.charges if charge.open]
        return refunded

    def reschedule(self, days: list[date]) -> bool:
        """Move the due dates of rows that have not fallen due; the instalments stay as they are.

        False, and nothing is moved, where the days do not rise from today on.
        """
        running = self.running()
        assert running is not None, "there is a row to move"
        if len(days) != len(self.rows):
            raise TermsUnclear("one due date for each instalment", given=len(days), instalments=len(self.rows))
        moved = [(row, day) for row, day in zip(self.rows, days, strict=True) if row.is_running]
        begins = max(self.cursor, running.start)
        if any(day <= before for before, day in pairwise([begins, *(day for _, day in moved)])):
            return False
        for row, day in moved:
            row.due_date = day
        for before, row in zip(self.rows, self.rows[1:], strict=False):
            if row.is_running:
                row.start = before.due_date
        kept, self.meter = self.meter, Meter(self.contract.clock(running.start, running.due_date))
        self.meter.products, self.meter.exact = kept.products, kept.exact
        return True

    def _with_grace(self, row: Instalment) -> int:
        """Interest of a row with what the days of grace add, rounded together: a posting is round(all) - posted."""
        mode = self.conventions.rounding
        if row.late is None or not (row.late.grace.products or row.late.grace.exact):
            return row.interest
        if self.conventions.interest != Interest.ACTUAL:
            return row.interest + row.late.grace.rounded(mode)
        return row.interest + row.late.grace.rounded(mode, row.exact) - round_ratio(row.exact, mode)

    # -- small things -----------------------------------------------------------

    @property
    def overdue_rate(self) -> Decimal:
        """What overdue principal bears: the penalty rate or the misuse rate, the heavier; never both."""
        penalty = self.contract.overdue_rate(self.agreed_rate)
        return max(penalty, self.annual_rate) if self.is_misused else penalty

    def set_rate(self, agreed_rate: Decimal, *, is_misused: bool) -> None:
        """From the cursor on another rate; a level instalment follows it. The same rate changes nothing."""
        if (agreed_rate, is_misused) == (self.agreed_rate, self.is_misused):
            return
        self.agreed_rate, self.is_misused = agreed_rate, is_misused
        self.annual_rate = self.contract.rate_of_misuse(agreed_rate) if is_misused else agreed_rate
        self.rate = e8(self.annual_rate)
        if self.draws:
            replanning.replan(self, is_whole_period=self.cursor == self.meter.clock.start)

    def log(
        self,
        rank: Due,
        row: int,
        start: date,
        end: date,
        base: int,
        rate: Decimal,
        product: int | Fraction,
        meter: Meter,
    ) -> None:
        """Note what bore interest, to explain figures by."""
        balance = Money(base, self.currency)
        self.stretches.append(Stretch(rank, row, start, end, balance, rate, meter.clock.basis, meter.year, product))

    def row_of(self, day: date) -> int:
        """Number of the instalment whose period holds a charge due on `day`."""
        return next((row.number for row in self.rows if day <= row.due_date), self.rows[-1].number)

    def _collecting_row(self) -> int:
        row = self.running()
        return row.number if row else len(self.rows)

    def _flush(self) -> None:
        self.flushed += self.meter.rounded(self.conventions.rounding, self.carried)
        self.carried = 0
        self.meter = Meter(self.meter.clock)

    def _meter(self) -> Meter:
        if self.period >= len(self.rows):
            return Meter(self.contract.clock(self.rows[-1].due_date, None))
        row = self.rows[self.period]
        return Meter(self.contract.clock(row.start, row.due_date))

    def _rows_of(self, due_dates: tuple[date, ...]) -> list[Instalment]:
        starts = (self.contract.plan.first_start or self.contract.drawdown_date, *due_dates[:-1])
        pairs = zip(starts, due_dates, strict=True)
        return [Instalment(number, start, due) for number, (start, due) in enumerate(pairs, start=1)]
