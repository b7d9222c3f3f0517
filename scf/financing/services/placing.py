"""An approved case is placed: which lenders are asked, in which turn, and who comes next."""

# budget: the seam where appetites, licences, limits and what is owed meet in one answer for each lender
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scf.banks.models import Appetite
from scf.banks.selectors import appetites as wants
from scf.banks.selectors import grades, licences, programmes
from scf.collateral import selectors as collateral
from scf.collateral.models import Cap, Exposure
from scf.domain import pricing, routing, targets
from scf.domain.errors import DomainError
from scf.domain.licences import licence_against
from scf.domain.money import Money
from scf.domain.pricing import Cell
from scf.domain.routing import Asked, Mode, Reason, Route
from scf.kernel import controls, lifecycle, outbox
from scf.kernel.clock import day_of
from scf.orders.models import TradeDocument
from scf.parties import refusals
from scf.parties.models import Organisation
from scf.servicing.selectors.rates import tables

from ..models import Application, BankCase
from . import dividing, explaining, quoting
from .reviewing import close_if_nobody_offers
from .routes import as_json

ANSWER_HOURS_USUAL = 24
ASKED_AGAIN_AFTER = timedelta(hours=1)
UNANSWERED = ("OPEN", "MAKER", "CHECKER", "SENT_BACK")
SIGNED = ("ACCEPTED", "PLEDGED", "DISBURSING", "PAYMENT_FAILED")


class LicenceForbids(DomainError):
    """The lender's licence does not allow this offer."""

    code = "LICENCE_FORBIDS"


refusals.register({"LICENCE_FORBIDS": _("Your licence does not allow this: %(why)s Offer less, or decline.")})


def asked_of(application: Application, on: date) -> Asked:
    """The case as lenders are looked for."""
    assert application.tenor_days is not None
    kept = application.lines.filter(line__document__kind=TradeDocument.Kind.WAREHOUSE_RECEIPT)
    keepers = kept.exclude(line__document__warehouse=None).values_list("line__document__warehouse_id", flat=True)
    supplier = application.supplier
    return Asked(
        product=application.product.code, amount=application.amount, tenor_days=application.tenor_days,
        supplier_id=supplier.pk, buyer_id=application.buyer_id, warehouses=frozenset(keepers),
        industry=supplier.industry, region=supplier.region, grade=grades.grade_of(supplier.pk, on),
    )  # fmt: skip


def find_routes(application: Application, *, on: date) -> tuple[list[Route], routing.Programme | None]:
    """What each lender would answer on a day, and the programme that places the case; nothing is written.

    Reads appetites, licences, programmes and what is owed once, and limits for each lender whose appetite fits.
    """
    asked = asked_of(application, on)
    only = application.liquidates.bank_id if application.liquidates is not None else None
    programme = routing.programme_for(asked, programmes.terms(on)) if only is None else None
    found = routing.routes(
        asked=asked, appetites=wants.appetites(on), programme=programme, only=only, bars=_bars(application, on)
    )
    return found, programme


def _bars(application: Application, on: date) -> routing.Bars:
    known, owed, indices = licences.in_force(on), owed_by(application), tables()

    def bars(appetite: routing.Appetite, asked: Asked) -> Sequence[Reason]:
        reasons, licence = list[Reason](), known.get(appetite.bank_id)
        if licence is not None:
            cell = routing.list_price(appetite, asked)
            value = indices[cell.index].known_on(on) if cell is not None else None
            burden = cell.burden(value.rate, asked.tenor_days) if cell is not None and value is not None else None
            so_far = owed.get(appetite.bank_id, Money(0, asked.amount.currency))
            reasons += licence_against(licence, asked, owed=so_far, on=on, burden=burden)
        if asked.amount == application.amount:  # limits are counted in goods: those of a share are not parted yet
            reasons += _limits(application, appetite.bank_id, on)
        return reasons

    return bars


