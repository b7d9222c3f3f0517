"""From the gross value of goods to what is lent on them: the steps by name, and the chart of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scf.collateral.selectors import Offerable
from scf.domain.money import Money

# in the order in which a value is worked out
STEP_NAMES: dict[str, str | Promise] = {
    "GROSS": _("Value on the paper"),
    "FREE": _("Quantity still free × price"),
    "MARKET": _("At the market price, which is lower"),
    "PRICE_STOPPED": _("The market price is too old"),
    "PRICE_MISSING": _("There is no market price"),
    "PRICE_NOT_COMPARABLE": _("The market price is by another unit or currency"),
    "PRICE_WORTHLESS": _("The market price is not above zero"),
    "HAIRCUT": _("After the price-risk cut"),
    "STALE_HAIRCUT": _("After the price-risk cut, higher because the price is old"),
    "ADVANCE": _("After the advance rate"),
    "EVIDENCE": _("After the evidence factor"),
    "CAP_SUPPLIER": _("What your limit leaves"),
    "CAP_BUYER": _("What the buyer's limit leaves"),
    "CAP_WAREHOUSE": _("What the warehouse's limit leaves"),
    "CAP_COMMODITY": _("What the commodity's limit leaves"),
    "CAP_BANK": _("What the lender's limit leaves"),
    "SHARE": _("This lender's share of the goods"),
}
PLACES = {code: place for place, code in enumerate(STEP_NAMES)}
# why goods with a value carry nothing, and what to do
NOTHING_LENT: dict[str, str | Promise] = {
    "PRICE_STOPPED": _(
        "The market price of these goods is too old to lend on. Ask the platform to bring in a new one."
    ),
    "PRICE_MISSING": _("There is no market price of these goods. Ask the platform to bring one in."),
    "PRICE_NOT_COMPARABLE": _(
        "The market price is by another unit or currency than the paper. Ask the platform to set the commodity right."
    ),
    "PRICE_WORTHLESS": _("The market price of these goods is not above zero. Choose other goods."),
    "CAP_SUPPLIER": _("Your limit is used up. Repay a loan, or ask the platform for a higher limit."),
    "CAP_BUYER": _("The limit for this buyer is used up. Choose goods of another buyer."),
    "CAP_WAREHOUSE": _("The limit for this warehouse is used up. Choose goods stored elsewhere."),
    "CAP_COMMODITY": _("The limit for this commodity is used up. Choose other goods."),
    "CAP_BANK": _("The lender's limit is used up. Choose another lender."),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of the chart: what is left (a share of the gross value, 0 to 100), and what the step took."""

    code: str
    name: str | Promise
    left: Money
    taken: Money
    share: float
    taken_share: float
    tone: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The chart of all lines together; `binding` names the limit that took most, empty where none took anything."""

    bars: tuple[Bar, ...]
    binding: str | Promise
    words: str


def waterfall(chains: Iterable[Sequence[tuple[str, int]]], currency: str) -> Waterfall | None:
    """The steps of all lines summed, from (code, minor units left) of each line.

    A line that has no step of a kind keeps its figure there. None where there is nothing to show.
    """
    lines = [list(chain) for chain in chains if chain]
    codes = sorted({code for chain in lines for code, _left in chain}, key=lambda code: PLACES.get(code, 99))
    sums = [sum(_left_at(chain, PLACES.get(code, 99)) for chain in lines) for code in codes]
    if not sums or sums[0] <= 0:
        return None
    bars = []
    for at, (code, left) in enumerate(zip(codes, sums, strict=True)):
        taken = sums[at - 1] - left if at else 0
        tone = "soft" if at == 0 else "good" if at == len(codes) - 1 else "move"
        bars.append(Bar(code, STEP_NAMES.get(code, code), Money(left, currency), Money(max(taken, 0), currency),
                        _share(left, sums[0]), _share(max(taken, 0), sums[0]), tone))  # fmt: skip
    limits = [bar for bar in bars if bar.code.startswith("CAP_")]
    binding = max(limits, key=lambda bar: bar.taken.minor).name if limits else ""
    words = "; ".join(f"{bar.name}: {bar.left.amount:,}" for bar in bars)
    return Waterfall(tuple(bars), binding, words)


def of_offerables(found: Iterable[Offerable], currency: str) -> Waterfall | None:
    """The chart of lines as they stand now."""
    values = [o.value for o in found if o.value is not None and o.lendable.currency == currency]
    return waterfall(([(step.code, step.left.minor) for step in value.steps] for value in values), currency)


def why_nothing(offerable: Offerable) -> str:
    """Why free goods carry nothing, and what to do; empty where they carry something."""
    if offerable.value is None or offerable.lendable or not offerable.value.steps:
        return ""
    return str(NOTHING_LENT.get(offerable.value.steps[-1].code, ""))


def _left_at(chain: Sequence[tuple[str, int]], place: int) -> int:
    """What is left of a line after the step at `place`: its last step up to there."""
    reached = [left for code, left in chain if PLACES.get(code, 99) <= place]
    return reached[-1] if reached else 0


def _share(minor: int, whole: int) -> float:
    return round(min(max(minor, 0) * 100 / whole, 100), 2)
