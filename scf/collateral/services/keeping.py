"""A warehouse keeper locks goods for the lender and hands them out on its order, never before."""

# budget: a lock holds the goods, the stock and the pledge's elements to one another
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain import units
from scf.domain.errors import DomainError
from scf.domain.stock import Fault
from scf.kernel import audit, controls, outbox
from scf.orders.services.confirmations import SignerNotIndependent
from scf.parties import access, refusals
from scf.parties.models import Membership, Organisation

from ..models import KeeperAct, Pledge, PledgeLine, Stock
from ..selectors import perfection
from ..selectors import stock as selectors
from . import perfecting
from .stock import NotTheKeeper

Kind = KeeperAct.Kind


class StockNotCounted(DomainError):
    """Nobody has counted the goods."""

    code = Fault.NOT_COUNTED


class StockUnitUnknown(DomainError):
    """Receipts count goods in a unit that nobody knows, others the same goods in one that is known."""

    code = "STOCK_UNIT_UNKNOWN"


class StockUnitsDiffer(DomainError):
    """Receipts state the goods in units that cannot be added up."""

    code = Fault.UNITS_DIFFER


class WarehouseOverReceipted(DomainError):
    """Live receipts of all owners state more than is counted, or the count is more than fits."""

    code = Fault.OVER_RECEIPTED


class NothingToLock(DomainError):
    """No goods of the case lie in this warehouse unlocked."""

    code = "NOTHING_TO_LOCK"


class NoReleaseOrder(DomainError):
    """The lender has not ordered these goods out."""

    code = "NO_RELEASE_ORDER"


refusals.register(
    {
        StockUnitUnknown.code: _(
            "Receipts on %(name)s count in “%(unit)s”, a unit that is not known here, others of the same goods in "
            "another. Dispute the receipt that is wrong, or ask the platform to say how much fits in that unit."
        ),
        StockNotCounted.code: _("%(name)s has not been counted. Count it first, then lock."),
        StockUnitsDiffer.code: _(
            "Receipts on %(name)s state units that do not add up to %(unit)s. Dispute the wrong receipt first."
        ),
        WarehouseOverReceipted.code: _(
            "The receipts of all owners on %(name)s state %(receipted)s %(unit)s, and there is %(there)s. "
            "Nothing is locked: count again, or dispute the receipt that is wrong."
        ),
        NothingToLock.code: _("No goods of this case wait to be locked in your warehouse. Reload the page."),
        NoReleaseOrder.code: _(
            "The lender has not ordered these goods out, or they are out already. They stay locked."
        ),
    }
)
_FAULTS: dict[Fault, type[DomainError]] = {
    Fault.NOT_COUNTED: StockNotCounted,
    Fault.UNITS_DIFFER: StockUnitsDiffer,
    Fault.OVER_RECEIPTED: WarehouseOverReceipted,
}


def require_sound(stock: Stock) -> None:
    """Receipts of all owners <= count <= capacity.

    Raises StockUnitUnknown, StockNotCounted, StockUnitsDiffer, WarehouseOverReceipted.
    """
    beside = Stock.objects.filter(warehouse=stock.warehouse_id, level=stock.level, key=stock.key).exclude(pk=stock.pk)
    is_odd = not units.is_known(stock.unit) and stock.capacity is None and beside.exists()
    if is_odd and controls.is_on(StockUnitUnknown.code):
        raise StockUnitUnknown("nobody has said how much fits", name=stock.name, unit=stock.unit or "–")
    position = selectors.stock_position(stock)
    if position.fault is not None and controls.is_on(position.fault.value):
        raise _FAULTS[position.fault](
            "receipts, count and capacity do not fit", name=stock.name, unit=stock.unit,
            receipted=_plain(position.receipted), there=_plain(position.there or Decimal(0)),
        )  # fmt: skip


