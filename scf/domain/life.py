"""The life of one thing bought: what was ordered, came, was rejected, and what of it can stand for loans. Pure.

Two laws hold of every life, in the units of the order line:

    ordered + over = received + cancelled + open
    pledged + paid + free = support + uncovered

so that a quantity is never lost along the line, nor counted twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the goods: how much of them it supports, and how much of that is taken by loans."""

    supports: Decimal
    taken: Decimal


@dataclass(frozen=True, slots=True)
class Arrival:
    """How an order stands: still to come, and what came beyond it."""

    open: Decimal
    over: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """What can stand for loans, and what does.

    support    what papers support, the same goods counted once
    free       what can be pledged now
    uncovered  taken, but not supported any more: rejected, returned or credited after it was pledged
    """

    support: Decimal
    free: Decimal
    uncovered: Decimal


def arrival(ordered: Decimal, received: Decimal, cancelled: Decimal) -> Arrival:
    """What of an order is still to come."""
    left = ordered - received - cancelled
    return Arrival(max(ZERO, left), max(ZERO, -left))


def standing(papers: Sequence[Paper], capacity: Decimal) -> Standing:
    """What of the goods on these papers is free.

    capacity  how many units there are at all, however many papers tell of them
    """
    taken = sum((paper.taken for paper in papers), ZERO)
    support = min(sum((paper.supports for paper in papers), ZERO), capacity)
    free_on_papers = sum((max(ZERO, paper.supports - paper.taken) for paper in papers), ZERO)
    free = min(free_on_papers, max(ZERO, capacity - taken))
    return Standing(support, free, taken + free - support)
