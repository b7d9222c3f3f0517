"""Cover of a running loan by its goods: what is missing, how it is cured, what may go.

What goods carry is their value at their own haircut, advance rate and evidence
(`valuation`), so goods of any mix add up. Cover is what they carry by what is
owed: at 1 the loan is as large as its goods allow. Owed is the principal that
is outstanding, as advance rates are agreed on principal.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from enum import StrEnum
from typing import Any

from .errors import DomainError
from .money import Money, total, zero
from .units import STEP

ONE = Decimal(1)
COVER_STEP = Decimal("0.0001")


class ThresholdsOutOfOrder(DomainError):
    """A loan cannot be sold off before it is called, nor called at a cover that would cure it."""

    code = "THRESHOLDS_OUT_OF_ORDER"


class Standing(StrEnum):
    """How a loan stands by its cover."""

    SOUND = "SOUND"
    CALL = "CALL"
    SALE = "SALE"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Covers at which something happens; each is exclusive below.

    sale   below it the lender may sell at once
    call   below it the supplier is asked for more
    cure   to which cover a call must bring the loan, and below which nothing is let go
    Raises ThresholdsOutOfOrder unless 0 < sale <= call <= cure.
    """

    sale: Decimal
    call: Decimal
    cure: Decimal

    def __post_init__(self) -> None:
        """Refuse thresholds that contradict each other."""
        if not 0 < self.sale <= self.call <= self.cure:
            raise ThresholdsOutOfOrder(
                "sale <= call <= cure", sale=str(self.sale), call=str(self.call), cure=str(self.cure)
            )


@dataclass(frozen=True, slots=True)
class Piece:
    """Goods of one line: how much, and what all of it carries."""

    key: Hashable
    quantity: Decimal
    carries: Money


class CureKind(StrEnum):
    """How a shortfall can be made good."""

    CASH = "CASH"
    GOODS = "GOODS"
    SUBSTITUTION = "SUBSTITUTION"


@dataclass(frozen=True, slots=True)
class Cure:
    """One way out of a call.

    cash   what is to be repaid; nothing where goods do it
    adds   quantities of free goods that come in; `gives_back` what may leave at once because it carries nothing
    ties   what the goods that come in could have carried elsewhere: the price of this cure besides cash
    """

    kind: CureKind
    cash: Money
    adds: Mapping[Hashable, Decimal]
    gives_back: Mapping[Hashable, Decimal]
    ties: Money


def cover(carries: Money, owed: Money) -> Decimal | None:
    """What the goods carry by what is owed, cut off to four decimals; None where nothing is owed."""
    if owed.minor <= 0:
        return None
    return (Decimal(carries.minor) / owed.minor).quantize(COVER_STEP, ROUND_DOWN)


def judge(carries: Money, owed: Money, thresholds: Thresholds) -> Standing:
    """How a loan stands: exactly, not by the cover as it is shown."""
    if owed.minor <= 0 or carries.minor >= owed.minor * thresholds.call:
        return Standing.SOUND
    return Standing.CALL if carries.minor >= owed.minor * thresholds.sale else Standing.SALE


def cash_to_cure(carries: Money, owed: Money, thresholds: Thresholds) -> Money:
    """The least repayment after which cover is `cure` again; nothing where it is."""
    bearable = int((carries.minor / thresholds.cure).quantize(ONE, ROUND_DOWN))
    return max(zero(owed.currency), owed - Money(bearable, owed.currency))


def goods_to_cure(carries: Money, owed: Money, thresholds: Thresholds) -> Money:
    """What further goods must carry for cover to be `cure` again, net of their own haircuts; nothing where it is."""
    needed = int((owed.minor * thresholds.cure).quantize(ONE, ROUND_UP))
    return max(zero(owed.currency), Money(needed, owed.currency) - carries)


