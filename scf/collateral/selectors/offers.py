"""What can be borrowed on, line by line, and what is already behind a case."""

# budget: here prices, limits, holdings and papers meet; each is read in a module of its own
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from functools import partial

from django.db.models import QuerySet

from scf.domain import caps, units, valuation
from scf.domain.caps import Level
from scf.domain.market import Market, Quote, judge
from scf.domain.money import Money, total
from scf.kernel import controls
from scf.orders import selectors as orders
from scf.orders.models import TradeDocument
from scf.orders.selectors import FinanceableLine
from scf.parties.models import Organisation

from ..models import Holding, Pledge, PledgeLine
from . import prices
from .caps import caps_on
from .open_goods import lines_to_read
from .prices import Kind

WAREHOUSE = "WAREHOUSE"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Offerable:
    """A line of goods with what it carries now. `value` is None where `line.problems` stand against lending.

    value    after the limits; `alone` before them, which is what the goods would carry
    kind     which commodity it is, where that is known
    binding  the limit that left the least, null where none cut anything
    """

    line: FinanceableLine
    pledged: Decimal
    value: valuation.Value | None
    alone: valuation.Value | None = None
    kind: Kind | None = None
    binding: caps.Cap | None = None

    @property
    def lendable(self) -> Money:
        """What can be borrowed on this line today, beside the lines before it."""
        return self.value.lendable if self.value else Money(0, self.line.currency or "CNY")

    @property
    def if_confirmed(self) -> Money:
        """What it would carry, before limits, if its paper were confirmed: the value before the evidence factor."""
        steps = self.alone.steps if self.alone else ()
        if len(steps) > 1 and steps[-1].code == "EVIDENCE":
            return steps[-2].left
        return self.alone.lendable if self.alone else self.lendable

    @property
    def is_usable(self) -> bool:
        """True where the goods carry something, though limits may be used up by other lines."""
        return self.alone is not None and self.alone.lendable.minor > 0


def offerables(
    *,
    organisation: Organisation,
    terms: Mapping[str, valuation.Terms],
    on: date,
    line_ids: Iterable[int] | None = None,
    lender_id: int | None = None,
    reference: str | None = None,
    behind: str | None = None,
    is_held: bool = False,
) -> list[Offerable]:
    """Every line of the supplier's papers with its figure; a fixed number of queries, whatever the number of lines.

    Of a supplier with very many lines, those of which nothing is left are not read (`open_goods`).

    terms      by product: "ORDER", "RECEIPT", "WAREHOUSE"
    on         the day whose market prices, limits and periods count
    line_ids   only these lines, which alone then spend the limits
    lender_id  that lender's own limits count too
    reference  a case whose own goods do not count as use of the limits
    behind     a case whose loan will be paid off: its goods count as free
    is_held    the limits stay locked until the transaction ends, so that two at once cannot both spend them

    Raises orders.TooManyLines.
    """
    wanted = lines_to_read(organisation) if line_ids is None else line_ids
    lines = orders.financeable_lines(organisation=organisation, line_ids=wanted)
    lines = [checked_on(line, on) for line in lines if line.product in terms]
    keys = {line.line_id for line in lines} | {line.root_line_id for line in lines}
    rows = Holding.objects.filter(line_id__in=keys).values_list("line_id", "scope", "committed")
    committed = {(line_id, scope): quantity for line_id, scope, quantity in rows}
    for row in passing_on(behind) if behind else ():
        for held, quantity in ((row.line_holding, row.quantity), (row.root_holding, row.root_quantity)):
            if held.line_id in keys:
                committed[held.line_id, held.scope] -= quantity
    kinds = prices.kinds_of(lines)
    quotes = prices.quotes({(kind.commodity.pk, kind.grade) for kind in kinds.values()}, on) if kinds else {}
    found = [_offerable(line, committed, terms, kinds.get(line.line_id), quotes, on) for line in lines]
    but_for = [case for case in (reference, behind) if case]
    return _capped(found, organisation, lender_id, partial(caps_on, on=on, but_for=but_for, is_held=is_held))


def passing_on(reference: str) -> list[PledgeLine]:
    """Goods behind a running loan that a new loan can take over by paying it off: received, and not paid for yet."""
    found = PledgeLine.objects.filter(
        pledge__reference=reference, pledge__state=Pledge.State.PLEDGED, counts=True, ranks_second=False,
        paid_quantity=0, stock_holding=None, line_holding__line__document__kind=TradeDocument.Kind.GOODS_RECEIPT,
    )  # fmt: skip
    return list(found.select_related("line_holding", "root_holding", "pledge").order_by("id"))


