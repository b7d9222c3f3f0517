"""A lender's side: claim, propose, check, ask; four eyes, authority by amount."""

# budget: an offer is judged by rates, limits, goods and the loan that it pays off
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.rates import FIXED, Agreement
from scf.domain.routing import Mode
from scf.domain.sealing import DECLINE, OFFER, Quote
from scf.kernel import lifecycle, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership
from scf.servicing.selectors.rates import offered_rate

from ..models import Application, Auction, BankCase, InfoMessage
from . import placing, quoting, reviewing, securing
from .liquidating import payoff_of


class SamePerson(DomainError):
    """The checker is the maker."""

    code = "SAME_PERSON"


class BeyondAuthority(DomainError):
    """The amount is above what this checker may confirm."""

    code = "BEYOND_AUTHORITY"


class OfferNotSound(DomainError):
    """The offer's terms contradict the application or themselves."""

    code = "OFFER_NOT_SOUND"


refusals.register(
    {
        "SAME_PERSON": _("You made this proposal, so somebody else checks it. Lay it back for a colleague."),
        "BEYOND_AUTHORITY": _(
            "%(amount)s is above your authority of %(authority)s. A checker with higher authority must confirm it."
        ),
        "OFFER_NOT_SOUND": _("These terms do not stand: %(why)s. Correct them and propose again."),
    }
)


def _locked(bank_case_id: int, by: Membership) -> BankCase:
    return BankCase.objects.select_for_update(of=("self",)).select_related("application__product", "bank").get(
        pk=bank_case_id, bank=by.organisation
    )  # fmt: skip


@transaction.atomic
def claim(*, bank_case_id: int, by: Membership, at: datetime) -> BankCase:
    """A maker takes a case. Raises NotAllowedNow."""
    case = _locked(bank_case_id, by)
    return lifecycle.fire(case, "claim", by=by, at=at, private_to=case.bank, maker=by.user)


@transaction.atomic
def unclaim(*, bank_case_id: int, by: Membership, at: datetime) -> BankCase:
    """The maker lays the case back."""
    case = _locked(bank_case_id, by)
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
) -> BankCase:
    """The maker's terms.

    annual_rate  a fraction of one; None where the agreement names an index, whose value of today then counts
    Raises OfferNotSound, RateUnknown, LicenceForbids, NotAllowedNow.
    """
    case = _locked(bank_case_id, by)
    if agreement.is_floating:
        annual_rate = offered_rate(agreement, day_of(at))
    assert annual_rate is not None, "a fixed rate is given"
    why = _why_not_sound(case.application, amount, annual_rate, tenor_days, expires_on, day_of(at))
    if why:
        raise OfferNotSound("terms do not stand", why=why)
    placing.require_licensed(case.application, case.bank, amount=amount, annual_rate=annual_rate, on=day_of(at))
    outbox.put(topic="financing.bank_case.proposed", payload={"bank_case_id": case.pk}, at=at)
    if case.is_sealed:
        quote = Quote(
            case.pk, OFFER, amount, annual_rate, agreement.as_json(), tenor_days, conditions, expires_on, note=note
        )
        return quoting.propose(case, quote, by=by, at=at)
    facts = {"amount": str(amount), "rate": str(annual_rate), "tenor_days": tenor_days, **agreement.as_json()}
    return lifecycle.fire(
        case, "propose_offer", by=by, at=at, private_to=case.bank, facts=facts, note=note,
        amount=amount, annual_rate=annual_rate, tenor_days=tenor_days, conditions=conditions, expires_on=expires_on,
        agreement=agreement,
    )  # fmt: skip


def _why_not_sound(
    application: Application, amount: Money, annual_rate: Decimal, tenor_days: int, expires_on: date, on: date
) -> str:
    if amount.currency != application.currency or not 0 < amount.minor <= application.amount.minor:
        return str(_("the amount must be above zero and not above what was asked for"))
    if application.liquidates is not None and not payoff_of(application, application.wanted_on or on) < amount:
        return str(_("the amount must pay off the loan on the order and leave something over"))
    if not 0 < annual_rate <= Decimal("0.36"):
        return str(_("the yearly rate must lie above 0 % and not above 36 %"))
    if not 0 < tenor_days <= application.product.tenor_days_max:
        return str(_("the tenor is outside what the product allows"))
    if expires_on < on:
        return str(_("the offer would expire before it is made"))
    auction = Auction.objects.filter(application=application).first()
    if auction is not None and expires_on < day_of(auction.deadline or auction.asked_at):
        return str(_("the offer would expire before quotes are opened"))
    return ""


