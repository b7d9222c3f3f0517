"""Goods behind a running loan change: some come, some go, and the loan is covered at every moment."""

# budget: a change of goods touches cover, legal elements and the register at once
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from scf.domain import margin
from scf.domain.errors import DomainError
from scf.domain.margin import Piece
from scf.domain.money import Money, total
from scf.kernel import audit, lifecycle, outbox
from scf.parties import access, refusals
from scf.parties.models import Membership

from ..models import CollateralChange, CoverCheck, Exposure, Hit, Pledge, ReleaseOrder
from . import covering, fingerprinting, perfecting, ranking, registers
from .converting import let_go_all
from .pledging import Taking, take_all

Kind = CollateralChange.Kind


class LoanNotRunning(DomainError):
    """No loan rests on these goods yet, or none any more."""

    code = "LOAN_NOT_RUNNING"


class CoverTooSmall(DomainError):
    """After the change the goods would carry less than is owed."""

    code = "COVER_TOO_SMALL"


class ChangeWaits(DomainError):
    """The lender has not decided yet on what was asked for before."""

    code = "CHANGE_WAITS"


class GoodsNotThere(DomainError):
    """So much of these goods is not behind the loan, or the buyer has paid for them."""

    code = "GOODS_NOT_THERE"


class GoodsElsewhere(DomainError):
    """The same paper is with another supplier, or behind another case."""

    code = "GOODS_ELSEWHERE"


class NotYoursToDecide(DomainError):
    """Only the supplier asks for its goods, and only a checker of the lender lets them go."""

    code = "NOT_YOURS_TO_DECIDE"


refusals.register(
    {
        "LOAN_NOT_RUNNING": _("No loan runs on these goods, so nothing can be exchanged. Reload the page."),
        "CHANGE_WAITS": _("Your request of before waits for the lender. Withdraw it first, or wait for the decision."),
        "GOODS_NOT_THERE": _(
            "You asked for more than is behind the loan and not paid for by the buyer yet. "
            "Reload the page and take out at most what it shows."
        ),
        "COVER_TOO_SMALL": _(
            "After this the goods would carry %(carries)s, and %(needed)s is needed for what is owed. "
            "Leave more in, add goods that carry %(missing)s, or repay part of the loan first."
        ),
        "GOODS_ELSEWHERE": _(
            "A paper with the same facts as %(documents)s is with another supplier or behind another case. "
            "Choose other goods; the platform looks into it."
        ),
        "NOT_YOURS_TO_DECIDE": _(
            "The supplier asks for its goods, and a checker of the lender decides. Sign in as one of them."
        ),
    }
)


@transaction.atomic
def propose(
    *, reference: str, leaves: Mapping[int, Decimal], takings: Sequence[Taking], by: Membership, at: datetime
) -> CollateralChange:
    """The supplier asks for goods back: part of them, or in exchange for others. The lender decides.

    leaves  quantity by pledge line's id
    Raises LoanNotRunning, GoodsNotThere, CoverTooSmall, NotYoursToDecide.
    """
    pledge, exposure = _running(reference, at)
    if not access.may(by, "collateral.change") or by.organisation_id != pledge.supplier_id:
        raise NotYoursToDecide("only the supplier asks", reference=reference)
    _require_cover(pledge, exposure, leaves, takings)
    change = CollateralChange.objects.create(
        pledge=pledge,
        kind=Kind.SUBSTITUTION if takings else Kind.PART_RELEASE,
        leaves={str(pk): str(quantity) for pk, quantity in leaves.items()},
        comes={str(taking.line.line_id): str(taking.quantity) for taking in takings},
        asked_by=by,
        asked_at=at,
    )
    audit.record(
        action="collateral.ask", subject=change, by=by, at=at, thread=pledge.thread, after={"kind": change.kind}
    )
    outbox.put(topic="collateral.change.proposed", payload={"change_id": change.pk}, at=at)
    if takings:
        joining = [taking.line for taking in takings]
        registers.request_search(reference=reference, thread=pledge.thread, at=at, joining=joining)
    return change


