"""The lender's security, from signature to release: looked at again, pledged, filed, let go."""

# budget: the seam where a case meets registers, fingerprints, the registry of pledges and their legal elements
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.collateral import selectors as collateral
from scf.collateral.models import Hit, LevelName, ReleaseOrder
from scf.collateral.services import fingerprinting, perfecting, registers
from scf.collateral.services import pledging as registry
from scf.domain.errors import DomainError
from scf.domain.perfection import Element
from scf.kernel import audit, controls, lifecycle, outbox
from scf.kernel.clock import day_of
from scf.kernel.models import AuditEntry
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..models import Application, Product
from . import checks

FILING_MARGIN_DAYS = 180  # how long a filing outlasts the loan: recovery takes its time


class LimitUsedUp(DomainError):
    """What the goods carry goes over a limit of supplier, buyer, warehouse, commodity or lender."""

    code = "LIMIT_USED_UP"


refusals.register(
    {
        "LIMIT_USED_UP": _(
            "The limit %(level)s of %(limit)s would be exceeded: %(used)s with this case. "
            "Lend less, wait until other loans are repaid, or have the limit raised."
        ),
    }
)


def recheck(application: Application, *, stage: str, at: datetime) -> None:
    """What must still be true before goods are pledged and before money moves. Raises ChecksFailed.

    stage  Hit.Stage under which papers found alike elsewhere are recorded
    """
    goods = {line.goods for line in collateral.lines_of(application.number) if line.counts}
    terms = {product.code: product.terms for product in Product.objects.all()}
    found = collateral.offerables(
        organisation=application.supplier, terms=terms, on=day_of(at), line_ids=[line.pk for line in goods]
    )
    broken = [offerable.line.document_number for offerable in found if offerable.line.problems]
    lost = {line.document.number for line in goods if line.pk not in {offerable.line.line_id for offerable in found}}
    if broken or lost:
        _refuse("NOT_DISPUTED", sorted({*broken, *lost}))
    numbers = {line.document_id: line.document.number for line in goods}
    alike = fingerprinting.check(document_ids=numbers, stage=stage, reference=application.number, at=at)
    stopped = sorted({numbers[match.document_id] for match in alike if match.stops})
    if stopped and controls.is_on("NOT_FINANCED_ELSEWHERE"):
        _refuse("NOT_FINANCED_ELSEWHERE", stopped)


def _refuse(code: str, documents: list[str]) -> None:
    sentence = checks.sentence(code, {"documents": ", ".join(documents)})
    raise checks.ChecksFailed("the goods have changed", sentences=sentence, codes=[code])


def require_room(reference: str, lender: Organisation, *, at: datetime, is_held: bool = False) -> None:
    """Raise LimitUsedUp where a case goes over a limit, the lender's own included, if that lender takes its goods."""
    over = collateral.over_limits(reference, lender_id=lender.pk, on=day_of(at), is_held=is_held)
    if over:
        cap = over[0]
        raise LimitUsedUp(
            "a limit would be exceeded", level=str(LevelName(cap.level).label), limit=str(cap.limit), used=str(cap.used)
        )


@transaction.atomic
def pledge(*, application_id: int, at: datetime) -> Application:
    """The accepted offer's lender takes the goods as security, and files its right.

    Raises ChecksFailed, RegisterPending, RegisterMatch, LimitUsedUp, NothingReserved, NotAllowedNow.
    """
    application = Application.objects.select_for_update(of=("self",)).select_related("accepted_case", "supplier").get(
        pk=application_id
    )  # fmt: skip
    case = application.accepted_case
    assert case is not None
    registers.require_clear(reference=application.number, at=at)
    recheck(application, stage=Hit.Stage.PLEDGE, at=at)
    require_room(application.number, case.bank, at=at, is_held=True)
    registry.pledge(reference=application.number, bank=case.bank, by=None, at=at)
    registers.request_filing(
        reference=application.number, at=at, term_until=filed_until(application, case.tenor_days or 0, day_of(at))
    )
    perfecting.note_seen(
        reference=application.number, element=Element.CONTRACT, note=application.number, file=case.contract_file, at=at
    )
    return lifecycle.fire(application, "pledge", by=None, at=at)


def filed_until(application: Application, tenor_days: int, on: date) -> date:
    """The last day of the filing for a loan paid out on `on` or when the supplier wants it, whichever is later."""
    return max(on, application.wanted_on or on) + timedelta(days=tenor_days + FILING_MARGIN_DAYS)


@transaction.atomic
def hold(*, application_id: int, why: DomainError, at: datetime) -> None:
    """Something stands against a signed case: it waits, and the platform and the supplier are told, once a reason."""
    application = Application.objects.select_for_update().get(pk=application_id)
    note = refusals.explain(why)[:500]
    known = AuditEntry.objects.filter(thread=application.thread, action="application.hold").order_by("-id").first()
    if known is not None and known.note == note:
        return
    audit.record(action="application.hold", subject=application, by=None, at=at, thread=application.thread, note=note)
    outbox.put(topic="financing.application.held", payload={"application_id": application.pk}, at=at)


@transaction.atomic
def go_on(*, application_id: int, by: Membership, at: datetime) -> None:
    """A reviewer has dealt with what stood against a case: it is looked at again. Raises NotAllowedNow."""
    application = Application.objects.select_for_update().get(pk=application_id)
    if application.state not in (Application.State.ACCEPTED, Application.State.PLEDGED):
        raise lifecycle.NotAllowedNow("only a signed case that is not paid yet waits", state=application.state)
    audit.record(action="application.go_on", subject=application, by=by, at=at, thread=application.thread)
    registers.request_search(reference=application.number, thread=application.thread, at=at)
    perfecting.check_effective(reference=application.number, at=at)
    for topic in ("collateral.registers.answered", "collateral.pledge.effective"):
        outbox.put(topic=topic, payload={"reference": application.number}, at=at)


@transaction.atomic
def note_filing(*, reference: str, at: datetime) -> None:
    """The register has answered: where it has filed the lender's right, that element of the pledge is there."""
    filing = registers.filing_of(reference)
    if filing is not None and filing.is_in_force:
        perfecting.note_seen(reference=reference, element=Element.REGISTERED, note=filing.number, at=at)


@transaction.atomic
def free(
    application: Application,
    *,
    by: Membership | None,
    at: datetime,
    reason: str = ReleaseOrder.Reason.UNPAID,
    cause: str = "",
    is_paid_for: bool = False,
) -> None:
    """Let the goods of a case go, and strike out what registers know of it. Safe to repeat."""
    registry.release(reference=application.number, by=by, at=at, reason=reason, cause=cause, is_paid_for=is_paid_for)
    registers.request_cancellation(reference=application.number, at=at)
