"""Goods leave a pledge, whole or in part: by a release order, their rest staying as a line of its own."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

from scf.domain import units

from ..models import PledgeLine, ReleaseOrder

ZERO = Decimal(0)


def let_go(line: PledgeLine, quantity: Decimal, order: ReleaseOrder | None) -> int:
    """Take `quantity` of a pledge line out by `order`; the rest, and with it what is paid for, stays as a line.

    Returns what the part had carried when it was taken, in minor units. The caller holds the transaction and the
    pledge's row.
    """
    rest = line.quantity - quantity
    share = rest / line.quantity
    kept = int((line.lendable_minor * share).quantize(Decimal(1), ROUND_DOWN))
    PledgeLine.objects.filter(pk=line.pk).update(counts=False, release=order)
    if rest > 0:
        _put_in_place(
            line, quantity=rest, root_quantity=_part(line.root_quantity, share), lendable_minor=kept,
            stock_quantity=None if line.stock_quantity is None else _part(line.stock_quantity, share),
            paid_quantity=min(rest, line.paid_quantity),
        )  # fmt: skip
    return line.lendable_minor - kept


def let_go_unpaid(line: PledgeLine, order: ReleaseOrder | None) -> None:
    """Free all of a line that the buyer has not paid for; the rest carries no claim any more and goes on counting."""
    if line.unpaid_quantity > 0:
        let_go(line, line.unpaid_quantity, order)


def leave_stock(line: PledgeLine, order: ReleaseOrder) -> None:
    """Goods that were sold for the lender leave the warehouse; their papers are used up for ever."""
    PledgeLine.objects.filter(pk=line.pk).update(counts=False, release=order)
    _put_in_place(line, stock_holding_id=None, stock_quantity=None)


def _put_in_place(line: PledgeLine, **other: Any) -> None:
    """A line that takes the place of one that was let go: as it was, but for what is `other`."""
    kept = {field.attname: getattr(line, field.attname) for field in PledgeLine._meta.concrete_fields}
    PledgeLine.objects.create(
        **kept | {"id": None, "counts": True, "release_id": None, "came_from_id": line.pk} | other
    )


def _part(quantity: Decimal, share: Decimal) -> Decimal:
    return max((quantity * share).quantize(units.STEP, ROUND_DOWN), units.STEP)
