"""The supplier's side: draft, submit, correct, withdraw."""

# budget: applying reads goods, takes them, checks them and ends cases early
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import ROUND_DOWN

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.collateral import selectors as collateral
from scf.collateral.models import Hit
from scf.collateral.selectors import Offerable
from scf.collateral.services import fingerprinting
from scf.collateral.services import pledging as registry
from scf.collateral.services.pledging import Taking
from scf.documents.models import StoredFile
from scf.domain.eligibility import Result
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.valuation import Value
from scf.kernel import audit, lifecycle, numbering, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership

from ..models import Application, ApplicationLine, Attachment, Product
from . import checks, securing


class NothingChosen(DomainError):
    """The application has no goods behind it."""

    code = "NOTHING_CHOSEN"


class MixedChoice(DomainError):
    """The chosen lines belong to several products or currencies."""

    code = "MIXED_CHOICE"


refusals.register(
    {
        "NOTHING_CHOSEN": _("No goods are chosen. Tick at least one line that can be borrowed on."),
        "MIXED_CHOICE": _(
            "The lines are of several products or currencies. Choose lines of one kind and one currency."
        ),
    }
)


@transaction.atomic
def start_draft(*, product: Product, currency: str, by: Membership, at: datetime) -> Application:
    """An empty draft; it is kept until it is submitted or withdrawn."""
    application = Application.objects.create(
        number=numbering.next_number(prefix="FA", on=day_of(at)),
        supplier=by.organisation,
        product=product,
        currency=currency,
        created_by=by.user,
        created_at=at,
        waiting_since=at,
    )
    audit.record(action="application.draft", subject=application, by=by, at=at, thread=application.thread)
    return application


@transaction.atomic
def choose_lines(*, application_id: int, line_ids: Sequence[int], by: Membership, on: date) -> Application:
    """Put these lines, and only these, behind the draft. Lines of others are not found."""
    application = _editable(application_id, by)
    found = offerables_for(application, line_ids, on)
    chosen = [o for o in found if o.line.currency == application.currency and o.is_usable]
    application.lines.all().delete()
    ApplicationLine.objects.bulk_create(
        ApplicationLine(application=application, line_id=o.line.line_id) for o in chosen
    )
    buyers = {o.line.buyer_id for o in chosen}
    application.buyer_id = buyers.pop() if len(buyers) == 1 else None
    application.save(update_fields=["buyer"])
    return application


@transaction.atomic
def set_terms(
    *, application_id: int, amount: Money, tenor_days: int, wanted_on: date, note: str, by: Membership
) -> Application:
    """Say how much, for how long and from when."""
    application = _editable(application_id, by)
    application.amount_minor, application.tenor_days = amount.minor, tenor_days
    application.wanted_on, application.note = wanted_on, note
    application.save(update_fields=["amount_minor", "tenor_days", "wanted_on", "note"])
    return application


@transaction.atomic
def attach(*, application_id: int, file: StoredFile, by: Membership) -> Attachment:
    """Add a file to a draft or a returned application."""
    return Attachment.objects.create(application=_editable(application_id, by), file=file)


@transaction.atomic
def submit(*, application_id: int, by: Membership, at: datetime) -> Application:
    """Check, reserve the goods and ask; all or nothing.

    The figure of each line is written down as it is now. Raises ChecksFailed,
    NothingChosen, AlreadyPledged, NotAllowedNow.
    """
    application = _editable(application_id, by)
    chosen = offerables_for(application, [line.line_id for line in application.lines.all()], day_of(at), is_held=True)
    if not chosen:
        raise NothingChosen("no goods are chosen")
    papers = {offerable.line.document_id for offerable in chosen}
    fingerprinting.check(document_ids=papers, stage=Hit.Stage.SUBMISSION, reference=application.number, at=at)
    lendable = checks.lendable_of(chosen, application.currency)
    verdicts = checks.judge(application, chosen, lendable, day_of(at))
    checks.require(verdicts)
    lifecycle.fire(application, "submit", by=by, at=at, facts={"amount": str(application.amount)})
    checks.keep(application, verdicts, at)
    _reserve(application, chosen, by, at)
    outbox.put(topic="financing.application.submitted", payload={"application_id": application.pk}, at=at)
    return application