@transaction.atomic
def propose_decline(*, bank_case_id: int, reason: str, note: str, by: Membership, at: datetime) -> BankCase:
    """The maker would not lend, for a reason of BankCase.DeclineReason."""
    case = _locked(bank_case_id, by)
    outbox.put(topic="financing.bank_case.proposed", payload={"bank_case_id": case.pk}, at=at)
    if case.is_sealed:
        return quoting.propose(case, Quote(case.pk, DECLINE, decline_reason=reason, note=note), by=by, at=at)
    return lifecycle.fire(
        case, "propose_decline", by=by, at=at, private_to=case.bank, facts={"reason": reason}, note=note, reason=reason
    )  # fmt: skip


@transaction.atomic
def confirm(*, bank_case_id: int, by: Membership, at: datetime) -> BankCase:
    """A checker, never the maker, stands for the proposal; in an auction this seals it for good.

    Raises SamePerson, BeyondAuthority, LimitUsedUp, LicenceForbids, KeyNotThere, QuoteTooLate, NotAllowedNow.
    """
    case = _locked(bank_case_id, by)
    if case.maker_id == by.user_id:
        raise SamePerson("the maker does not check")
    if case.is_sealed:
        return _seal(case, by, at)
    if case.proposal == BankCase.Proposal.OFFER:
        _require_may_offer(case, case.amount, case.annual_rate, by, at)
        lifecycle.fire(case, "confirm_offer", by=by, at=at, private_to=case.bank, checker=by.user)
    else:
        lifecycle.fire(case, "confirm_decline", by=by, at=at, private_to=case.bank, checker=by.user)
    outbox.put(topic="financing.bank_case.decided", payload={"bank_case_id": case.pk}, at=at)
    return case


def _seal(case: BankCase, by: Membership, at: datetime) -> BankCase:
    quote = quoting.draft_of(case)
    if quote is None or case.state != BankCase.State.CHECKER:
        raise lifecycle.NotAllowedNow("nothing waits to be sealed", state=case.state)
    if quote.amount is not None:
        _require_may_offer(case, quote.amount, quote.annual_rate, by, at)
    return quoting.seal(case, quote, by=by, at=at)


def _require_may_offer(case: BankCase, amount: Money, rate: Decimal | None, by: Membership, at: datetime) -> None:
    """Raise BeyondAuthority, LimitUsedUp or LicenceForbids where officer, limits or licence do not allow it."""
    authority = Money(by.authority_minor or 0, case.application.currency)
    if amount > authority:
        raise BeyondAuthority("above authority", amount=str(amount), authority=str(authority))
    securing.require_room(case.application.number, case.bank, at=at)
    placing.require_licensed(case.application, case.bank, amount=amount, annual_rate=rate or Decimal(0), on=day_of(at))


@transaction.atomic
def send_back(*, bank_case_id: int, note: str, by: Membership, at: datetime) -> BankCase:
    """The checker wants the proposal worked over. Raises ReasonMissing, SamePerson."""
    case = _locked(bank_case_id, by)
    if not note.strip():
        raise reviewing.ReasonMissing("a reason is needed")
    if case.maker_id == by.user_id:
        raise SamePerson("the maker does not check")
    if case.is_sealed:
        return quoting.send_back(case, note=note, by=by, at=at)
    return lifecycle.fire(case, "send_back", by=by, at=at, private_to=case.bank, note=note)


@transaction.atomic
def ask_info(*, bank_case_id: int, text: str, by: Membership, at: datetime) -> BankCase:
    """Maker or checker asks the supplier something; the lender's clock stops."""
    case = _locked(bank_case_id, by)
    if not text.strip():
        raise reviewing.ReasonMissing("a question is needed")
    InfoMessage.objects.create(bank_case=case, author=by, text=text, at=at)
    lifecycle.fire(case, "ask_info", by=by, at=at, private_to=case.bank, note=text)
    outbox.put(topic="financing.bank_case.info_asked", payload={"bank_case_id": case.pk}, at=at)
    return case


@transaction.atomic
def answer_info(*, bank_case_id: int, text: str, by: Membership, at: datetime) -> BankCase:
    """The supplier answers; the maker goes on."""
    case = BankCase.objects.select_for_update(of=("self",)).select_related("application", "bank").get(
        pk=bank_case_id, application__supplier=by.organisation
    )  # fmt: skip
    if not text.strip():
        raise reviewing.ReasonMissing("an answer is needed")
    InfoMessage.objects.create(bank_case=case, author=by, text=text, at=at)
    lifecycle.fire(case, "answer_info", by=by, at=at, private_to=case.bank, note=text)
    outbox.put(topic="financing.bank_case.info_answered", payload={"bank_case_id": case.pk}, at=at)
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
