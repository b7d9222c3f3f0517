"""Who is paid first: the order in which a payment settles what is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .money import Money, zero


class Due(StrEnum):
    """What a payment can settle, in the usual order of a Chinese loan contract."""

    COSTS = "COSTS"
    PENALTY = "PENALTY"
    COMPOUND = "COMPOUND"
    INTEREST = "INTEREST"
    PRINCIPAL = "PRINCIPAL"


RANKS: tuple[Due, ...] = tuple(Due)
DEFAULT_ORDER = RANKS
# Of what is not yet due: interest of the days gone by first, then principal; charges that fall due later come last.
ADVANCE_ORDER: tuple[Due, ...] = (Due.INTEREST, Due.PRINCIPAL, Due.PENALTY, Due.COSTS)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Where a payment went; `spent` and `surplus` together are the payment."""

    spent: Mapping[Due, Money]
    surplus: Money


def allocate(*, payment: Money, owed: Mapping[Due, Money], order: Sequence[Due] = DEFAULT_ORDER) -> Allocation:
    """Settle `owed` in `order`; nothing of a later rank before an earlier one is settled.

    payment  zero or more; owed amounts are zero or more, in the payment's currency
    order    part of the contract; ranks that it leaves out are not settled
    """
    left = payment
    spent: dict[Due, Money] = {}
    for due in order:
        spent[due] = min(left, owed.get(due, zero(payment.currency)))
        left = left - spent[due]
    return Allocation(spent, left)
