"""The first half of a lender's side: claim, hand over, propose, ask. What checkers do is in `checking`."""

# budget: an offer is judged by rates, limits, goods and the loan that it pays off
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scf.banks.selectors import authority
from scf.domain import pricing
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.rates import FIXED, Agreement
from scf.domain.routing import Mode
from scf.domain.sealing import DECLINE, OFFER, Quote
from scf.domain.straight_through import BURDEN_MAX
from scf.kernel import lifecycle, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership, Role
from scf.servicing.selectors.rates import offered_rate

from ..models import Application, Auction, BankCase
from . import deciding, placing, quoting, reviewing
from .deciding import Act
from .liquidating import payoff_of


class CannotTakeIt(DomainError):
    """A case is handed to somebody who cannot work on it."""

    code = "CANNOT_TAKE_IT"


class OfferNotSound(DomainError):
    """The offer's terms contradict the application or themselves."""

    code = "OFFER_NOT_SOUND"


refusals.register(
    {
        "CANNOT_TAKE_IT": _("%(name)s cannot take this case: %(why)s. Choose another colleague."),
        "OFFER_NOT_SOUND": _("These terms do not stand: %(why)s. Correct them and propose again."),
    }
)


def locked(bank_case_id: int, by: Membership) -> BankCase:
    """The lender's side of a case, held until the transaction ends."""
    return BankCase.objects.select_for_update(of=("self",)).select_related("application__product", "bank").get(
        pk=bank_case_id, bank=by.organisation
    )  # fmt: skip


@transaction.atomic
def claim(*, bank_case_id: int, by: Membership, at: datetime) -> BankCase:
    """A maker takes a case. Raises NotAllowedNow."""
    case = locked(bank_case_id, by)
    return lifecycle.fire(case, "claim", by=by, at=at, private_to=case.bank, maker=by.user)


@transaction.atomic
def hand_over(*, bank_case_id: int, to: Membership, by: Membership, at: datetime) -> BankCase:
    """A checker gives a case that waits for a maker, or is with one, to another maker.

    Raises CannotTakeIt, NotAllowedNow.
    """
    case = locked(bank_case_id, by)
    require_can_take(to, by, Role.MAKER, day_of(at))
    is_claimed = case.state == BankCase.State.MAKER
    facts = {"to": str(to.user)}
    return lifecycle.fire(
        case, "reassign" if is_claimed else "claim", by=by, at=at, private_to=case.bank, facts=facts, maker=to.user
    )


def require_can_take(to: Membership, by: Membership, role: str, on: date) -> None:
    """Raise CannotTakeIt where a colleague has not the role, cannot sign in, or is away on that day."""
    why = ""
    if to.organisation_id != by.organisation_id or to.role != role or not to.is_active or not to.user.is_active:
        why = gettext("that is not the colleague's part")
    elif authority.absences_on(by.organisation_id, on).filter(person=to.user).exists():
        why = gettext("the colleague is away today")
    if why:
        raise CannotTakeIt("cannot take it", name=str(to.user), why=why)


@transaction.atomic
def unclaim(*, bank_case_id: int, by: Membership, at: datetime) -> BankCase:
    """The maker lays the case back."""
    case = locked(bank_case_id, by)
    return lifecycle.fire(case, "unclaim", by=by, at=at, private_to=case.bank)


@transaction.atomic
def propose_offer(
    *,
    bank_case_id: int,
    amount: Money,
    annual_rate: Decimal | None,
    tenor_days: int,
    conditions: str,
    expires_on: date,
    note: str,
    by: Membership,
    at: datetime,
    agreement: Agreement = FIXED,
    fee_bp: int = 0,
    precedents: str = "",
    seen: bytes = b"",
) -> BankCase:
    """The maker's terms.

    annual_rate  a fraction of one; None where the agreement names an index, whose value of today then counts
    fee_bp       once, of the amount, in hundredths of a percent; due with the last instalment
    precedents   what must be there before payment, one a line
    seen         the page that the maker had, kept with the decision
    Raises OfferNotSound, RateUnknown, LicenceForbids, NotAllowedNow.
    """
    case = locked(bank_case_id, by)
    if agreement.is_floating:
        annual_rate = offered_rate(agreement, day_of(at))
    assert annual_rate is not None, "a fixed rate is given"
    quote = Quote(
        case.pk, OFFER, amount, annual_rate, agreement.as_json(), tenor_days, conditions, expires_on,
        note=note, precedents=precedents, fee_bp=fee_bp,
    )  # fmt: skip
    _require_may_offer(case, quote, day_of(at))
    outbox.put(topic="financing.bank_case.proposed", payload={"bank_case_id": case.pk}, at=at)
    if case.is_sealed:
        quoting.propose(case, quote, by=by, at=at)
    else:
        _lay_open(case, quote, agreement, by=by, at=at)
    deciding.record(case, Act.OFFER, by=by, at=at, note=note, terms=_said(quote), seen=seen)
    return case