@transaction.atomic
def approve(*, change_id: int, takings: Sequence[Taking], by: Membership, at: datetime) -> CollateralChange:
    """The lender agrees: what comes is taken, then what goes is let go, all at once or not at all.

    takings  what the change says comes, valued as of now
    Raises GoodsNotThere, CoverTooSmall, GoodsElsewhere, RegisterPending, RegisterMatch, AlreadyPledged, NotEffective,
    NotYoursToDecide, NotAllowedNow.
    """
    change = _decidable(change_id, by)
    pledge, exposure = _running(change.pledge.reference, at)
    leaves = leaves_of(change)
    _require_cover(pledge, exposure, leaves, takings)
    if takings:
        _require_unknown(pledge, takings, at)
        joining = [taking.line for taking in takings]
        registers.require_clear_goods(reference=pledge.reference, joining=joining, at=at)
    take_all(pledge, takings, at=at)
    reason = ReleaseOrder.Reason.SUBSTITUTED if takings else ReleaseOrder.Reason.PART
    let_go_all(pledge, leaves, reason=reason, cause=audit.subject_of(change), by=by, at=at)
    if takings:
        perfecting.require_every_element(pledge)
    lifecycle.fire(change, "approve", by=by, at=at, thread=pledge.thread, decided_by=by)
    _goods_have_changed(pledge, at)
    outbox.put(topic="collateral.change.done", payload={"change_id": change.pk}, at=at)
    return change


@transaction.atomic
def refuse(*, change_id: int, note: str, by: Membership, at: datetime) -> CollateralChange:
    """The lender does not let the goods go, and says why. Raises NotYoursToDecide, NotAllowedNow."""
    change = _decidable(change_id, by)
    lifecycle.fire(change, "refuse", by=by, at=at, note=note, thread=change.pledge.thread, decided_by=by)
    outbox.put(topic="collateral.change.refused", payload={"change_id": change.pk}, at=at)
    return change


@transaction.atomic
def withdraw(*, change_id: int, by: Membership, at: datetime) -> CollateralChange:
    """The supplier does not want it any more. Raises NotYoursToDecide, NotAllowedNow."""
    change = CollateralChange.objects.select_for_update().select_related("pledge").get(pk=change_id)
    if by.organisation_id != change.pledge.supplier_id:
        raise NotYoursToDecide("only the supplier withdraws", change=change_id)
    return lifecycle.fire(change, "withdraw", by=by, at=at, thread=change.pledge.thread)


@transaction.atomic
def top_up(*, reference: str, takings: Sequence[Taking], by: Membership, at: datetime) -> Pledge:
    """The supplier puts further goods behind its loan; nobody need agree to more security.

    They carry nothing before the registers have answered about them and their own elements are there.
    Raises LoanNotRunning, ChangeWaits, GoodsElsewhere, AlreadyPledged, NotYoursToDecide.
    """
    pledge, _exposure = _running(reference, at)
    if not access.may(by, "collateral.change") or by.organisation_id != pledge.supplier_id:
        raise NotYoursToDecide("only the supplier adds goods", reference=reference)
    if pledge.changes.filter(state=CollateralChange.State.PROPOSED).exists():
        raise ChangeWaits("the lender is looking at a change", reference=reference)
    _require_unknown(pledge, takings, at)
    added = take_all(pledge, takings, at=at)
    facts = {"lines": [str(row) for row in added]}
    audit.record(action="pledge.top_up", subject=pledge, by=by, at=at, thread=pledge.thread, after=facts)
    registers.request_search(reference=reference, thread=pledge.thread, at=at)
    _goods_have_changed(pledge, at)
    return pledge


def _goods_have_changed(pledge: Pledge, at: datetime) -> None:
    """Cover is looked at, and what is filed in the register follows the goods."""
    covering.look_again([pledge.pk], cause=CoverCheck.Cause.GOODS, at=at)
    if pledge.lines.filter(counts=True).exists():
        registers.request_amendment(reference=pledge.reference, at=at)


