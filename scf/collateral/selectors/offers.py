"""What can be borrowed on, line by line, and what is already behind a case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from scf.domain import valuation
from scf.domain.money import Money, total
from scf.orders import selectors as orders
from scf.orders.selectors import FinanceableLine
from scf.parties.models import Organisation

from ..models import Holding, Pledge, PledgeLine


@dataclass(frozen=True, slots=True)
class Offerable:
    """A line of goods with what it carries now. `value` is None where `line.problems` stand against lending."""

    line: FinanceableLine
    pledged: Decimal
    value: valuation.Value | None

    @property
    def lendable(self) -> Money:
        """What can be borrowed on this line today."""
        return self.value.lendable if self.value else Money(0, self.line.currency or "CNY")


def offerables(
    *, organisation: Organisation, terms: Mapping[str, valuation.Terms], line_ids: Iterable[int] | None = None
) -> list[Offerable]:
    """Every line of the supplier's papers with its figure, three queries whatever their number.

    terms  by product: "ORDER", "RECEIPT", "WAREHOUSE"
    """
    lines = orders.financeable_lines(organisation=organisation)
    if line_ids is not None:
        wanted = set(line_ids)
        lines = [line for line in lines if line.line_id in wanted]
    keys = {line.line_id for line in lines} | {line.root_line_id for line in lines}
    rows = Holding.objects.filter(line_id__in=keys).values_list("line_id", "scope", "committed")
    committed = {(line_id, scope): quantity for line_id, scope, quantity in rows}
    return [_offerable(line, committed, terms) for line in lines if line.product in terms]


def _offerable(
    line: FinanceableLine, committed: dict[tuple[int, str], Decimal], terms: Mapping[str, valuation.Terms]
) -> Offerable:
    pledged = committed.get((line.line_id, Holding.Scope.LINE), Decimal(0))
    if line.problems or line.unit_price is None or not line.currency:
        return Offerable(line, pledged, None)
    root_used = committed.get((line.root_line_id, Holding.Scope.ROOT), Decimal(0))
    goods = valuation.Goods(
        gross_quantity=line.gross_quantity,
        deductions=tuple(line.deductions),
        pledged=pledged,
        root_free=max(Decimal(0), line.root_capacity_quantity - root_used),
        unit_price=line.unit_price,
        currency=line.currency,
        evidence=line.evidence,
    )
    return Offerable(line, pledged, valuation.value(goods, terms[line.product]))


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
