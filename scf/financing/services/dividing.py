"""A request split among lenders: one case becomes a case for each, with its share of the amount and of the goods.

Each part is an application of its own - its lender, its offer, its contract, its pledge, its loan - so that everything
that is true of one case is true of it. The case that was submitted is over once it is divided, and only names them.
"""

from collections.abc import Sequence
from datetime import datetime

from scf.collateral.services import pledging as registry
from scf.collateral.services.pledging import Taking
from scf.domain import splitting
from scf.domain.money import Money
from scf.domain.routing import Mode, Reason, Route
from scf.domain.splitting import Carrying, Part
from scf.kernel import audit, lifecycle, outbox
from scf.kernel.clock import day_of

from ..models import Application, ApplicationLine, Attachment, CheckResult
from .applying import offerables_for
from .routes import as_json

OTHER_PART = Reason("OTHER_PART")


def is_divided(found: Sequence[Route]) -> bool:
    """True where several lenders each take a share; a single one lends all."""
    return sum(route.turn == 1 and route.share is not None for route in found) > 1


def divide(application: Application, found: Sequence[Route], programme_id: int, *, at: datetime) -> list[Application]:
    """Part a locked case among the lenders that take a share, in the caller's transaction.

    The goods change hands inside this transaction: they are free for nobody else meanwhile. Raises AlreadyPledged.
    """
    lenders = [route for route in found if route.turn == 1 and route.share is not None]
    rows = list(application.lines.exclude(quantity=None).order_by("id"))
    goods = [
        Carrying(row.line_id, row.quantity, Money(row.lendable_minor or 0, application.currency))
        for row in rows
        if row.quantity
    ]
    shares = splitting.parts([route.share for route in lenders if route.share is not None], goods)
    lifecycle.fire(
        application, "divide", by=None, at=at, facts={"asked": len(lenders)}, mode=Mode.SPLIT,
        programme_id=programme_id, routes=[as_json(route) for route in found],
    )  # fmt: skip
    registry.reserve(
        reference=application.number,
        thread=application.thread,
        supplier=application.supplier,
        takings=[],
        by=None,
        at=at,
    )
    made = []
    for number, (route, part) in enumerate(zip(lenders, shares, strict=True), 1):
        if part.amount.minor:
            made.append(_part(application, number, part, _routes_of(route, found), at))
    return made


def _routes_of(own: Route, found: Sequence[Route]) -> list[dict[str, object]]:
    """Of its own lender that it is asked, of the others that they lend another part."""
    kept = []
    for route in found:
        row = as_json(route)
        if route.turn and route.bank_id != own.bank_id:
            row |= {"turn": 0, "reasons": [OTHER_PART.code]}
        kept.append(row)
    return sorted(kept, key=lambda row: not row["turn"])


def _part(
    parent: Application, number: int, part: Part, routes: list[dict[str, object]], at: datetime
) -> Application:  # budget: one row and what hangs on it
    made = Application.objects.create(
        number=f"{parent.number}-{number}", parent=parent, supplier=parent.supplier, buyer=parent.buyer,
        product=parent.product, currency=parent.currency, amount_minor=part.amount.minor, tenor_days=parent.tenor_days,
        wanted_on=parent.wanted_on, note=parent.note, state=Application.State.SUBMITTED, created_by=parent.created_by,
        created_at=at, submitted_at=parent.submitted_at, waiting_since=at, rounds=parent.rounds, routes=routes,
        mode=Mode.SPLIT, programme_id=parent.programme_id,
    )  # fmt: skip
    audit.record(
        action="application.part", subject=made, by=None, at=at, thread=made.thread, after={"amount": str(part.amount)}
    )
    whole = {row.line_id: row for row in parent.lines.all()}
    ApplicationLine.objects.bulk_create(
        ApplicationLine(
            application=made, line_id=line.key, quantity=line.quantity, lendable_minor=line.lendable.minor,
            steps=[*whole[line.key].steps, _step(line, whole[line.key])],
        )
        for line in part.goods
    )  # fmt: skip
    Attachment.objects.bulk_create(
        Attachment(application=made, file_id=row.file_id) for row in parent.attachments.all()
    )
    CheckResult.objects.bulk_create(
        CheckResult(application=made, round=row.round, code=row.code, result=row.result, facts=row.facts, at=row.at)
        for row in parent.checks.filter(round=parent.rounds)
    )
    _reserve(made, part, at)
    outbox.put(topic="financing.application.parted", payload={"application_id": made.pk}, at=at)
    return made


def _step(line: Carrying, whole: ApplicationLine) -> dict[str, object]:
    assert whole.quantity
    return {"code": "SHARE", "factor": str((line.quantity / whole.quantity).normalize()), "left": line.lendable.minor}


def _reserve(part_case: Application, part: Part, at: datetime) -> None:
    """The share of the goods, as they were valued when the whole was submitted."""
    quantities = {line.key: line for line in part.goods}
    found = offerables_for(part_case, list(quantities), day_of(at), is_held=True)
    takings = [
        Taking(
            offerable.line, quantities[offerable.line.line_id].quantity,
            quantities[offerable.line.line_id].lendable.minor, part_case.product.terms,
        )
        for offerable in found
    ]  # fmt: skip
    registry.reserve(
        reference=part_case.number,
        thread=part_case.thread,
        supplier=part_case.supplier,
        takings=takings,
        by=None,
        at=at,
    )
