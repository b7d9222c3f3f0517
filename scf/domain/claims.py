"""What a buyer has paid of the claims that stand behind a loan, in quantities of goods.

A claim that is paid carries nothing any more, and its goods are never lent on again. Oldest claims are paid first, as
a debtor who names none pays them (Civil Code art. 560: those that are due, then those that were due first). Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from .money import Money
from .units import STEP

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Claim:
    """Goods that the buyer owes for: how much of them, and the price of one unit in major units."""

    quantity: Decimal
    unit_price: Decimal


def paid_for(claims: Sequence[Claim], paid: Money) -> list[Decimal]:
    """How much of each claim's goods `paid` has paid for, oldest claim first; between zero and its quantity.

    Rounded up to the smallest quantity that is counted: a sliver that is half paid is not lent on. Of goods whose price
    nobody states, nothing is said to be paid.
    """
    left = paid.amount
    found = []
    for claim in claims:
        if left <= 0 or claim.unit_price <= 0:
            found.append(ZERO)
            continue
        whole = claim.quantity * claim.unit_price
        if whole <= left:
            found.append(claim.quantity)
            left -= whole
        else:
            found.append(min(claim.quantity, (left / claim.unit_price).quantize(STEP, ROUND_UP)))
            left = ZERO
    return found
