"""One request parted among lenders: goods in proportion, nothing counted twice and nothing lost.

Goods that are counted in whole units stay whole: an odd unit goes to one lender, and what a part lends is cut down to
what its own goods carry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from .money import Money, total

FINEST = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Carrying:
    """A quantity of goods and what it carries. key: which goods."""

    key: int
    quantity: Decimal
    lendable: Money


@dataclass(frozen=True, slots=True)
class Part:
    """What one lender lends, and the goods behind it."""

    amount: Money
    goods: tuple[Carrying, ...]


def allot(quantity: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """Divide a quantity by whole weights, in whole units where it is whole; the parts sum to it exactly."""
    step = Decimal(1) if quantity == quantity.to_integral_value() else FINEST
    units = Money(int((quantity / step).to_integral_value(ROUND_DOWN)), "XXX")
    return [part.minor * step for part in units.split(list(weights))]


def parts(amounts: Sequence[Money], goods: Sequence[Carrying]) -> list[Part]:
    """One part for each of these amounts: its share of every line, and of the amount what these goods carry."""
    weights, currency = [amount.minor for amount in amounts], amounts[0].currency
    shares = [allot(line.quantity, weights) for line in goods]
    found = []
    for at, amount in enumerate(amounts):
        own = tuple(
            Carrying(line.key, share[at], line.lendable.floor_times(share[at] / line.quantity))
            for line, share in zip(goods, shares, strict=True)
            if share[at] > 0
        )
        found.append(Part(min(amount, total([line.lendable for line in own], currency)), own))
    return found
