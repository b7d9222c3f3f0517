"""To which lenders a case goes, in which order, and why not to the others.

Pure and explainable: every lender gets one answer with its reasons as codes and facts, in a fixed order of tests. What
this module cannot know - limits in use, what a licence leaves - comes in as `bars`, in the same form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from .money import Money
from .pricing import Cell, Grade, is_at_least, price


class Mode(StrEnum):
    """How the lenders of a programme are asked."""

    ALL = "ALL"  # at once; each offer is shown as it comes
    BEST_PRICE = "BEST_PRICE"  # at once, by sealed quotes that are opened together
    RANKED = "RANKED"  # one after another
    FIXED = "FIXED"  # one
    SPLIT = "SPLIT"  # each a share of the amount


@dataclass(frozen=True, slots=True)
class Asked:
    """A case as lenders are looked for.

    buyer_id    None for goods that nobody has bought yet (stored goods)
    warehouses  who keeps the goods; empty where nobody does
    industry    of the borrower: section letter of GB/T 4754; empty where unknown
    region      of the borrower: six digits of GB/T 2260; empty where unknown
    grade       of the borrower; None where nobody has graded it
    """

    product: str
    amount: Money
    tenor_days: int
    supplier_id: int | None = None
    buyer_id: int | None = None
    warehouses: frozenset[int] = frozenset()
    industry: str = ""
    region: str = ""
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class Appetite:
    """What a lender says it wants. Empty sets mean "any"; amounts and tenors are inclusive.

    regions    by their first digits: "35" holds every region of that province
    grade_min  None: any, and none needed
    """

    bank_id: int
    products: frozenset[str]
    currency: str
    amount_min: Money
    amount_max: Money
    tenor_days_min: int
    tenor_days_max: int
    buyers: frozenset[int] = frozenset()
    warehouses: frozenset[int] = frozenset()
    industries: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    grade_min: Grade | None = None
    prices: tuple[Cell, ...] = ()
    appetite_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a lender is not asked. `facts` are JSON-ready; whoever words it decides which of them the reader may see."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seat:
    """A lender in a programme. rank: its turn, the lowest first; weight: its share, in whole parts."""

    bank_id: int
    rank: int = 1
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Programme:
    """Which cases are placed how. Empty sets mean "any"."""

    programme_id: int
    mode: Mode
    seats: tuple[Seat, ...]
    deadline_hours: int = 24
    products: frozenset[str] = frozenset()
    currency: str = ""
    suppliers: frozenset[int] = frozenset()
    buyers: frozenset[int] = frozenset()

    def covers(self, asked: Asked) -> bool:
        """True where the case is placed by this programme."""
        return (
            (not self.products or asked.product in self.products)
            and self.currency in ("", asked.amount.currency)
            and (not self.suppliers or asked.supplier_id in self.suppliers)
            and (not self.buyers or asked.buyer_id in self.buyers)
        )


@dataclass(frozen=True, slots=True)
class Route:
    """One lender's answer.

    turn         when it is asked: 1 at once, 2 after the first one, ...; 0 never
    reasons      why it is not asked; empty where it is
    share        of the amount, where the case is split; else None
    appetite_id  by which of its appetites it was measured
    """

    bank_id: int
    reasons: tuple[Reason, ...]
    turn: int = 0
    share: Money | None = None
    appetite_id: int | None = None

    @property
    def is_asked(self) -> bool:
        """True where nothing stands against asking, now or in its turn."""
        return not self.reasons

    @property
    def codes(self) -> tuple[str, ...]:
        """The reasons' codes."""
        return tuple(reason.code for reason in self.reasons)


# What stands against one lender besides its appetite: (its appetite that fits best, the case or its share) -> reasons.
Bars = Callable[[Appetite, Asked], Sequence[Reason]]


def no_bars(appetite: Appetite, asked: Asked) -> Sequence[Reason]:
    """Nothing but appetites counts."""
    return ()


def programme_for(asked: Asked, programmes: Sequence[Programme]) -> Programme | None:
    """The first programme, in the given order, that covers the case."""
    return next((programme for programme in programmes if programme.covers(asked)), None)


def routes(
    *,
    asked: Asked,
    appetites: Sequence[Appetite],
    programme: Programme | None = None,
    only: int | None = None,
    bars: Bars = no_bars,
) -> list[Route]:
    """One answer per lender, by its best-fitting appetite; in order of turn, then of lender id.

    only    the one lender that may be asked, because the goods are its security already
    bars    what else stands against a lender: limits, its licence

    Codes: SECURED_ELSEWHERE, NOT_IN_PROGRAMME, FIXED_LENDER, NO_APPETITE, those of `against`, those of `bars`.
    """
    seats = {seat.bank_id: seat for seat in programme.seats} if programme is not None else {}
    banks = {appetite.bank_id for appetite in appetites} | set(seats) | ({only} if only is not None else set())
    placed = {bank_id: _placed(bank_id, programme, seats, only) for bank_id in banks}
    if programme is not None and programme.mode is Mode.SPLIT and only is None:
        return _split(asked, appetites, placed, seats, bars)
    found = [_answer(bank_id, asked, appetites, placed[bank_id], bars) for bank_id in sorted(banks)]
    if programme is not None and programme.mode is Mode.RANKED and only is None:
        fitting = sorted((route for route in found if route.is_asked), key=lambda r: (seats[r.bank_id].rank, r.bank_id))
        turns = {route.bank_id: turn for turn, route in enumerate(fitting, 1)}
    else:
        turns = {route.bank_id: 1 for route in found if route.is_asked}
    return _in_order([replace(route, turn=turns.get(route.bank_id, 0)) for route in found])


