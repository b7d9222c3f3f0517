"""A lender's price list: by the borrower's grade and the tenor, points over a reference rate and a fee.

What a list says is what the lender's makers begin with; the offer is theirs. Its yearly burden, fee included, is what
a licence's cap on rates is compared with. A fee is never kept back from what is paid out (Civil Code, article 670): it
is due with the last instalment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from .conventions import round_ratio
from .errors import DomainError
from .money import Money
from .rates import BASIS_POINTS, Index

DAYS_OF_A_YEAR = 360
SPREAD_BP_MAX, FEE_BP_MAX, TENOR_DAYS_MAX, CELLS_MAX = 3600, 1000, 1080, 60


class Grade(StrEnum):
    """How good a borrower is, best first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


_RANK = {grade: at for at, grade in enumerate(Grade)}


class GridNotSound(DomainError):
    """A price list contradicts itself."""

    code = "GRID_NOT_SOUND"


def is_at_least(grade: Grade, wanted: Grade) -> bool:
    """True where `grade` is as good as `wanted`, or better."""
    return _RANK[grade] <= _RANK[wanted]


@dataclass(frozen=True, slots=True)
class Cell:
    """One price.

    grade        None: for every borrower that no other cell names
    tenor_days   the longest tenor at this price, included
    spread_bp    hundredths of a percent over the index
    fee_bp       once, of the amount, in hundredths of a percent
    """

    grade: Grade | None
    tenor_days: int
    index: Index
    spread_bp: int
    fee_bp: int = 0

    def as_json(self) -> dict[str, Any]:
        """As stored."""
        return {"grade": self.grade or "", "tenor_days": self.tenor_days, "index": str(self.index),
                "spread_bp": self.spread_bp, "fee_bp": self.fee_bp}  # fmt: skip

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Cell":
        """What `as_json` wrote."""
        grade = Grade(stored["grade"]) if stored["grade"] else None
        return cls(grade, int(stored["tenor_days"]), Index(stored["index"]), int(stored["spread_bp"]),
                   int(stored["fee_bp"]))  # fmt: skip

    def burden(self, index_value: Decimal, tenor_days: int) -> Decimal:
        """Rate and fee together as a simple yearly fraction, for a loan of `tenor_days`."""
        rate = index_value + Decimal(self.spread_bp) / BASIS_POINTS
        return burden(rate, fee_bp=self.fee_bp, tenor_days=tenor_days)


def burden(annual_rate: Decimal, *, fee_bp: int, tenor_days: int) -> Decimal:
    """A yearly rate and a one-off fee together as a simple yearly fraction, for a loan of `tenor_days`."""
    return annual_rate + Decimal(fee_bp) * DAYS_OF_A_YEAR / tenor_days / BASIS_POINTS


def fee_of(amount: Money, fee_bp: int, *, rounding: str) -> Money:
    """The one-off fee on an amount; `rounding` as the loan's own (conventions.MODES)."""
    return Money(round_ratio(Fraction(amount.minor * fee_bp, BASIS_POINTS), rounding), amount.currency)


def require_sound(cells: Sequence[Cell]) -> None:
    """Raise GridNotSound where a price is out of bounds or stands twice."""
    if len(cells) > CELLS_MAX:
        raise GridNotSound("too many prices", why="TOO_MANY", max=CELLS_MAX)
    seen = set()
    for cell in cells:
        is_within = (
            0 < cell.tenor_days <= TENOR_DAYS_MAX
            and abs(cell.spread_bp) <= SPREAD_BP_MAX
            and 0 <= cell.fee_bp <= FEE_BP_MAX
        )
        if not is_within:
            raise GridNotSound("a price is out of bounds", why="OUT_OF_BOUNDS")
        key = (cell.grade, cell.tenor_days)
        if key in seen:
            raise GridNotSound("a price stands twice", why="TWICE", tenor_days=cell.tenor_days)
        seen.add(key)


def price(cells: Iterable[Cell], *, grade: Grade | None, tenor_days: int) -> Cell | None:
    """The price for a borrower and a tenor: the narrowest band that holds it, the borrower's own grade before any."""
    fitting = [cell for cell in cells if tenor_days <= cell.tenor_days and cell.grade in (grade, None)]
    return min(fitting, key=lambda cell: (cell.grade is None, cell.tenor_days), default=None)
