"""The conventions of a loan: every choice that moves a cent, as an option with a name.

The defaults are what Chinese banks do. A set is stored with each loan under
its version, so that no later change of a default moves an old loan's figures.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from .errors import DomainError
from .waterfall import ADVANCE_ORDER, DEFAULT_ORDER, Due

MODES = {
    "HALF_UP": ROUND_HALF_UP, "HALF_EVEN": ROUND_HALF_EVEN, "UP": ROUND_UP, "DOWN": ROUND_DOWN,
    "CEILING": ROUND_CEILING,
}  # fmt: skip


class UnknownConvention(DomainError):
    """An option of the conventions, or its value, is not known."""

    code = "UNKNOWN_CONVENTION"


class Interest(StrEnum):
    """On what interest runs."""

    ACTUAL = "ACTUAL"  # on the actual balance by day
    SCHEDULED = "SCHEDULED"  # each instalment owes the interest of the plan, whenever it is paid
    FLAT = "FLAT"  # as SCHEDULED, on the principal first lent


class Overdue(StrEnum):
    """What overdue principal bears."""

    PENALTY = "PENALTY"  # the penalty rate instead of the contract rate, from the due date (银发〔2003〕251号)
    CONTRACT = "CONTRACT"  # goes on at the contract rate
    NOTHING = "NOTHING"


class Prepayment(StrEnum):
    """What money beyond what is due does to the plan."""

    LOWER = "LOWER"  # principal at once; the instalments that remain are levelled again
    SHORTEN = "SHORTEN"  # principal at once; the instalment stays, the term shortens
    NEXT = "NEXT"  # principal at once; the next scheduled principals are less
    ADVANCE = "ADVANCE"  # pays the next instalments in their order
    HOLD = "HOLD"  # is kept as surplus


class Overpayment(StrEnum):
    """What becomes of money that a loan does not need."""

    KEEP = "KEEP"  # it waits on the loan until a person returns it
    REFUND = "REFUND"  # the lender is asked at once to return it to the supplier's verified account
    PASS_ON = "PASS_ON"  # to the next loan on the same collateral; where there is none, it is kept


class Level(StrEnum):
    """From which factors the level instalment is computed."""

    ACTUAL = "ACTUAL"  # the year fractions of the periods as they are
    NOMINAL = "NOMINAL"  # rate x months / 12, or rate x days / year
    THIRTY = "THIRTY"  # rate x 30 days a month / year of the day count


class Smoothing(StrEnum):
    """What is done about the odd last instalment."""

    NONE = "NONE"
    SPREAD = "SPREAD"  # one pass: the last one's difference is spread over all
    EACH_ROW = "EACH_ROW"  # the level is computed anew for every instalment


class BrokenPeriod(StrEnum):
    """What becomes of the days before the first full period."""

    ACCRUE = "ACCRUE"  # they lengthen the first period
    SPREAD = "SPREAD"  # their interest is spread evenly over the instalments
    UPFRONT = "UPFRONT"  # their interest is taken at drawdown


@dataclass(frozen=True, slots=True)
class LateFee:
    """A fee for each day that an instalment is late: a rate a day on each base.

    initial, balance    charged on the oldest late instalment only
    principal, interest on each late instalment's own unpaid amounts
    once                a fraction of the late instalment, charged once when it becomes late
    """

    initial: Fraction = Fraction(0)
    balance: Fraction = Fraction(0)
    principal: Fraction = Fraction(0)
    interest: Fraction = Fraction(0)
    once: Fraction = Fraction(0)

    def __bool__(self) -> bool:
        return any((self.initial, self.balance, self.principal, self.interest, self.once))


@dataclass(frozen=True, slots=True)
class Conventions:
    """A set of options.

    rounding            mode to the minor unit, the one of every figure of interest
    instalment_unit     minor units that a level instalment is a multiple of
    instalment_rounding mode for it
    rounds_stretches    each stretch of one balance is rounded and then added; else a period is rounded once
    counts_both_days    a figure "to date" counts that date too (interest, penalty, days past due)
    overdue_current_only  overdue principal adds to the running period only; earlier periods stay as planned
    overdue_compounds   overdue interest bears interest with the overdue principal (where overdue is CONTRACT)
    rests_on_due_dates  a payment changes the interest base only from the next due date
    fills_next_first    money before a due date fills the next instalment before it is a prepayment
    same_day_as_recorded  events of one day count in their recording order; else charges before payments
    settles_overdue_only  what falls due on a day is not paid as due on it, only behind it
    level_on_agreed     the level is computed on the agreed principal, not on what is drawn
    due_order           ranks of what is due; advance_order of what is not yet due
    oldest_first        each instalment is settled before the next one; else rank by rank over all
    payoff_to_due_date  who pays off owes the interest of the running period to its due date
    payoff_whole_plan   who pays off owes the interest of the whole plan
    prepayment_fee      fraction of what is prepaid, of the base below
    prepayment_fee_on   "principal" not yet due, or "interest" of the plan that remains
    overpayment         what becomes of money that the loan does not need
    close_tolerance     minor units that may be over- or underpaid on closing
    """

    version: str = "CN-1"
    rounding: str = "HALF_UP"
    instalment_unit: int = 1
    instalment_rounding: str = "HALF_UP"
    rounds_stretches: bool = False
    counts_both_days: bool = False
    interest: Interest = Interest.ACTUAL
    overdue: Overdue = Overdue.PENALTY
    overdue_current_only: bool = False
    overdue_compounds: bool = False
    rests_on_due_dates: bool = False
    prepayment: Prepayment = Prepayment.LOWER
    fills_next_first: bool = False
    level: Level = Level.ACTUAL
    same_day_as_recorded: bool = False
    settles_overdue_only: bool = False
    level_on_agreed: bool = False
    smoothing: Smoothing = Smoothing.NONE
    broken_period: BrokenPeriod = BrokenPeriod.ACCRUE
    due_order: tuple[Due, ...] = DEFAULT_ORDER
    advance_order: tuple[Due, ...] = ADVANCE_ORDER
    oldest_first: bool = False
    payoff_to_due_date: bool = False
    payoff_whole_plan: bool = False
    prepayment_fee: Fraction = Fraction(0)
    prepayment_fee_on: str = "principal"
    overpayment: Overpayment = Overpayment.KEEP
    close_tolerance: int = 0
    late_fee: LateFee = field(default_factory=LateFee)

    def __post_init__(self) -> None:
        for name in ("rounding", "instalment_rounding"):
            if getattr(self, name) not in MODES:
                raise UnknownConvention("no such rounding", option=name, value=getattr(self, name), known=list(MODES))

    def as_json(self) -> dict[str, Any]:
        """The set as stored with a loan: names and texts, the same for the same set."""
        return {name: _plain(value) for name, value in asdict(self).items()}


CHINA = Conventions()


def standard() -> dict[str, Any]:
    """The default set, as stored with a loan that was made without another one."""
    return CHINA.as_json()


_ENUMS = {
    "interest": Interest, "overdue": Overdue, "prepayment": Prepayment, "level": Level, "smoothing": Smoothing,
    "broken_period": BrokenPeriod, "overpayment": Overpayment,
}  # fmt: skip


def from_json(stored: Mapping[str, Any]) -> Conventions:
    """The set that `as_json` wrote; options that are left out have the default. Raises UnknownConvention."""
    if stored == _STANDARD:  # nearly every loan's
        return CHINA
    known = {f.name for f in fields(Conventions)}
    values: dict[str, Any] = {}
    for name, value in stored.items():
        if name not in known:
            raise UnknownConvention("no such option", option=name, known=sorted(known))
        try:
            values[name] = _read(name, value)
        except (ValueError, TypeError) as error:
            raise UnknownConvention("no such value", option=name, value=str(value)) from error
    return Conventions(**values)


def _read(name: str, value: Any) -> Any:
    if name in _ENUMS:
        return _ENUMS[name](value)
    if name in ("due_order", "advance_order"):
        return tuple(Due(rank) for rank in value)
    if name == "prepayment_fee":
        return _fraction(value)
    if name == "late_fee":
        return LateFee(**{base: _fraction(rate) for base, rate in value.items()})
    return value


def _fraction(value: Any) -> Fraction:
    """A share as text: "0.015", "3/200" or "1.5%"."""
    text = str(value)
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction | Decimal):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, StrEnum) else value


def round_ratio(value: int | Fraction, mode: str) -> int:
    """The one rounding: an exact number of minor units to a whole one, by `mode` (a key of MODES)."""
    if isinstance(value, int):
        return value
    numerator, denominator = value.numerator, value.denominator
    if mode == "HALF_UP":  # away from zero at the half, the usual one, in whole numbers
        return sign_times((2 * abs(numerator) + denominator) // (2 * denominator), numerator)
    whole, rest = divmod(abs(numerator), denominator)
    if not rest:
        return sign_times(whole, numerator)
    if mode == "HALF_EVEN":
        up = 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1)
    else:
        up = mode == "UP" or (mode == "CEILING" and numerator > 0)
    return sign_times(whole + up, numerator)


def round_products(products: int, denominator: int) -> int:
    """`products / denominator` half-up, for whole numbers from nothing upwards: the usual case, without a fraction."""
    return (2 * products + denominator) // (2 * denominator)


def sign_times(size: int, like: int) -> int:
    """`size` with the sign of `like`."""
    return -size if like < 0 else size


_STANDARD = CHINA.as_json()
