"""What the lender does about a margin call: more time, or the sale of the goods."""

# budget: a sale ends a call, a pledge and what its goods hold
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import lifecycle, outbox
from scf.kernel.clock import day_of
from scf.parties import access, refusals
from scf.parties.models import Membership

from ..models import CoverCheck, Exposure, MarginCall, ReleaseOrder
from . import covering, pledging, ranking
from .changing import NotYoursToDecide
from .leaving import leave_stock


class TooEarlyToSell(DomainError):
    """The supplier still has time to cure, and cover is above the sale threshold."""

    code = "TOO_EARLY_TO_SELL"


class NotMoreTime(DomainError):
    """An extension must give more time than there was."""

    code = "NOT_MORE_TIME"


refusals.register(
    {
        "TOO_EARLY_TO_SELL": _(
            "The supplier has until %(deadline)s to cure the call, and cover is above the sale threshold. "
            "Wait until then, or agree on another way with the supplier."
        ),
        "NOT_MORE_TIME": _("The new deadline must be after %(deadline)s. Choose a later day."),
    }
)


@transaction.atomic
def extend(*, call_id: int, deadline: date, note: str, by: Membership, at: datetime) -> MarginCall:
    """Give the supplier more time. Raises NotMoreTime, NotYoursToDecide, NotAllowedNow."""
    call = _locked(call_id, by)
    if deadline <= call.deadline:
        raise NotMoreTime("not later", deadline=str(call.deadline))
    return _fire(call, "extend", by, at, note=note, deadline=deadline, decided_by=by)


@transaction.atomic
def sell(*, call_id: int, note: str, by: Membership, at: datetime) -> MarginCall:
    """Have the goods sold, once the deadline has passed or cover is below the sale threshold.

    Raises TooEarlyToSell, NotYoursToDecide, NotAllowedNow.
    """
    call = _locked(call_id, by)
    if not call.is_urgent and day_of(at) <= call.deadline:
        raise TooEarlyToSell("the supplier can still cure", deadline=str(call.deadline))
    _fire(call, "sell", by, at, note=note, decided_by=by)
    lifecycle.fire(call.pledge, "enforce", by=by, at=at, note=note)
    outbox.put(topic="collateral.margin.sale", payload={"call_id": call.pk}, at=at)
    return call


@transaction.atomic
def record_sale(*, call_id: int, proceeds: Money, buyer: str, by: Membership, at: datetime) -> MarginCall:
    """The goods are sold; the price, when it comes in at the lender's account, goes through the loan's waterfall.

    Finance staff is told what to expect, so that the money finds its loan without the loan's number on it. Costs of
    the sale are charged to the loan as a fee, by two people, like any other.
    Raises NotYoursToDecide, NotAllowedNow.
    """
    call = _locked(call_id, by)
    note = f"{proceeds}, {buyer}"
    _fire(call, "close_sale", by, at, note=note, proceeds=proceeds, sold_to=buyer[:100])
    outbox.put(topic="collateral.margin.sold", payload={"call_id": call.pk}, at=at)
    order = ReleaseOrder.objects.create(
        pledge=call.pledge, reason=ReleaseOrder.Reason.SOLD, ordered_by=by, cause=note[:120], at=at
    )
    outbox.put(topic="collateral.goods.let_go", payload={"order_id": order.pk}, at=at)
    lifecycle.fire(call.pledge, "sell", by=by, at=at, note=note)
    for line in call.pledge.lines.filter(counts=True, stock_holding__isnull=False).order_by("id"):
        leave_stock(line, order)
    ranking.pass_on(call.pledge, order, at=at)
    return call


@transaction.atomic
def call_off(*, call_id: int, note: str, by: Membership, at: datetime) -> MarginCall:
    """The goods are not sold after all; where nothing is owed any more they are free.

    Raises NotYoursToDecide, NotAllowedNow.
    """
    call = _locked(call_id, by)
    _fire(call, "call_off", by, at, note=note)
    lifecycle.fire(call.pledge, "call_off", by=by, at=at, note=note)
    exposure = Exposure.objects.filter(pledge=call.pledge).first()
    if exposure is not None and not exposure.owed_minor:
        reason = ReleaseOrder.Reason.REPAID
        pledging.release(reference=call.pledge.reference, by=by, at=at, reason=reason, cause=exposure.loan)
    else:
        covering.look_again([call.pledge_id], cause=CoverCheck.Cause.GOODS, at=at)
    return call


def _fire(call: MarginCall, transition: str, by: Membership, at: datetime, **more: object) -> MarginCall:
    return lifecycle.fire(call, transition, by=by, at=at, thread=call.pledge.thread, **more)  # type: ignore[arg-type]


def _locked(call_id: int, by: Membership) -> MarginCall:
    call = MarginCall.objects.select_for_update().select_related("pledge").get(pk=call_id)
    if not access.may(by, "collateral.decide") or by.organisation_id != call.pledge.bank_id:
        raise NotYoursToDecide("only the lender's checker decides", call=call_id)
    return call