def checked_on(line: FinanceableLine, on: date) -> FinanceableLine:
    """With what stands against lending on that day: storage or insurance that has ended."""
    ended = [
        code for code, last in (("STORAGE_ENDED", line.stored_to), ("INSURANCE_ENDED", line.insured_to))
        if last is not None and last < on and controls.is_on(code)
    ]  # fmt: skip
    return replace(line, problems=[*line.problems, *ended]) if ended else line


def _offerable(
    line: FinanceableLine,
    committed: dict[tuple[int, str], Decimal],
    terms: Mapping[str, valuation.Terms],
    kind: Kind | None,
    quotes: Mapping[prices.Grade, Quote],
    on: date,
) -> Offerable:
    pledged = committed.get((line.line_id, Holding.Scope.LINE), ZERO)
    if line.problems or line.unit_price is None or not line.currency:
        return Offerable(line, pledged, None, kind=kind)
    root_used = committed.get((line.root_line_id, Holding.Scope.ROOT), ZERO)
    goods = valuation.Goods(
        gross_quantity=line.gross_quantity,
        deductions=tuple(line.deductions),
        pledged=pledged,
        root_free=_in_line_units(line, max(ZERO, line.root_capacity_quantity - root_used)),
        unit_price=line.unit_price,
        currency=line.currency,
        evidence=line.evidence,
        market=_market(line, kind, quotes, on) if kind and line.product == WAREHOUSE else None,
    )
    value = valuation.value(goods, terms[line.product])
    return Offerable(line, pledged, value, value, kind)


def _market(line: FinanceableLine, kind: Kind, quotes: Mapping[prices.Grade, Quote], on: date) -> Market:
    commodity = kind.commodity
    per_unit = units.factor(line.unit, commodity.unit) if line.currency == commodity.currency else None
    return judge(quotes.get((commodity.pk, kind.grade)), commodity.rules, on, per_unit=per_unit)


def _capped(
    found: list[Offerable],
    organisation: Organisation,
    lender_id: int | None,
    read_limits: Callable[..., list[caps.Cap]],
) -> list[Offerable]:
    """What limits leave of the lines, served in their order."""
    keys = [keys_of(offerable, organisation.pk, lender_id) for offerable in found]
    wanted = {key for each in keys for key in each}
    limits = read_limits(wanted, lender_id=lender_id) if wanted and controls.is_on("CAPS") else []
    served = [at for at, offerable in enumerate(found) if offerable.value is not None]
    lines = [(value, keys[at]) for at in served if (value := found[at].value) is not None]
    for at, capped in zip(served, caps.apply(lines, limits), strict=True):
        found[at] = replace(found[at], value=capped.value, binding=capped.binding)
    return found


def limits_of(found: Iterable[Offerable], *, organisation: Organisation, on: date, reference: str) -> list[caps.Cap]:
    """The limits that these lines fall under, with their use by everything but the case itself."""
    keys = {key for offerable in found for key in keys_of(offerable, organisation.pk)}
    return caps_on(keys, on=on, but_for=[reference]) if keys else []


def keys_of(offerable: Offerable, supplier_id: int, lender_id: int | None = None) -> list[caps.Key]:
    """Under whose limits a line falls."""
    line, kind = offerable.line, offerable.kind
    ids = {
        Level.SUPPLIER: supplier_id, Level.BUYER: line.buyer_id, Level.WAREHOUSE: line.warehouse_id,
        Level.COMMODITY: kind.commodity.pk if kind else None, Level.BANK: lender_id,
    }  # fmt: skip
    return [(level, key) for level, key in ids.items() if key is not None]


def _in_line_units(line: FinanceableLine, root_quantity: Decimal) -> Decimal:
    """Cut off, so that the quantity taken never exceeds what is left of the goods."""
    return (root_quantity / line.root_factor).quantize(units.STEP, ROUND_DOWN)


def available(found: list[Offerable], currency: str) -> Money:
    """The sum over all lines in `currency`."""
    return total([o.lendable for o in found if o.line.currency == currency], currency)


def pledge_of(reference: str) -> Pledge | None:
    """The pledge behind a case, if it has one."""
    return Pledge.objects.filter(reference=reference).select_related("bank", "supplier").first()


def lines_of(reference: str) -> QuerySet[PledgeLine]:
    """The goods behind a case, with their documents."""
    found = PledgeLine.objects.filter(pledge__reference=reference)
    return found.select_related("line_holding__line__document", "pledge").order_by("id")


def references_on_same_goods(reference: str) -> QuerySet:
    """Numbers of the other cases that draw, or drew, on goods behind this one, whatever the paper."""
    roots = PledgeLine.objects.filter(pledge__reference=reference).values("root_holding")
    found = Pledge.objects.filter(lines__root_holding__in=roots).exclude(reference=reference)
    return found.order_by().values("reference").distinct()
