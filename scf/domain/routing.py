"""To which lenders a case goes, and why not to the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from .money import Money


@dataclass(frozen=True, slots=True)
class Appetite:
    """What a lender says it wants. Empty sets mean "any"; amounts and tenors are inclusive."""

    bank_id: int
    products: frozenset[str]
    currency: str
    amount_min: Money
    amount_max: Money
    tenor_days_min: int
    tenor_days_max: int
    buyers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """One lender's answer: asked where `reasons` is empty."""

    bank_id: int
    reasons: tuple[str, ...]

    @property
    def is_asked(self) -> bool:
        """True where nothing stands against asking."""
        return not self.reasons


def routes(
    *, product: str, amount: Money, tenor_days: int, buyer_id: int | None, appetites: Sequence[Appetite]
) -> list[Route]:
    """One answer per lender, by its best-fitting appetite; in order of lender id.

    buyer_id  None for goods that nobody has bought yet (stored goods)

    Reasons are codes: PRODUCT, CURRENCY, AMOUNT_LOW, AMOUNT_HIGH, TENOR_SHORT, TENOR_LONG, BUYER.
    """
    best: dict[int, tuple[str, ...]] = {}
    for appetite in appetites:
        reasons = tuple(_against(appetite, product, amount, tenor_days, buyer_id))
        if appetite.bank_id not in best or len(reasons) < len(best[appetite.bank_id]):
            best[appetite.bank_id] = reasons
    return [Route(bank_id, best[bank_id]) for bank_id in sorted(best)]


def _against(appetite: Appetite, product: str, amount: Money, tenor_days: int, buyer_id: int | None) -> list[str]:
    if amount.currency != appetite.currency:
        return ["CURRENCY"]
    tests = (
        ("PRODUCT", bool(appetite.products) and product not in appetite.products),
        ("AMOUNT_LOW", amount < appetite.amount_min),
        ("AMOUNT_HIGH", amount > appetite.amount_max),
        ("TENOR_SHORT", tenor_days < appetite.tenor_days_min),
        ("TENOR_LONG", tenor_days > appetite.tenor_days_max),
        ("BUYER", bool(appetite.buyers) and buyer_id is not None and buyer_id not in appetite.buyers),
    )
    return [code for code, is_against in tests if is_against]
