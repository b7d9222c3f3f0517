"""Goods behind one loan that wait for the next: a loan on what was received pays off the one on what was ordered.

Until the first loan is paid off, the new case's lines rank second: they draw on nothing, carry what the lines before
them carry, and the database lets none of those go without them. So at no moment is a loan without its security, and
the same unit never counts twice.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit
from scf.parties import refusals

from ..models import Exposure, Pledge, PledgeLine, ReleaseOrder
from .leaving import let_go

if TYPE_CHECKING:
    from .pledging import Taking


class GoodsPromised(DomainError):
    """The goods wait for a new loan that is to pay this one off."""

    code = "GOODS_PROMISED"


class GoodsNotThereAnyMore(DomainError):
    """The goods that were to pass to the new loan have left the loan before it."""

    code = "GOODS_LEFT_FIRST_LOAN"


refusals.register(
    {
        "GOODS_PROMISED": _(
            "These goods are to carry the new loan of case %(reference)s, which pays this one off. "
            "Withdraw that case first, or change other goods."
        ),
        "GOODS_LEFT_FIRST_LOAN": _(
            "The goods of case %(reference)s are not behind the loan any more that it was to pay off: they were paid "
            "for, let go or sold meanwhile. Withdraw this case and apply anew on what is left."
        ),
    }
)


def take_second(pledge: Pledge, takings: "Sequence[Taking]", *, at: datetime) -> list[PledgeLine]:
    """Put goods of another pledge behind this one, second to it; the caller holds the transaction and both rows.

    takings  each with the line that stands first: the whole of it is taken
    Raises GoodsPromised where another new loan waits for them already, GoodsNotThereAnyMore where they have left.
    """
    pairs = [(taking.first, taking) for taking in takings if taking.first is not None]
    pledges = {first.pledge_id for first, _taking in pairs}
    list(Pledge.objects.select_for_update().filter(pk__in=pledges).order_by("pk"))  # whoever lets them go waits
    standing = PledgeLine.objects.filter(
        pk__in=[first.pk for first, _taking in pairs], counts=True, pledge__state=Pledge.State.PLEDGED
    )  # fmt: skip
    if standing.count() < len(pairs):
        raise GoodsNotThereAnyMore("the goods have left the loan", reference=pledge.reference)
    require_unpromised(first.pk for first, _taking in pairs)
    rows = [
        PledgeLine(
            pledge=pledge, line_holding_id=first.line_holding_id, root_holding_id=first.root_holding_id,
            quantity=first.quantity, root_quantity=first.root_quantity, lendable_minor=taking.lendable_minor,
            currency=first.currency, product=taking.product or taking.line.product,
            advance_rate=taking.terms.advance_rate, haircut=taking.terms.haircut, taken_at=at,
            came_from=first, ranks_second=True,
        )
        for first, taking in pairs
    ]  # fmt: skip
    return PledgeLine.objects.bulk_create(rows)


def require_unpromised(line_ids: Iterable[int]) -> None:
    """Raise GoodsPromised where a new loan waits for one of these pledge lines."""
    second = PledgeLine.objects.filter(came_from__in=list(line_ids), ranks_second=True, counts=True)
    found = second.select_related("pledge").first()
    if found is not None:
        raise GoodsPromised("a new loan waits for these goods", reference=found.pledge.reference)


def require_first(reference: str) -> None:
    """Raise GoodsNotThereAnyMore unless what ranks second behind a case still stands behind a running loan, unpaid."""
    for row in _seconds(PledgeLine.objects.filter(pledge__reference=reference)):
        first = row.came_from
        assert first is not None, "the database wants it"
        if not first.counts or first.paid_quantity or first.pledge.state != Pledge.State.PLEDGED:
            raise GoodsNotThereAnyMore("the goods have left the loan", reference=reference)


def pass_on(before: Pledge, order: ReleaseOrder | None, *, at: datetime) -> None:
    """A pledge ends by `order`: what ranks second to it now draws on its goods itself, or falls.

    Once the new loan is paid out its goods pass over as they are, with what the buyer has paid for; before that they
    stand alone only where nobody has paid for them and nobody sold them. The caller holds the transaction and the row.
    """
    for row in _seconds(PledgeLine.objects.filter(came_from__pledge=before)):
        first = row.came_from
        assert first is not None, "the database wants it"
        is_paid_out = Exposure.objects.filter(pledge=row.pledge).exists()
        is_repaid = order is not None and order.reason == ReleaseOrder.Reason.REPAID
        is_sold = order is not None and order.reason == ReleaseOrder.Reason.SOLD
        if (is_paid_out and not is_sold) or (is_repaid and not first.paid_quantity):
            let_go(first, first.quantity, order)
            PledgeLine.objects.filter(pk=row.pk).update(ranks_second=False, paid_quantity=first.paid_quantity)
            facts = {"to": row.pledge.reference}
            audit.record(action="pledge.pass_on", subject=before, by=None, at=at, thread=before.thread, after=facts)
            continue
        falls = None
        if row.pledge.state != Pledge.State.RESERVED:
            by = order.ordered_by if order is not None and is_sold and is_paid_out else None
            reason = ReleaseOrder.Reason.SOLD if by is not None else ReleaseOrder.Reason.UNPAID
            falls = ReleaseOrder.objects.create(
                pledge=row.pledge, reason=reason, ordered_by=by, cause=before.reference, at=at
            )
        PledgeLine.objects.filter(pk=row.pk).update(counts=False, release=falls)


def _seconds(found: QuerySet[PledgeLine]) -> QuerySet[PledgeLine]:
    return found.filter(ranks_second=True, counts=True).select_related("pledge", "came_from__pledge").order_by("id")
