"""The supplier chooses: offers side by side, the contract, the signature; the others lapse."""

# budget: signing re-checks the goods, typesets and keeps the contract, and lapses the other offers, at once
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from scf.banks.services.payments import PayeeNotVerified
from scf.collateral import selectors as collateral
from scf.collateral.models import Hit
from scf.collateral.services import registers
from scf.documents import contract as contract_pdf
from scf.documents.services import store_file
from scf.domain import schedule
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.pricing import fee_of
from scf.domain.rates import Agreement
from scf.domain.schedule import Contract, Cost
from scf.kernel import lifecycle, outbox
from scf.kernel.calendars import calendar_for, names_for
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties import selectors as parties
from scf.parties.models import Membership
from scf.parties.services import confirm_person
from scf.servicing.selectors.names import pricing
from scf.servicing.selectors.rates import rate_on

from ..models import Application, BankCase
from . import placing, precedents, securing
from .applying import LAPSING


class OfferGone(DomainError):
    """The offer has expired or lapsed."""

    code = "OFFER_GONE"


refusals.register(
    {
        "OFFER_GONE": _("This offer is no longer open. Choose another, or ask the lender for a new one."),
    }
)


@dataclass(frozen=True, slots=True)
class Terms:
    """An offer as it would run from a drawdown date: the contract, its plan and its cost, with what is due last.

    fee  once, due with the last instalment
    """

    contract: Contract
    plan: list[schedule.Row]
    cost: Cost
    fee: Money

    @property
    def pricing(self) -> str:
        """How the rate is found, in the active language."""
        return pricing(self.contract.agreement, self.contract.annual_rate)

    @property
    def calendars(self) -> str:
        """Whose business days the due date is rolled by, in the active language."""
        return names_for(self.contract.currency)


def terms_of(case: BankCase, drawdown: date) -> Terms:
    """What the offer means if it is paid out on `drawdown`; the due date moves to a business day."""
    assert case.annual_rate is not None and case.tenor_days is not None
    product, agreement = case.application.product, Agreement.from_json(case.agreement)
    contract = Contract(
        principal=case.amount,
        annual_rate=rate_on(agreement, drawdown, case.annual_rate),
        agreement=agreement,
        basis="ACT/360",
        drawdown_date=drawdown,
        maturity_date=calendar_for(case.amount.currency).following(drawdown + timedelta(days=case.tenor_days)),
        penalty_factor=product.penalty_factor,
        grace_days=product.grace_days,
        cooling_off_days=product.cooling_off_days,
        conventions=product.conventions,
    )
    fee = fee_of(contract.principal, case.fee_bp, rounding=contract.conventions.rounding)
    fees = [(contract.due_dates[-1], fee)] if fee else []
    return Terms(contract, schedule.plan(contract), schedule.cost(contract, fees), fee)


def drawdown_on(application: Application, on: date) -> date:
    """The day on which an offer signed on `on` is paid out: the day that the supplier wanted, never in the past.

    A loan that pays another one off is paid out at once: until then the goods could leave with the first one.
    """
    return on if application.liquidates is not None else max(on, application.wanted_on or on)


def render_contract(case: BankCase, *, on: date, language: str) -> bytes:
    """The contract of an offer as PDF, in the reader's language; the same bytes for the same terms and day."""
    terms = terms_of(case, drawdown_on(case.application, on))
    application = case.application
    goods = [
        (
            row.goods.document.number,
            row.goods.description,
            row.quantity,
            row.goods.unit,
        )
        for row in collateral.lines_of(application.number)
    ]
    with translation.override(language):
        return contract_pdf.render(
            contract_pdf.LoanContract(
                number=application.number,
                on=on,
                lender=str(case.bank),
                lender_code=case.bank.uscc,
                borrower=str(application.supplier),
                borrower_code=application.supplier.uscc,
                buyer=str(application.buyer or ""),
                product=str(application.product),
                terms=terms.contract,
                plan=tuple(terms.plan),
                cost=terms.cost,
                pricing=terms.pricing,
                calendars=terms.calendars,
                conditions=case.conditions,
                precedents=precedents.lines_of(case.precedents),
                goods=tuple(goods),
                pays_off=application.liquidates.number if application.liquidates else "",
            )
        )


def accept(*, application_id: int, bank_case_id: int, proof: str, by: Membership, at: datetime) -> Application:
    """Sign one offer: everything is checked again, the others lapse, the contract is kept.

    The person is confirmed before the transaction: its refusal must not roll
    back that a wrong code was counted. Raises NotConfirmed, OfferGone,
    ChecksFailed, PayeeNotVerified, NotAllowedNow.
    """
    confirm_person(by.user, proof)
    return take_offer(application_id, bank_case_id, by, at)


@transaction.atomic
def take_offer(application_id: int, bank_case_id: int, by: Membership, at: datetime) -> Application:
    """What `accept` does once the person is confirmed, now or when it signed ahead; raises what `accept` raises."""
    mine = Application.objects.filter(supplier=by.organisation).select_related("product", "supplier", "buyer")
    application = mine.select_for_update(of=("self",)).get(pk=application_id)
    case = application.bank_cases.select_for_update(of=("self",)).select_related("bank").filter(pk=bank_case_id).first()
    if case is None or case.state != BankCase.State.OFFERED or (case.expires_on or date.min) < day_of(at):
        raise OfferGone("the offer is not open")
    case.application = application
    securing.recheck(application, amount=case.amount, stage=Hit.Stage.PLEDGE, at=at)
    placing.require_licensed(application, case.bank, amount=case.amount, burden=case.burden, on=day_of(at))
    if parties.payee_account(application.supplier, application.currency, at=at) is None:
        raise PayeeNotVerified("no verified account to be paid into", currency=application.currency)
    language = by.user.language or settings.LANGUAGE_CODE
    stored = store_file(
        content=render_contract(case, on=day_of(at), language=language),
        name=f"{application.number}-contract.pdf", media_type="application/pdf",
        owner=application.supplier, by=by, at=at,
    )  # fmt: skip
    facts = {"bank": str(case.bank), "amount": str(case.amount), "rate": str(case.annual_rate), **case.agreement}
    if case.fee_bp:
        facts["fee_bp"] = case.fee_bp
    lifecycle.fire(case, "accept", by=by, at=at, private_to=case.bank, contract_file=stored)
    lifecycle.fire(application, "accept", by=by, at=at, facts=facts, bank_case=case)
    precedents.lay_down(case)
    for other in application.bank_cases.select_for_update().filter(state__in=LAPSING):
        lifecycle.fire(other, "lapse", by=by, at=at, private_to=other.bank)
    registers.request_search(reference=application.number, thread=application.thread, at=at)
    outbox.put(topic="financing.application.accepted", payload={"application_id": application.pk}, at=at)
    return application
