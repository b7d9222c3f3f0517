"""What limits leave of a choice of goods: of supplier, buyer, warehouse, commodity and bank.

Lines are served in the order given, and each spends what it takes from every
limit that it falls under. So the same choice always gives the same figures, the
sum stays within every limit, and each line can name the limit that bound it.
A limit holds in its own currency: amounts of other currencies neither use nor meet it.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from .money import Money, zero
from .valuation import Step, Value


class Level(StrEnum):
    """Whose exposure is limited, in the order in which limits are applied and named."""

    SUPPLIER = "SUPPLIER"
    BUYER = "BUYER"
    WAREHOUSE = "WAREHOUSE"
    COMMODITY = "COMMODITY"
    BANK = "BANK"


ORDER = {level: place for place, level in enumerate(Level)}
Key = tuple[Level, Hashable]


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit on what is lent under one key, and what of it is in use already.

    key     whose limit it is, such as the id of the buyer
    source  which limit, where there are several of the same key (the platform's, a lender's)
    """

    level: Level
    key: Hashable
    limit: Money
    used: Money
    source: Hashable = None

    @property
    def room(self) -> Money:
        """What is left of it, never below zero: a limit may have been lowered under its use."""
        return max(zero(self.limit.currency), self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Capped:
    """What limits left of one line. `binding` is the limit that left the least; None where none cut anything."""

    value: Value
    binding: Cap | None


def apply(lines: Sequence[tuple[Value, Iterable[Key]]], caps: Iterable[Cap]) -> list[Capped]:
    """Serve the lines in turn; each answer carries the steps of its value and one for each limit that cut it."""
    ordered = sorted(caps, key=lambda cap: (ORDER[cap.level], cap.limit.minor, str(cap.key), str(cap.source)))
    left = {at: cap.room for at, cap in enumerate(ordered)}
    found = []
    for value, keys in lines:
        mine = set(keys)
        over = [
            at for at, cap in enumerate(ordered)
            if (cap.level, cap.key) in mine and cap.limit.currency == value.lendable.currency
        ]  # fmt: skip
        capped = _cut(value, [(ordered[at], left[at]) for at in over])
        for at in over:
            left[at] -= capped.value.lendable
        found.append(capped)
    return found


def _cut(value: Value, rooms: Sequence[tuple[Cap, Money]]) -> Capped:
    now, steps, binding = value.lendable, list(value.steps), None
    for cap, room in rooms:
        if room < now:
            now, binding = room, cap
            steps.append(Step(f"CAP_{cap.level}", Decimal(room.amount), now))
    return Capped(replace(value, steps=tuple(steps), lendable=now), binding)