def cures(held: Sequence[Piece], free: Sequence[Piece], owed: Money, thresholds: Thresholds) -> list[Cure]:
    """Every way out, the cheapest first: by cash, then by what it ties up; none where nothing is missing.

    held, free  the goods behind the loan, and the supplier's goods that are behind nothing
    Goods are taken from the line that carries most, so that few papers do it; of the last only what is needed.
    """
    carries = total([piece.carries for piece in held], owed.currency)
    missing = goods_to_cure(carries, owed, thresholds)
    if not missing.minor:
        return []
    nothing = zero(owed.currency)
    found = [Cure(CureKind.CASH, cash_to_cure(carries, owed, thresholds), {}, {}, nothing)]
    adds, ties = _enough(free, missing)
    if adds:
        worthless = {piece.key: piece.quantity for piece in held if not piece.carries.minor}
        kind = CureKind.SUBSTITUTION if worthless else CureKind.GOODS
        found.append(Cure(kind, nothing, adds, worthless, ties))
    return sorted(found, key=lambda cure: (cure.cash.minor, cure.ties.minor))


def _enough(free: Sequence[Piece], missing: Money) -> tuple[dict[Hashable, Decimal], Money]:
    """The goods that carry `missing`, and what they carry; nothing where all together do not."""
    left, adds, ties = missing.minor, {}, 0
    for piece in sorted(free, key=lambda each: (-each.carries.minor, str(each.key))):
        if left <= 0:
            break
        if not piece.carries.minor:
            continue
        quantity = quantity_that_carries(piece, Money(min(left, piece.carries.minor), missing.currency))
        adds[piece.key] = quantity
        brought = carried_by(piece, quantity).minor
        left, ties = left - brought, ties + brought
    return (adds, Money(ties, missing.currency)) if left <= 0 else ({}, zero(missing.currency))


def quantity_that_carries(piece: Piece, wanted: Money) -> Decimal:
    """The least quantity of the piece that carries `wanted`; all of it where even that carries less."""
    if wanted.minor >= piece.carries.minor:
        return piece.quantity
    exact = piece.quantity * wanted.minor / piece.carries.minor
    found = exact.quantize(STEP, ROUND_UP)
    if carried_by(piece, found) < wanted:  # what it carries was cut off to the minor unit
        found += STEP
    return min(piece.quantity, found)


def carried_by(piece: Piece, quantity: Decimal) -> Money:
    """What a part of the piece carries, cut off."""
    if quantity >= piece.quantity:
        return piece.carries
    return Money(
        int((piece.carries.minor * quantity / piece.quantity).quantize(ONE, ROUND_DOWN)), piece.carries.currency
    )


def releasable(
    held: Sequence[Piece], owed: Money, thresholds: Thresholds, *, chosen: Collection[Hashable] | None = None
) -> dict[Hashable, Decimal]:
    """What may leave so that what stays still covers the loan at `cure`: in the order given, oldest first.

    chosen  only these pieces; else all in turn. With nothing owed everything may leave. Quantities are cut off.
    """
    stays = total([piece.carries for piece in held], owed.currency)
    needed = int((owed.minor * thresholds.cure).quantize(ONE, ROUND_UP)) if owed.minor > 0 else 0
    spare, found = stays.minor - needed, {}
    for piece in held:
        if chosen is not None and piece.key not in chosen:
            continue
        quantity = _spared(piece, spare)
        if quantity > 0:
            found[piece.key] = quantity
            spare -= piece.carries.minor - carried_by(piece, piece.quantity - quantity).minor
    return found


def _spared(piece: Piece, spare: int) -> Decimal:
    """How much of the piece can go if what it carries may fall by `spare`."""
    if piece.carries.minor <= max(spare, 0):
        return piece.quantity
    if spare <= 0:
        return Decimal(0)
    stays = quantity_that_carries(piece, Money(piece.carries.minor - spare, piece.carries.currency))
    return piece.quantity - stays


def is_covered_after(
    held: Sequence[Piece], leaves: Mapping[Any, Decimal], comes: Sequence[Piece], owed: Money, to: Decimal
) -> bool:
    """True where the loan is covered at `to` once `leaves` have gone and `comes` have come."""
    stays = [carried_by(piece, piece.quantity - leaves.get(piece.key, Decimal(0))) for piece in held]
    carries = total([*stays, *(piece.carries for piece in comes)], owed.currency)
    return carries.minor >= owed.minor * to
