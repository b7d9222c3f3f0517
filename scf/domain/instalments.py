"""The moving parts of a loan while its events are folded: instalments, what is late about them, charges."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .meter import Meter
from .waterfall import RANKS, Due


@dataclass(slots=True)
class Charge:
    """A fee or a penalty charged by itself; `row` is the number of the instalment that shows it.

    settled, waived  what of it is settled, and the part of that which was given up
    """

    rank: Due
    amount: int
    due_date: date
    row: int
    settled: int = 0
    waived: int = 0

    @property
    def open(self) -> int:
        """What of it is unpaid."""
        return self.amount - self.settled


@dataclass(slots=True)
class Late:
    """What runs on an instalment behind its due date.

    grace              contract interest on the open principal within the days of grace
    penalty, compound  on the open principal and on the open interest
    fee                exact minor units of late fees by day; once: fee charged on becoming late
    since              day up to which all of it is metered
    is_past_grace      True once what was open at the end of grace bears the penalty from the due date
    """

    grace: Meter
    penalty: Meter
    compound: Meter
    since: date
    is_past_grace: bool = False
    fee: int | Fraction = 0
    once: int | None = None


@dataclass(slots=True)
class Instalment:
    """A row of the plan as it comes to be.

    planned_interest  fixed beforehand where interest is not on the actual balance
    exact             the interest before it was rounded: what grace adds is rounded together with it
    spread            its share of a broken period's interest
    advance           principal paid before the due date towards this instalment
    extra             principal paid beyond the plan, shown with this instalment
    settled           by rank, whatever settled it; charged: fees and penalties shown with it, by rank
    paid              of it all, with its charges; early and after: the parts paid before and after the due date
    """

    number: int
    start: date
    due_date: date
    planned_interest: int | None = None
    spread: int = 0
    principal: int = 0
    interest: int = 0
    exact: int | Fraction = 0
    advance: int = 0
    extra: int = 0
    is_due: bool = False
    is_closed_early: bool = False
    late: Late | None = None
    settled: dict[Due, int] = field(default_factory=lambda: dict.fromkeys(RANKS, 0))
    waived_interest: int = 0
    charged: dict[Due, int] = field(default_factory=dict)
    paid: int = 0
    early: int = 0
    after: int = 0
    last_paid: date | None = None

    @property
    def is_running(self) -> bool:
        """True while it still collects interest of its own."""
        return not self.is_due and not self.is_closed_early