def _require_unknown(pledge: Pledge, takings: Sequence[Taking], at: datetime) -> None:
    """Goods that join a loan are looked up like any others. Raises GoodsElsewhere."""
    numbers = {taking.line.document_id: taking.line.document_number for taking in takings}
    alike = fingerprinting.check(document_ids=numbers, stage=Hit.Stage.PLEDGE, reference=pledge.reference, at=at)
    stopped = sorted({numbers[match.document_id] for match in alike if match.stops})
    if stopped:
        raise GoodsElsewhere("the same paper is elsewhere", documents=", ".join(stopped))


def pieces_of(pledge: Pledge) -> list[Piece]:
    """The goods behind a loan that nobody has paid for, with what they carry, oldest first: so they are let go."""
    rows = pledge.lines.filter(counts=True, ranks_second=False, paid_quantity__lt=F("quantity"))
    rows = rows.select_related("worth").order_by("id")
    return [row.piece for row in rows]


def leaves_of(change: CollateralChange) -> dict[int, Decimal]:
    """Quantities that go, by pledge line's id."""
    return {int(pk): Decimal(quantity) for pk, quantity in change.leaves.items()}


def comes_of(change: CollateralChange) -> dict[int, Decimal]:
    """Quantities that come, by document line's id."""
    return {int(pk): Decimal(quantity) for pk, quantity in change.comes.items()}


def _running(reference: str, at: datetime) -> tuple[Pledge, Exposure]:
    pledge = Pledge.objects.select_for_update().filter(reference=reference).first()
    exposure = Exposure.objects.filter(pledge=pledge).first() if pledge else None
    if pledge is None or exposure is None or pledge.state != Pledge.State.PLEDGED:
        raise LoanNotRunning("no running loan on these goods", reference=reference)
    covering.look_again([pledge.pk], cause=CoverCheck.Cause.GOODS, at=at)
    return pledge, exposure


def _require_cover(
    pledge: Pledge, exposure: Exposure, leaves: Mapping[int, Decimal], takings: Sequence[Taking]
) -> None:
    """What stays and comes must cover the loan; only goods that carry nothing may go from one that is short anyway."""
    ranking.require_unpromised(leaves)
    held = pieces_of(pledge)
    there = {_key(piece): piece.quantity for piece in held}
    unknown = sorted(key for key, quantity in leaves.items() if not 0 < quantity <= there.get(key, Decimal(0)))
    if unknown:
        raise GoodsNotThere("so much is not behind the loan", lines=unknown)
    comes = [
        Piece(("new", taking.line.line_id), taking.quantity, Money(taking.lendable_minor, taking.line.currency))
        for taking in takings
    ]
    stays = [margin.carried_by(piece, piece.quantity - leaves.get(_key(piece), Decimal(0))) for piece in held]
    after = total([*stays, *(piece.carries for piece in comes)], exposure.currency)
    before = total([piece.carries for piece in held], exposure.currency)
    if margin.is_covered_after(held, dict(leaves), comes, exposure.owed, exposure.cure_to):
        return
    loses_nothing = all(not piece.carries.minor for piece in held if piece.key in leaves)
    if not loses_nothing or after < before:
        missing = margin.goods_to_cure(after, exposure.owed, exposure.thresholds)
        raise CoverTooSmall(
            "the loan would not be covered", carries=str(after), needed=str(after + missing), missing=str(missing)
        )


def _key(piece: Piece) -> int:
    assert isinstance(piece.key, int), "pieces of a pledge are keyed by its lines"
    return piece.key


def _decidable(change_id: int, by: Membership) -> CollateralChange:
    change = CollateralChange.objects.select_for_update().select_related("pledge").get(pk=change_id)
    if not access.may(by, "collateral.decide") or by.organisation_id != change.pledge.bank_id:
        raise NotYoursToDecide("only the lender's checker decides", change=change_id)
    return change
