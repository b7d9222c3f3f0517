"""What lies in a warehouse against what papers say lies there: over all owners, receipts never exceed what is counted.

In Qingdao (2014) receipts on 300,000 t were lent on where 100,000 t lay. Here the live receipts of all owners on one
kind of goods, or on one lot, are held against the keeper's latest count, and that against what the place can hold.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Fault(StrEnum):
    """Why goods of a stock cannot be locked for a lender."""

    NOT_COUNTED = "STOCK_NOT_COUNTED"
    UNITS_DIFFER = "STOCK_UNITS_DIFFER"
    OVER_RECEIPTED = "WAREHOUSE_OVER_RECEIPTED"


@dataclass(frozen=True, slots=True)
class Position:
    """One stock in its unit.

    receipted   what the live receipts of all owners state together
    counted     the keeper's latest count; None where nobody has counted
    capacity    what the warehouse can hold of it; None where nobody has said
    pledged     what stands behind loans, of all lenders
    unlike      receipts state it in a unit that does not convert: the sum is not known
    """

    receipted: Decimal
    counted: Decimal | None
    capacity: Decimal | None
    pledged: Decimal
    unlike: bool = False

    @property
    def there(self) -> Decimal | None:
        """As much as there can be: the count, cut at the capacity."""
        if self.counted is None or self.capacity is None:
            return self.counted
        return min(self.counted, self.capacity)

    @property
    def excess(self) -> Decimal:
        """How much more the receipts state than there is; zero where they do not, or nobody has counted."""
        return max(Decimal(0), self.receipted - self.there) if self.there is not None else Decimal(0)

    @property
    def fault(self) -> Fault | None:
        """What stands against lending on it; None where receipts <= count <= capacity."""
        if self.there is None:
            return Fault.NOT_COUNTED
        if self.unlike:
            return Fault.UNITS_DIFFER
        return Fault.OVER_RECEIPTED if self.excess or self.counted != self.there else None