def _in_order(found: Sequence[Route]) -> list[Route]:
    return sorted(found, key=lambda route: (route.turn == 0, route.turn, route.bank_id))


def _placed(bank_id: int, programme: Programme | None, seats: Mapping[int, Seat], only: int | None) -> list[Reason]:
    """Why the case is not this lender's, whatever it would lend on."""
    if only is not None:
        return [] if bank_id == only else [Reason("SECURED_ELSEWHERE")]
    if programme is None or bank_id in seats:
        return []
    return [Reason("FIXED_LENDER" if programme.mode is Mode.FIXED else "NOT_IN_PROGRAMME")]


def _answer(bank_id: int, asked: Asked, appetites: Sequence[Appetite], placed: Sequence[Reason], bars: Bars) -> Route:
    own = [appetite for appetite in appetites if appetite.bank_id == bank_id]
    if placed:
        return Route(bank_id, tuple(placed))
    if not own:
        return Route(bank_id, (Reason("NO_APPETITE"),))
    best = min(own, key=lambda appetite: len(against(appetite, asked)))
    reasons = (*against(best, asked), *bars(best, asked))
    return Route(bank_id, reasons, appetite_id=best.appetite_id)


def _split(
    asked: Asked,
    appetites: Sequence[Appetite],
    placed: Mapping[int, list[Reason]],
    seats: Mapping[int, Seat],
    bars: Bars,
) -> list[Route]:
    """Each lender is measured by its own share; whoever does not fit leaves its share to the others, in proportion."""
    gone: dict[int, Route] = {}
    while True:
        left = [bank_id for bank_id in sorted(placed) if bank_id not in gone and not placed[bank_id]]
        weights = [seats[bank_id].weight for bank_id in left]
        shares = dict(zip(left, asked.amount.split(weights), strict=True)) if sum(weights) else {}
        found = [
            replace(
                _answer(bank_id, replace(asked, amount=shares[bank_id]), appetites, (), bars), share=shares[bank_id]
            )
            for bank_id in left
            if bank_id in shares
        ]
        failing = [route for route in found if not route.is_asked]
        if not failing:
            break
        gone |= {route.bank_id: route for route in failing}
    others = [Route(bank_id, tuple(reasons)) for bank_id, reasons in placed.items() if reasons]
    return _in_order([*(replace(route, turn=1) for route in found), *gone.values(), *others])


def against(appetite: Appetite, asked: Asked) -> list[Reason]:  # budget: one table of tests, in their order
    """What in a case an appetite does not want: all of it, or only the currency where that is another.

    Codes: CURRENCY, PRODUCT, AMOUNT_LOW, AMOUNT_HIGH, TENOR_SHORT, TENOR_LONG, BUYER, WAREHOUSE, INDUSTRY,
    INDUSTRY_UNKNOWN, REGION, REGION_UNKNOWN, GRADE_LOW, GRADE_UNKNOWN.
    """
    if asked.amount.currency != appetite.currency:
        return [Reason("CURRENCY", {"theirs": appetite.currency})]
    foreign_keepers = asked.warehouses - appetite.warehouses
    region_fits = any(asked.region.startswith(region) for region in appetite.regions)
    grade_min = appetite.grade_min
    tests: tuple[tuple[str, bool, dict[str, str]], ...] = (
        ("PRODUCT", bool(appetite.products) and asked.product not in appetite.products, {}),
        ("AMOUNT_LOW", asked.amount < appetite.amount_min, {"min": str(appetite.amount_min)}),
        ("AMOUNT_HIGH", asked.amount > appetite.amount_max, {"max": str(appetite.amount_max)}),
        ("TENOR_SHORT", asked.tenor_days < appetite.tenor_days_min, {"min": str(appetite.tenor_days_min)}),
        ("TENOR_LONG", asked.tenor_days > appetite.tenor_days_max, {"max": str(appetite.tenor_days_max)}),
        ("BUYER", bool(appetite.buyers) and asked.buyer_id is not None and asked.buyer_id not in appetite.buyers, {}),
        ("WAREHOUSE", bool(appetite.warehouses) and bool(foreign_keepers), {}),
        (
            "INDUSTRY",
            bool(appetite.industries) and bool(asked.industry) and asked.industry not in appetite.industries,
            {},
        ),
        ("INDUSTRY_UNKNOWN", bool(appetite.industries) and not asked.industry, {}),
        ("REGION", bool(appetite.regions) and bool(asked.region) and not region_fits, {}),
        ("REGION_UNKNOWN", bool(appetite.regions) and not asked.region, {}),
        ("GRADE_UNKNOWN", grade_min is not None and asked.grade is None, {"min": str(grade_min)}),
        (
            "GRADE_LOW",
            grade_min is not None and asked.grade is not None and not is_at_least(asked.grade, grade_min),
            {"min": str(grade_min)},
        ),
    )
    return [Reason(code, facts) for code, is_against, facts in tests if is_against]


def list_price(appetite: Appetite, asked: Asked) -> Cell | None:
    """What the lender's list says for the case."""
    return price(appetite.prices, grade=asked.grade, tenor_days=asked.tenor_days)