def _said(quote: Quote) -> dict[str, str]:
    return {
        "amount": str(quote.amount), "rate": str(quote.annual_rate), "tenor_days": str(quote.tenor_days),
        **{name: str(value) for name, value in quote.agreement.items()}, "expires_on": str(quote.expires_on),
        "fee_bp": str(quote.fee_bp or ""),
        "conditions": quote.conditions, "precedents": quote.precedents,
    }  # fmt: skip


def _lay_open(case: BankCase, quote: Quote, agreement: Agreement, *, by: Membership, at: datetime) -> None:
    """Write the terms where the checkers, and nobody else, read them."""
    assert quote.amount is not None
    facts = {"amount": str(quote.amount), "rate": str(quote.annual_rate), "tenor_days": quote.tenor_days}
    if quote.fee_bp:
        facts["fee_bp"] = quote.fee_bp
    lifecycle.fire(
        case, "propose_offer", by=by, at=at, private_to=case.bank, facts={**facts, **agreement.as_json()},
        note=quote.note, amount=quote.amount, annual_rate=quote.annual_rate, tenor_days=quote.tenor_days,
        conditions=quote.conditions, expires_on=quote.expires_on, agreement=agreement, precedents=quote.precedents,
        fee_bp=quote.fee_bp, need=deciding.table_of(case, quote.amount, day_of(at)).need,
    )  # fmt: skip


def _require_may_offer(case: BankCase, quote: Quote, on: date) -> None:
    why = _why_not_sound(case.application, quote, on)
    if why:
        raise OfferNotSound("terms do not stand", why=why)
    assert quote.amount is not None, "it is an offer"
    placing.require_licensed(case.application, case.bank, amount=quote.amount, burden=quote.burden, on=on)


def _why_not_sound(application: Application, quote: Quote, on: date) -> str:
    amount, annual_rate, tenor_days, expires_on = quote.amount, quote.annual_rate, quote.tenor_days, quote.expires_on
    assert amount is not None and annual_rate is not None and tenor_days is not None and expires_on is not None
    if amount.currency != application.currency or not 0 < amount.minor <= application.amount.minor:
        return str(_("the amount must be above zero and not above what was asked for"))
    if application.liquidates is not None and not payoff_of(application, application.wanted_on or on) < amount:
        return str(_("the amount must pay off the loan on the order and leave something over"))
    if not 0 < annual_rate <= BURDEN_MAX:
        return str(_("the yearly rate must lie above 0 % and not above 36 %"))
    if not 0 < tenor_days <= application.product.tenor_days_max:
        return str(_("the tenor is outside what the product allows"))
    if not 0 <= quote.fee_bp <= pricing.FEE_BP_MAX:
        return str(_("the fee must lie between nothing and 10 % of the amount"))
    if quote.burden > BURDEN_MAX:
        return str(_("rate and fee together cost more than 36 % a year"))
    if expires_on < on:
        return str(_("the offer would expire before it is made"))
    auction = Auction.objects.filter(application=application).first()
    if auction is not None and expires_on < day_of(auction.deadline or auction.asked_at):
        return str(_("the offer would expire before quotes are opened"))
    return ""


@transaction.atomic
def propose_decline(
    *, bank_case_id: int, reason: str, note: str, by: Membership, at: datetime, seen: bytes = b""
) -> BankCase:  # fmt: skip
    """The maker would not lend, for a reason of BankCase.DeclineReason."""
    case = locked(bank_case_id, by)
    outbox.put(topic="financing.bank_case.proposed", payload={"bank_case_id": case.pk}, at=at)
    if case.is_sealed:
        quoting.propose(case, Quote(case.pk, DECLINE, decline_reason=reason, note=note), by=by, at=at)
    else:
        facts = {"reason": reason}
        lifecycle.fire(
            case, "propose_decline", by=by, at=at, private_to=case.bank, facts=facts, note=note, reason=reason
        )
    deciding.record(case, Act.DECLINE, by=by, at=at, note=note, terms={"reason": reason}, seen=seen)
    return case


@transaction.atomic
def report(*, bank_case_id: int, at: datetime) -> Application:
    """A lender has decided: the application gets its first offer, or is declined when nobody is left."""
    case = BankCase.objects.get(pk=bank_case_id)
    application = Application.objects.select_for_update().get(pk=case.application_id)
    if application.state == Application.State.ROUTED and case.state == BankCase.State.OFFERED:
        facts = {"bank": str(case.bank)} if application.mode != Mode.BEST_PRICE else {}
        lifecycle.fire(application, "offer", by=None, at=at, facts=facts)
        outbox.put(topic="financing.application.offered", payload={"application_id": application.pk}, at=at)
    return reviewing.close_if_nobody_offers(application, at=at)
