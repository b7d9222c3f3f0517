"""Events, evidence and next actors as words for people."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from scf.collateral.models import CollateralChange, RegisterRequest
from scf.collateral.services.perfecting import ELEMENT_NAMES
from scf.financing.models import Application
from scf.kernel.models import AuditEntry
from scf.kernel.templatetags.figures import percent

register = template.Library()

DEEDS = {
    "application.draft": _("Draft started"),
    "application.submit": _("Submitted"),
    "application.begin_review": _("Claimed for review"),
    "application.unclaim": _("Laid back into the queue"),
    "application.approve": _("Approved by the platform"),
    "application.give_back": _("Returned to the supplier"),
    "application.reject": _("Rejected by the platform"),
    "application.route": _("Lenders asked"),
    "application.divide": _("Split among lenders"),
    "application.part": _("Part of a split case begun"),
    "application.decline": _("No lender offers"),
    "application.offer": _("First offer is here"),
    "application.pass_on": _("The offer has expired; the next lender is asked"),
    "application.accept": _("Offer signed"),
    "application.pledge": _("Case pledged"),
    "application.instruct": _("Payment instructed"),
    "application.fail_payment": _("Payment failed"),
    "application.unwind": _("Unwound"),
    "application.disburse": _("Paid out"),
    "application.settle": _("Settled"),
    "application.withdraw": _("Withdrawn"),
    "application.expire": _("Expired"),
    "bankcase.claim": _("Claimed by the lender's maker"),
    "bankcase.unclaim": _("Laid back by the maker"),
    "bankcase.propose_offer": _("Offer proposed"),
    "bankcase.propose_decline": _("Decline proposed"),
    "bankcase.confirm_offer": _("Offer confirmed by the checker"),
    "bankcase.confirm_decline": _("Decline confirmed by the checker"),
    "bankcase.send_back": _("Sent back to the maker"),
    "bankcase.propose_sealed": _("Quote proposed, unseen"),
    "bankcase.seal": _("Quote sealed by the checker"),
    "bankcase.open_quote": _("Our quote was opened"),
    "bankcase.open_decline": _("Our decline was opened"),
    "auction.begin": _("Sealed quotes are taken"),
    "auction.open": _("All quotes opened"),
    "bankcase.ask_info": _("Question asked"),
    "bankcase.sign_on": _("Signed or voted; more must"),
    "bankcase.reassign": _("Handed to another maker"),
    "bankcase.hand_over": _("Handed to another checker"),
    "bankcase.escalate": _("Late: passed on by the clock"),
    "precedent.bring": _("Brought, for the payment"),
    "precedent.turn_down": _("Not enough for the payment"),
    "precedent.tick_off": _("Met, for the payment"),
    "precedent.waive": _("The lender pays without it"),
    "bankcase.answer_info": _("Question answered"),
    "bankcase.accept": _("Our offer was accepted"),
    "bankcase.lapse": _("Lapsed"),
    "application.sign_ahead": _("First good offer signed ahead"),
    "application.revoke_ahead": _("Signature ahead taken back"),
    "application.hold": _("Held: something stands against it"),
    "application.go_on": _("To be looked at again"),
    "pledge.pledge": _("Goods pledged"),
    "pledge.release": _("Goods released"),
    "pledge.evidence": _("Evidence of the pledge brought"),
    "pledge.waiver": _("The lender goes without a legal element"),
    "pledge.revoked": _("The lender says that evidence of the pledge does not hold"),
    "pledge.lock": _("Goods locked by the keeper"),
    "pledge.hand_out": _("Goods handed out by the keeper"),
    "pledge.call_off": _("Sale of the goods called off"),
    "pledge.effective": _("The pledge stands in law"),
    "pledge.pass_on": _("Goods passed over to the loan that paid this one off"),
    "pledge.convert": _("Goods received took the place of goods ordered"),
    "pledge.top_up": _("Goods added behind the loan"),
    "pledge.enforce": _("Sale of the goods begun"),
    "pledge.sell": _("Goods sold for the lender"),
    "margin.call": _("Margin call"),
    "margincall.cure": _("Margin call cured"),
    "margincall.extend": _("Deadline of the margin call moved"),
    "margincall.sell": _("Forced sale decided"),
    "margincall.close_sale": _("Forced sale recorded"),
    "margincall.call_off": _("Forced sale called off"),
    "collateral.ask": _("Change of collateral asked for"),
    "collateralchange.approve": _("Change of collateral approved"),
    "collateralchange.refuse": _("Change of collateral refused"),
    "collateralchange.withdraw": _("Change of collateral withdrawn"),
    "registerrequest.ask": _("Register asked"),
    "registerrequest.answer_with": _("Register answered"),
    "registerrequest.fail": _("Register refused the request"),
    "registerrequest.dismiss": _("What the register found was told apart"),
    "payment.instruct": _("Payment instruction written"),
    "payment.send": _("Payment instruction sent"),
    "payment.lose_sight": _("Bank's answer lost; being asked about"),
    "payment.settle": _("Bank has paid"),
    "payment.reject": _("Bank refused the payment"),
    "payment.give_back": _("The money came back"),
    "payment.hand_over": _("Payment file handed over to the bank"),
    "payment.take_file": _("Payment file taken by the bank's officer"),
    "investigation.open": _("What the bank says does not fit: a person looks into it"),
    "investigation.answer": _("Bank answered the request to give back"),
    "investigation.close": _("Looked into and settled"),
    "loan.open": _("Loan opened"),
    "loan.repay_part": _("Part repaid"),
    "loan.close": _("Loan repaid"),
    "loan.overpaid": _("Paid beyond what was owed"),
    "loan.refund": _("Surplus returned to the supplier"),
    "loan.passed_on": _("Surplus passed on to another loan"),
    "loan.reopen": _("Loan open again"),
    "loan.write_off": _("Written off"),
    "loan.recover": _("Recovered"),
    "loan.recovery": _("Recovered"),
    "loan.rate_missing": _("A reference rate is missing"),
    "loan.fee": _("Fee charged"),
    "loan.penalty": _("Penalty charged"),
    "loan.waiver": _("Waived"),
    "loan.rate_change": _("Rate changed"),
    "loan.extension": _("Due date extended"),
    "loan.misuse": _("Use not as agreed"),
    "loan.reversal": _("Taken back"),
    "loanchange.propose": _("Change of the loan proposed"),
    "loanchange.approve": _("Change of the loan approved"),
    "loanchange.refuse": _("Change of the loan refused"),
    "loanchange.withdraw": _("Change of the loan withdrawn"),
}
FACTS = {
    "amount": "%s",
    "bank": "%s",
    "rate": _("rate %s"),
    "fee_bp": _("fee %s bp"),
    "fee": _("fee %s"),
    "tenor_days": _("%s days"),
    "loan": _("loan %s"),
    "payment": _("payment %s"),
    "account": _("to account %s"),
    "asked": _("lenders asked: %s"),
    "quotes": _("quotes: %s"),
    "payer": _("paid by %s"),
    "reason_code": _("reason %s"),
    "element": "%s",
    "register": "%s",
    "kind": "%s",
    "outcome": "%s",
    "deadline": _("until %s"),
    "document": "%s",
}
PAYERS = {"BUYER": _("the buyer"), "SUPPLIER": _("the supplier"), "OTHER": _("somebody else")}
# codes that are words for people; what is not listed here is written as it is, but for those of ONLY_KNOWN
VALUES: dict[str, dict[str, Any]] = {
    "payer": PAYERS,
    "element": {code.value: name for code, name in ELEMENT_NAMES.items()},
    "register": dict(RegisterRequest.Register.choices),
    "kind": {**dict(RegisterRequest.Kind.choices), **dict(CollateralChange.Kind.choices)},
    "outcome": dict(RegisterRequest.Outcome.choices),
}
ONLY_KNOWN = {"kind", "outcome", "register"}

EVIDENCE = {
    "UPLOADED": _("uploaded"),
    "CONFIRMED": _("confirmed by the buyer"),
    "PULLED": _("from the buyer's system"),
}

NEXT_ACTOR = {
    Application.State.DRAFT: _("With the supplier: the draft is not sent yet."),
    Application.State.SUBMITTED: _("With the platform: waiting for a reviewer."),
    Application.State.IN_REVIEW: _("With the platform: a reviewer is looking at it."),
    Application.State.RETURNED: _("With the supplier: something is to be corrected."),
    Application.State.ROUTED: _("With the lenders: offers are being worked out."),
    Application.State.OFFERED: _("With the supplier: an offer can be chosen."),
    Application.State.ACCEPTED: _("With the registers: their answers about the goods are awaited."),
    Application.State.PLEDGED: _("The goods are pledged. The lender pays as soon as the pledge stands in law."),
    Application.State.DISBURSING: _("With the lender's payment system."),
    Application.State.PAYMENT_FAILED: _("With the platform: the payment failed and needs a decision."),
    Application.State.DISBURSED: _("The loan runs; the buyer's payment is awaited."),
}


@register.filter
def deed(entry: AuditEntry) -> str:
    """What happened, in words."""
    return str(DEEDS.get(entry.action, entry.action))


@register.filter
def deed_facts(entry: AuditEntry) -> str:
    """The figures of what happened, on one line."""
    found = []
    for name, words in FACTS.items():
        value = entry.after.get(name)
        if value in (None, ""):
            continue
        if name == "rate":
            value = percent(Decimal(value))
        known = VALUES.get(name, {})
        if name not in ONLY_KNOWN or value in known:
            found.append(str(words) % known.get(value, value))
    return " · ".join(found)


@register.filter
def evidence(grade: str) -> str:
    """A grade of evidence in words."""
    return str(EVIDENCE.get(grade, grade))


@register.filter
def next_actor(application: Application) -> str:
    """Who has the case now."""
    return str(NEXT_ACTOR.get(application.state, ""))


@register.filter
def unlocal(value: Any) -> str:
    """A number as machines write it, for attributes."""
    return "" if value is None else str(value)