@transaction.atomic
def lock(*, reference: str, by: Membership, at: datetime) -> list[KeeperAct]:
    """Lock the goods of a case that lie in the signer's warehouse, for its lender: sealed, held for it, set apart.

    The person has just been confirmed. Once all goods of the case are locked, the keeper's elements of the pledge
    have their evidence. Raises NotTheKeeper, SignerNotIndependent, NothingToLock, StockNotCounted, StockUnitsDiffer,
    WarehouseOverReceipted.
    """
    _require_keeper(by)
    pledge = Pledge.objects.select_for_update().filter(reference=reference, state=Pledge.State.PLEDGED).first()
    lines = [line for line in selectors.to_lock(by.organisation) if pledge and line.pledge_id == pledge.pk]
    if pledge is None or not lines:
        raise NothingToLock("nothing waits", reference=reference)
    _require_independent(by, pledge)
    for stock in _locked_stocks(lines):
        require_sound(stock)
    known = selectors.locked_ids(lines)  # locked before, and not believed since: said once more, not done again
    acts = [
        _act(Kind.LOCK, line, line.stock_quantity or Decimal(0), by=by, at=at) for line in lines if line.pk not in known
    ]
    facts = {"lines": [str(line) for line in lines]}
    audit.record(action="pledge.lock", subject=pledge, by=by, at=at, thread=pledge.thread, after=facts)
    stored = [line for line in pledge.lines.filter(counts=True) if line.stock_holding_id is not None]
    if {line.pk for line in stored} <= selectors.locked_ids(stored):
        for element in perfection.missing(pledge):
            if element in selectors.BY_KEEPER:
                perfecting.give(reference=reference, element=element, by=by, at=at)
    outbox.put(topic="collateral.goods.locked", payload={"reference": reference}, at=at)
    return acts


@transaction.atomic
def hand_out(*, line_id: int, by: Membership, at: datetime) -> KeeperAct:
    """Hand out goods that the lender has let go. Raises NotTheKeeper, SignerNotIndependent, NoReleaseOrder."""
    _require_keeper(by)
    row = PledgeLine.objects.select_for_update(of=("self",)).select_related("pledge", "stock_holding__stock")
    line = row.filter(pk=line_id, stock_holding__stock__warehouse=by.organisation_id).first()
    if line is None:
        raise NotTheKeeper("the goods lie elsewhere", line=line_id)
    _require_independent(by, line.pledge)
    waiting = {each.line.pk: each.quantity for each in selectors.to_hand_out(by.organisation)}
    if not controls.is_on("NO_RELEASE_ORDER"):
        waiting.setdefault(line.pk, line.stock_quantity or line.quantity)
    if line.pk not in waiting:
        raise NoReleaseOrder("no order of the lender", line=line_id)
    act = _act(Kind.RELEASE, line, waiting[line.pk], by=by, at=at)
    facts = {"order": str(line.release_id), "quantity": str(act.quantity)}
    audit.record(action="pledge.hand_out", subject=line.pledge, by=by, at=at, thread=line.pledge.thread, after=facts)
    return act


def _act(kind: str, line: PledgeLine, quantity: Decimal, *, by: Membership, at: datetime) -> KeeperAct:
    order_id = line.release_id if kind == Kind.RELEASE else None
    return KeeperAct.objects.create(line=line, kind=kind, quantity=quantity, order_id=order_id, by=by, at=at)


def _locked_stocks(lines: list[PledgeLine]) -> list[Stock]:
    """The stocks that must fit, their rows locked in one order: those of the lines, and their whole kind if counted."""
    ids = {line.stock_holding.stock.pk for line in lines if line.stock_holding and line.stock_holding.stock}
    ids |= {whole.pk for line in lines if (whole := selectors.whole_kind_of(line))}
    return list(Stock.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _require_keeper(by: Membership) -> None:
    if not by.is_active or not access.may(by, "collateral.keep"):
        raise NotTheKeeper("only a registered signer of the warehouse")


def _require_independent(by: Membership, pledge: Pledge) -> None:
    at_supplier = Organisation.objects.filter(memberships__user=by.user_id, memberships__is_active=True)
    if at_supplier.filter(pk=pledge.supplier_id).exists():
        raise SignerNotIndependent("the keeper's signer acts for the supplier too", document=pledge.reference)


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():,f}"