def needs_person(application: Application) -> bool:
    """True where a reviewer must look: a check warns, or the amount is above the straight-through line."""
    results = application.checks.filter(round=application.rounds).values_list("result", flat=True)
    limit = application.product.straight_through_max_minor
    return any(r != Result.PASS for r in results) or application.amount.minor > limit


@transaction.atomic
def withdraw(*, application_id: int, by: Membership, at: datetime) -> Application:
    """The supplier takes the application back; its goods are free, its bank cases lapse."""
    application = Application.objects.select_for_update().get(pk=application_id, supplier=by.organisation)
    lifecycle.fire(application, "withdraw", by=by, at=at)
    end_case(application, by=by, at=at)
    return application


def end_case(application: Application, *, by: Membership | None, at: datetime) -> None:
    """What every early end has in common: goods freed, open bank cases lapsed, flows told."""
    securing.free(application, by=by, at=at)
    for bank_case in application.bank_cases.select_for_update().filter(state__in=LAPSING):
        lifecycle.fire(bank_case, "lapse", by=by, at=at, private_to=bank_case.bank)
    outbox.put(topic="financing.application.ended", payload={"application_id": application.pk}, at=at)


LAPSING = ("OPEN", "MAKER", "CHECKER", "SENT_BACK", "INFO_REQUESTED", "SEALED", "OFFERED")


def _editable(application_id: int, by: Membership) -> Application:
    application = Application.objects.select_for_update(of=("self",)).select_related("product", "supplier").get(
        pk=application_id, supplier=by.organisation
    )  # fmt: skip
    if application.state not in (Application.State.DRAFT, Application.State.RETURNED):
        raise lifecycle.NotAllowedNow("only a draft or a returned application is changed", state=application.state)
    return application


def offerables_for(
    application: Application, line_ids: Sequence[int] | None, on: date, *, is_held: bool = False
) -> list[Offerable]:
    """What can stand behind the application, the goods of a loan that it pays off included; `line_ids` only these."""
    terms = {application.product.code: application.product.terms}
    return collateral.offerables(
        organisation=application.supplier, terms=terms, on=on, line_ids=line_ids, reference=application.number,
        behind=application.goods_behind, is_held=is_held,
    )  # fmt: skip


def _reserve(application: Application, chosen: list[Offerable], by: Membership, at: datetime) -> None:
    lines = {line.line_id: line for line in application.lines.all()}
    takings = list[Taking]()
    for offerable in chosen:
        value = offerable.value
        if value is None or not value.free_quantity or not value.lendable:
            continue
        row = lines[offerable.line.line_id]
        row.quantity, row.lendable_minor = value.free_quantity, value.lendable.minor
        row.steps = [{"code": s.code, "factor": str(s.factor), "left": s.left.minor} for s in value.steps]
        row.save()
        takings += _takings(offerable, value, application)
    registry.reserve(
        reference=application.number, thread=application.thread, supplier=application.supplier,
        takings=takings, by=by, at=at,
    )  # fmt: skip


def _takings(offerable: Offerable, value: Value, application: Application) -> Iterator[Taking]:
    """A line as it is taken: what stands behind the loan that is to be paid off ranks second, the rest is free."""
    line, terms, left, minor = offerable.line, application.product.terms, value.free_quantity, value.lendable.minor
    behind = application.goods_behind
    held = [row for row in collateral.passing_on(behind) if row.line_holding.line_id == line.line_id] if behind else []
    for first in held:
        part = min(first.quantity, left)
        share = int((minor * part / left).to_integral_value(ROUND_DOWN)) if left else 0
        yield Taking(line, first.quantity, share, terms, first=first)
        left, minor = left - part, minor - share
    if left > 0:
        yield Taking(line, left, minor, terms)