def _limits(application: Application, lender_id: int, on: date) -> list[Reason]:
    """LIMIT_OWN where the lender's own limits leave no room, LIMIT where the platform's do not."""
    if not controls.is_on("CAPS"):
        return []
    over = collateral.over_limits(application.number, lender_id=lender_id, on=on)
    own = set(
        Cap.objects.filter(pk__in=[str(cap.source) for cap in over], lender=lender_id).values_list("pk", flat=True)
    )
    codes = {("LIMIT_OWN" if cap.source in own else "LIMIT", str(cap.level)) for cap in over}
    return [Reason(code, {"level": level}) for code, level in sorted(codes)]


def owed_by(application: Application) -> dict[int, Money]:
    """What the supplier owes each lender, or will by what it has signed, in the currency of the case; two queries.

    A loan that the case pays off does not count.
    """
    currency, owed = application.currency, dict[int, int]()
    loans = Exposure.objects.filter(pledge__supplier=application.supplier_id, currency=currency)
    if application.liquidates is not None:
        loans = loans.exclude(loan=application.liquidates.number)
    signed = Application.objects.filter(supplier=application.supplier_id, currency=currency, state__in=SIGNED)
    # a lender's people are shown no other lender's side: what others lend is nothing to a lender's own limit
    signed = signed.exclude(pk=application.pk).filter(accepted_case__bank__isnull=False)
    for rows in (
        loans.order_by().values_list("pledge__bank").annotate(sum=Sum("owed_minor")),
        signed.order_by().values_list("accepted_case__bank").annotate(sum=Sum("accepted_case__amount_minor")),
    ):
        for bank_id, minor in rows:
            owed[bank_id] = owed.get(bank_id, 0) + minor
    return {bank_id: Money(minor, currency) for bank_id, minor in owed.items()}


def require_licensed(
    application: Application, lender: Organisation, *, amount: Money, burden: Decimal | None, on: date
) -> None:
    """Raise LicenceForbids where the lender's licence does not allow an offer.

    burden  rate and fee as a simple yearly fraction (pricing.burden); None where no price is known
    """
    licence = licences.licence_of(lender, on)
    if licence is None:
        return
    asked = Asked(application.product.code, amount, application.tenor_days or 1, region=application.supplier.region)
    owed = owed_by(application).get(lender.pk, Money(0, application.currency))
    against = licence_against(licence, asked, owed=owed, on=on, burden=burden)
    if against:
        why = " ".join(explaining.to_lender(reason) for reason in against)
        raise LicenceForbids("beyond the licence", why=why, codes=[reason.code for reason in against])


@transaction.atomic
def route(*, application_id: int, at: datetime) -> Application:
    """Ask the lenders whose turn is first, a bank case each; the answer of every lender is kept with its reasons.

    A case that is split among several lenders becomes a case for each instead (`dividing`). Raises AlreadyPledged.
    """
    application = Application.objects.select_for_update(of=("self",)).select_related(
        "product", "supplier", "liquidates"
    ).get(pk=application_id)  # fmt: skip
    if application.parent_id is not None:
        return _ask_first(application, application.routes, Mode.SPLIT, application.programme_id, at)
    found, programme = find_routes(application, on=day_of(at))
    if programme is not None and programme.mode is Mode.SPLIT and dividing.is_divided(found):
        dividing.divide(application, found, programme.programme_id, at=at)
        return application
    mode = programme.mode if programme is not None else Mode.ALL
    programme_id = programme.programme_id if programme is not None else None
    if mode is Mode.BEST_PRICE and programme is not None and any(each.turn == 1 for each in found):
        quoting.arrange(application, hours=programme.deadline_hours, at=at)
    return _ask_first(application, [as_json(each) for each in found], mode, programme_id, at)


