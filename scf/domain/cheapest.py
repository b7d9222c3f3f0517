"""Cheapest cash: of the goods that a supplier has, the set and the product that bring an amount at the least cost.

What a loan costs depends on the amount, the product and the tenor, and the tenor on when its goods are paid for; a
product's fixed fee falls once. Goods behind one case are of one product, one currency and one buyer ("pool"), and the
loan runs until the last of them is paid for, since one loan has one due date. Within a pool the cost thus grows with
the due date alone: the answer is the first date by which some set of the lines due carries the amount.

Where no two limits cross (each pair of them holds apart or one within the other) serving lines in turn spends limits
as well as can be, and all lines due carry at least what any set of them does: asking once for each date is exact.
Limits that cross, such as of a warehouse and of a commodity stored in several, may let one line crowd out two others.
Then up to `EXACT_MAX` lines every set is tried, which is exact too; above that, lines are left out one by one as long
as that helps, and `Proposal.least` says what any way costs at least. Proof of it: whatever set is chosen, under each
level of limits it carries no more than the sum, over that level's groups, of the smaller of the group's room and its
lines' values (`most`); before the first date at which that reaches the amount on every level, no set can carry it.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_UP, Decimal
from itertools import combinations

from .caps import Cap, Key, apply
from .money import Money, total
from .valuation import Value

EXACT_MAX = 12
YEAR_DAYS = Decimal(360)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a product costs: a yearly rate and fees, and what it lends at all.

    fee_rate, fee_fixed  a fraction of the amount, and an amount, once a loan
    """

    product: str
    annual_rate: Decimal
    tenor_days_max: int
    amount_min: Money
    fee_rate: Decimal = Decimal(0)
    fee_fixed_minor: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line of goods that could stand behind it.

    value  what it carries before limits; keys the limits that it falls under
    due    when its goods are paid for; None where no paper tells: the loan then runs as long as the product allows
    """

    key: int
    product: str
    buyer: int | None
    value: Value
    keys: tuple[Key, ...]
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The cheapest way found: what it costs in all, on which lines, for how long. No way costs less than `least`."""

    product: str
    amount: Money
    cost: Money
    tenor_days: int
    keys: tuple[int, ...]
    least: Money


def propose(
    *, amount: Money, on: date, candidates: Iterable[Candidate], offers: Iterable[Offer], caps: Sequence[Cap] = ()
) -> Proposal | None:
    """The cheapest way to `amount` from `on`; None where no case of one product and buyer carries it.

    Of equal costs: the shorter tenor, the fewer lines, then the product and the keys in their order.
    """
    terms = {offer.product: offer for offer in offers}
    pools: dict[tuple[str, int | None], list[Candidate]] = {}
    for candidate in candidates:
        if candidate.product in terms and candidate.value.lendable.currency == amount.currency:
            pools.setdefault((candidate.product, candidate.buyer), []).append(candidate)
    found, bounds = [], []
    for (product, _buyer), lines in pools.items():
        best, least = _best_of(amount, on, sorted(lines, key=_by_size), terms[product], caps)
        found += [best] if best else []
        bounds += [least] if least else []
    cheapest = min(found, key=_order, default=None)
    return cheapest and replace(cheapest, least=min(bounds))


def cost(amount: Money, offer: Offer, days: int) -> Money:
    """Interest for `days` on ACT/360 and the fees, rounded up: a proposal never says less than it will be."""
    rate = offer.annual_rate * days / YEAR_DAYS + offer.fee_rate
    return amount.times(rate, ROUND_UP) + Money(offer.fee_fixed_minor, amount.currency)


def _best_of(
    amount: Money, on: date, lines: list[Candidate], offer: Offer, caps: Sequence[Cap]
) -> tuple[Proposal | None, Money | None]:
    """The shortest tenor found at which this pool carries the amount, and the least that it can cost at all."""
    if amount < offer.amount_min or amount.minor <= 0:
        return None, None
    least: Money | None = None
    for days in sorted({tenor_of(line, on, offer) for line in lines}):
        due = [line for line in lines if 0 < tenor_of(line, on, offer) <= days]
        if days > offer.tenor_days_max or most(due, caps, amount.currency) < amount:
            continue
        some = _carrying(amount, due, caps)
        price = cost(amount, offer, days)
        if least is None and (some or len(due) > EXACT_MAX):
            least = price
        if some:
            keys = tuple(sorted(line.key for line in _fewest(amount, some, caps)))
            return Proposal(offer.product, amount, price, days, keys, price), least
    return None, least


def _carrying(amount: Money, lines: list[Candidate], caps: Sequence[Cap]) -> list[Candidate]:
    """Some of these lines that carry the amount; none where none was found."""
    if carried(lines, caps, amount.currency) >= amount:
        return lines
    if len(lines) <= EXACT_MAX:
        sets = (list(some) for count in range(1, len(lines)) for some in combinations(lines, count))
        return next((some for some in sets if carried(some, caps, amount.currency) >= amount), [])
    kept, now = lines, carried(lines, caps, amount.currency)
    for line in lines:  # one pass: work grows with the square of the lines, not faster
        fewer = [other for other in kept if other is not line]
        then = carried(fewer, caps, amount.currency)
        if then > now:
            kept, now = fewer, then
    return kept if now >= amount else []


def most(lines: Sequence[Candidate], caps: Sequence[Cap], currency: str) -> Money:
    """What no set of these lines exceeds, whatever the order: level by level, each limit's room at most."""
    bound = total([line.value.lendable for line in lines], currency).minor
    rooms: dict[Key, int] = {}
    for cap in caps:
        if cap.limit.currency == currency:
            key = (cap.level, cap.key)
            rooms[key] = min(cap.room.minor, rooms.get(key, cap.room.minor))
    for level in {level for level, _key in rooms}:
        sums: dict[Hashable, int] = {}
        for line in lines:
            group = next((key for of, key in line.keys if of is level), None)
            sums[group] = sums.get(group, 0) + line.value.lendable.minor
        bound = min(bound, sum(min(minor, rooms.get((level, key), minor)) for key, minor in sums.items()))
    return Money(bound, currency)


def tenor_of(line: Candidate, on: date, offer: Offer) -> int:
    """Days until the line's goods are paid for; as long as the product allows where that is not known."""
    return offer.tenor_days_max if line.due is None else (line.due - on).days


def carried(lines: Sequence[Candidate], caps: Sequence[Cap], currency: str) -> Money:
    """What these lines carry together under the limits."""
    found = apply([(line.value, line.keys) for line in lines], caps)
    return total([each.value.lendable for each in found], currency)


def _fewest(amount: Money, lines: list[Candidate], caps: Sequence[Cap]) -> Sequence[Candidate]:
    """As few lines as carry the amount; of as many, those first in their order."""
    if len(lines) <= EXACT_MAX:
        for count in range(1, len(lines)):
            for some in combinations(lines, count):
                if carried(some, caps, amount.currency) >= amount:
                    return some
        return lines
    for count in range(1, len(lines)):  # largest first
        if carried(lines[:count], caps, amount.currency) >= amount:
            return lines[:count]
    return lines


def _by_size(line: Candidate) -> tuple[int, int]:
    return -line.value.lendable.minor, line.key


def _order(found: Proposal) -> tuple[int, int, int, str, tuple[int, ...]]:
    return found.cost.minor, found.tenor_days, len(found.keys), found.product, found.keys
