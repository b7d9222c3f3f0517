"""Explain this figure: interest, penalty and compound interest down to days x balance x rate, and what closes a loan.

A sum that runs (a rank, of an instalment) is added up exactly and rounded once, half-up, to the minor unit. So the
tables here add up to the figure on the page to the minor unit; what events charged besides is named for itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from scf.domain.interest import rounded
from scf.domain.loan import Position, Stretch, closing_on
from scf.domain.money import Money, exponent, total
from scf.domain.waterfall import Due

from ..models import Loan
from .loans import facts_of

EXPLAINED = (Due.INTEREST, Due.PENALTY, Due.COMPOUND)
DIGITS = 6  # of the exact amount behind the minor unit


@dataclass(frozen=True, slots=True)
class Part:
    """Days on which one balance bore one rate. end  excluded; exact  the unrounded amount, cut for people"""

    start: date
    end: date
    days: int
    balance: Money
    annual_rate: Decimal
    basis: str
    year: int
    amount: Fraction

    @property
    def product(self) -> Money:
        """积数: the balance times the days."""
        return Money(self.balance.minor * self.days, self.balance.currency)

    @property
    def exact(self) -> str:
        """The unrounded amount for people."""
        return shown(self.amount, self.balance.currency)


@dataclass(frozen=True, slots=True)
class Sum:
    """What one instalment bore: its parts, their exact sum, and the sum rounded."""

    row: int
    parts: tuple[Part, ...]
    amount: Fraction
    result: Money

    @property
    def exact(self) -> str:
        """The unrounded sum for people."""
        return shown(self.amount, self.result.currency)

    @property
    def rounding(self) -> str:
        """What rounding added or took."""
        return shown(self.result.minor - self.amount, self.result.currency)


@dataclass(frozen=True, slots=True)
class Explained:
    """A figure of the loan's page. earned = sums + charged = paid + waived + written_off + unpaid."""

    due: Due
    sums: tuple[Sum, ...]
    charged: Money
    earned: Money
    paid: Money
    waived: Money
    written_off: Money
    unpaid: Money


def explained(now: Position) -> list[Explained]:
    """Every kind of interest that the loan has borne so far; interest always, the others where there is any."""
    unpaid = {Due.INTEREST: now.interest, Due.PENALTY: now.penalty, Due.COMPOUND: now.compound}
    found = []
    for due in EXPLAINED:
        sums = tuple(_sums([stretch for stretch in now.stretches if stretch.due == due], now.drawn.currency))
        charged = now.earned[due] - total([each.result for each in sums], now.drawn.currency)
        if due == Due.INTEREST or sums or now.earned[due]:
            found.append(
                Explained(due, sums, charged, now.earned[due], now.paid[due], now.waived[due], now.written_off[due],
                          unpaid[due])
            )  # fmt: skip
    return found


def _sums(stretches: Sequence[Stretch], currency: str) -> Iterable[Sum]:
    for row, group in groupby(sorted(stretches, key=lambda s: (s.row, s.start)), key=lambda s: s.row):
        parts = tuple(_joined(list(group)))
        amount = sum((part.amount for part in parts), Fraction(0))
        yield Sum(row, parts, amount, rounded(amount, currency))


def _joined(stretches: Sequence[Stretch]) -> Iterable[Part]:
    """Neighbouring days with the same balance and rate as one part."""
    open_part: Part | None = None
    for s in stretches:
        goes_on = open_part is not None and open_part.end == s.start
        if open_part and goes_on and (open_part.balance, open_part.annual_rate) == (s.balance, s.annual_rate):
            days, amount = open_part.days + s.days, open_part.amount + s.amount
            open_part = Part(open_part.start, s.end, days, s.balance, s.annual_rate, s.basis, s.year, amount)
            continue
        if open_part:
            yield open_part
        open_part = Part(s.start, s.end, s.days, s.balance, s.annual_rate, s.basis, s.year, s.amount)
    if open_part:
        yield open_part


def shown(minor: Fraction, currency: str) -> str:
    """An exact amount for people: two decimals and those behind them; dots where it goes on for ever."""
    places = exponent(currency) + DIGITS
    scaled = minor * 10**DIGITS
    cut = int(scaled)
    text = f"{Decimal(cut).scaleb(-places):,f}".replace("-", "\u2212")
    if scaled == cut:
        whole, _dot, digits = text.partition(".")
        digits = digits.rstrip("0").ljust(exponent(currency), "0")
        return f"{whole}.{digits}" if digits else whole
    return f"{text}…"


@dataclass(frozen=True, slots=True)
class Quote:
    """What closes the loan if it is paid with value date `on`, part by part; each further day adds `per_day`."""

    on: date
    parts: tuple[tuple[Due, Money], ...]
    sum: Money
    per_day: Money


def quote(loan: Loan, on: date) -> Quote:
    """The payoff of a loan on a day; any fee for paying early is within the costs."""
    facts, currency = facts_of(loan), loan.currency
    closing = closing_on(loan.contract, facts, on)
    later = sum(closing_on(loan.contract, facts, on + timedelta(days=1)).values())
    whole = sum(closing.values())
    parts = [(due, Money(closing.get(due, 0), currency)) for due in reversed(Due)]
    shown_parts = tuple((due, money) for due, money in parts if money or due in (Due.PRINCIPAL, Due.INTEREST))
    return Quote(on, shown_parts, Money(whole, currency), Money(later - whole, currency))