def _ask_first(
    application: Application, routes: list[dict[str, Any]], mode: Mode, programme_id: int | None, at: datetime
) -> Application:
    first = [row for row in routes if row["turn"] == 1]
    lifecycle.fire(
        application, "route", by=None, at=at, facts={"asked": len(first)}, routes=routes, mode=mode,
        programme_id=programme_id,
    )  # fmt: skip
    for row in first:
        ask(application, row["bank"], row["appetite"], at=at)
    if not first:
        close_if_nobody_offers(application, at=at)
    outbox.put(topic="financing.application.routed", payload={"application_id": application.pk}, at=at)
    return application


def ask(application: Application, bank_id: int, appetite_id: int | None, *, at: datetime) -> BankCase:
    """A lender's side of a case, with the time by which it wants to have answered."""
    version = wants.version_used(appetite_id)
    case = BankCase.objects.create(
        application=application, bank_id=bank_id, opened_at=at, waiting_since=at, answer_by=_answer_by(version, at),
        is_sealed=application.mode == Mode.BEST_PRICE,
    )  # fmt: skip
    if application.mode == Mode.RANKED:
        payload = {"bank_case_id": case.pk}
        outbox.put(topic="financing.bank_case.target_passed", payload=payload, at=case.answer_by or at)
    return case


def _answer_by(version: Appetite | None, at: datetime) -> datetime:
    hours = version.target_hours if version is not None else ANSWER_HOURS_USUAL
    quiet = (version.quiet_from, version.quiet_to) if version is not None else (None, None)
    return targets.answer_by(timezone.localtime(at), hours=hours, quiet_from=quiet[0], quiet_to=quiet[1])


def list_price_of(case: BankCase, on: date) -> Cell | None:
    """What the lender's own list says for a case, by the version by which it was routed; None where it says nothing."""
    application = case.application
    used = next((row.get("appetite") for row in application.routes if row["bank"] == case.bank_id), None)
    version = wants.version_used(used)
    if version is None or application.tenor_days is None:
        return None
    grade = grades.grade_of(application.supplier_id, on)
    return pricing.price(version.cells, grade=grade, tenor_days=application.tenor_days)


@transaction.atomic
def ask_next(*, bank_case_id: int, at: datetime) -> BankCase | None:
    """The lender of this case has declined, let its time pass or its offer expire: ask the one whose turn is next.

    None where there is none, the case has an open offer, has ended, or one that was asked later still has its time:
    safe to repeat.
    """
    case = BankCase.objects.get(pk=bank_case_id)
    application = Application.objects.select_for_update().get(pk=case.application_id)
    row = next_turn(application)
    later = application.bank_cases.filter(pk__gt=case.pk).exclude(state__in=["DECLINED", "LAPSED"])
    if row is None or later.exclude(state__in=UNANSWERED, answer_by__lte=at).exists():
        return None
    if application.state == Application.State.OFFERED:
        lifecycle.fire(application, "pass_on", by=None, at=at)
    return ask(application, row["bank"], row["appetite"], at=at)


def next_turn(application: Application) -> dict[str, Any] | None:
    """The route of the lender whose turn is next in a ranked case that still wants an offer; None where nobody's is."""
    cases, state = application.bank_cases, application.state
    has_offer = state == Application.State.OFFERED and cases.filter(state=BankCase.State.OFFERED).exists()
    if application.mode != Mode.RANKED or has_offer or state not in ("ROUTED", "OFFERED"):
        return None
    known = set(cases.values_list("bank_id", flat=True))
    following = [row for row in application.routes if row["turn"] and row["bank"] not in known]
    return min(following, key=lambda row: row["turn"], default=None)


@transaction.atomic
def look_at_target(*, bank_case_id: int, at: datetime) -> bool:
    """A lender's time may have passed: True where its turn is over; else it is looked at again when that may be."""
    case = BankCase.objects.select_for_update().get(pk=bank_case_id)
    if case.state == BankCase.State.INFO_REQUESTED:
        later = at + ASKED_AGAIN_AFTER
    elif case.answer_by is not None and at < case.answer_by:
        later = case.answer_by
    else:
        return case.state in UNANSWERED
    outbox.put(topic="financing.bank_case.target_passed", payload={"bank_case_id": case.pk}, at=later)
    return False
