"""The lender's security, from signature to release: looked at again, pledged, filed, let go."""

# budget: the seam where a case meets registers, fingerprints, the registry of pledges and their legal elements
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scf.collateral import selectors as collateral
from scf.collateral.models import Cap, Hit, LevelName, RegisterRequest, ReleaseOrder
from scf.collateral.selectors import registers as requests
from scf.collateral.services import covering, fingerprinting, perfecting, ranking, registers
from scf.collateral.services import pledging as registry
from scf.domain.errors import DomainError
from scf.domain.money import Money
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
            "A limit would be exceeded: %(level)s%(figures)s. "
            "Lend less, wait until other loans are repaid, or have the limit raised."
        ),
    }
)
# the timeline is read by supplier and platform: what one lender keeps to itself is not said there
_ON_TIMELINE: dict[str, Promise] = {
    LimitUsedUp.code: _("A limit would be exceeded with this case. Lend less, or ask the lender and the platform."),
}


def recheck(application: Application, *, amount: Money, stage: str, at: datetime) -> None:
    """What must still be true before goods are pledged and before money moves.

    Raises ChecksFailed, GoodsNotThereAnyMore.

    amount what the lender pays out: the goods, valued anew, must still carry it
    stage  Hit.Stage under which papers found alike elsewhere are recorded
    """
    ranking.require_first(application.number)
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
    carries = covering.carried_now(application.number, amount.currency, at=at)
    if carries < amount and controls.is_on("AMOUNT_COVERED"):
        sentence = checks.sentence("AMOUNT_COVERED", {"amount": str(amount), "lendable": str(carries)})
        raise checks.ChecksFailed("the goods carry less now", sentences=sentence, codes=["AMOUNT_COVERED"])


def _refuse(code: str, documents: list[str]) -> None:
    sentence = checks.sentence(code, {"documents": ", ".join(documents)})
    raise checks.ChecksFailed("the goods have changed", sentences=sentence, codes=[code])


def require_room(reference: str, lender: Organisation, *, at: datetime, is_held: bool = False) -> None:
    """Raise LimitUsedUp where a case goes over a limit, the lender's own included, if that lender takes its goods.

    Figures are said of the lender's own limit only: what is used of the platform's, others have lent too.
    """
    over = collateral.over_limits(reference, lender_id=lender.pk, on=day_of(at), is_held=is_held)
    if not over or not controls.is_on("CAPS"):
        return
    cap, level = over[0], str(LevelName(over[0].level).label)
    if not Cap.objects.filter(pk=str(cap.source), lender=lender).exists():
        raise LimitUsedUp("a limit would be exceeded", level=level, figures="")
    own = {"limit": str(cap.limit), "used": str(cap.used)}
    figures = gettext("limit %(limit)s, %(used)s with this case") % own
    raise LimitUsedUp("a limit would be exceeded", level=level, figures=f" ({figures})", **own)


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
    recheck(application, amount=case.amount, stage=Hit.Stage.PLEDGE, at=at)
    require_room(application.number, case.bank, at=at, is_held=True)
    registry.pledge(reference=application.number, bank=case.bank, by=None, at=at)
    _file(application, at)
    perfecting.note_seen(
        reference=application.number, element=Element.CONTRACT, note=application.number, file=case.contract_file, at=at
    )
    outbox.put(topic="financing.application.pledged", payload={"application_id": application.pk}, at=at)
    return lifecycle.fire(application, "pledge", by=None, at=at)


def _file(application: Application, at: datetime) -> None:
    """File the right of the lender whose offer was accepted, where it is not filed or asked for yet."""
    case = application.accepted_case
    assert case is not None
    until = filed_until(application, case.tenor_days or 0, day_of(at))
    registers.request_filing(reference=application.number, at=at, term_until=until)


def filed_until(application: Application, tenor_days: int, on: date) -> date:
    """The last day of the filing for a loan paid out on `on` or when the supplier wants it, whichever is later."""
    return max(on, application.wanted_on or on) + timedelta(days=tenor_days + FILING_MARGIN_DAYS)


@transaction.atomic
def hold(*, application_id: int, why: DomainError, at: datetime) -> None:
    """Something stands against a signed case: it waits, and the platform and the supplier are told, once a reason.

    A reason that comes again after somebody had the case looked at again is told again.
    """
    application = Application.objects.select_for_update().get(pk=application_id)
    note = str(_ON_TIMELINE.get(why.code) or refusals.explain(why))[:500]
    acts = AuditEntry.objects.filter(thread=application.thread, action__in=["application.hold", "application.go_on"])
    last = acts.order_by("-id").first()
    if last is not None and (last.action, last.note) == ("application.hold", note):
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
    if application.state == Application.State.PLEDGED:
        _file(application, at)  # again where the register had refused
    perfecting.check_effective(reference=application.number, at=at)
    for topic in ("collateral.registers.answered", "collateral.pledge.effective"):
        outbox.put(topic=topic, payload={"reference": application.number}, at=at)


@transaction.atomic
def ask_again(*, application_id: int, at: datetime) -> None:
    """Registers were not asked, or their answers are old by now: ask them; nothing where an answer is on its way.

    Raises NothingReserved.
    """
    application = Application.objects.select_for_update().get(pk=application_id)
    registers.request_search(reference=application.number, thread=application.thread, at=at)


def require_filing_taken(application: Application) -> None:
    """Raise RegisterFailed where the register has refused to file the lender's right in the pledged goods."""
    register = RegisterRequest.Register.MOVABLES
    row = requests.latest(application.number, register, RegisterRequest.Kind.FILE)
    if application.state == Application.State.PLEDGED and row is not None and row.state == RegisterRequest.State.FAILED:
        raise registers.RegisterFailed("not filed", register=str(register.label), reference=application.number)


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
    reason: str = "",
    cause: str = "",
) -> None:
    """Let the goods of a case go, and strike out what registers know of it. Safe to repeat."""
    if not reason:  # money that the payee's bank sent back was a loan for a while
        was_lent = collateral.exposure_of(application.number) is not None
        reason = ReleaseOrder.Reason.REPAID if was_lent else ReleaseOrder.Reason.UNPAID
    registry.release(reference=application.number, by=by, at=at, reason=reason, cause=cause)
    registers.request_cancellation(reference=application.number, at=at)
