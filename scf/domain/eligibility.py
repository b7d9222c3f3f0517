"""The automatic checks of an application: every rule answers, none hides another.

Adding a rule is one function and one row of RULES; its sentence for people
stands by code in the services that run the checks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from .money import Money

AGE_DAYS_MAX = 180
WAREHOUSE = "WAREHOUSE"


class Result(StrEnum):
    """FAIL stops the case, WARN wants a person's eye, PASS is fine."""

    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Paper:
    """What a check needs to know of one document behind the application."""

    number: str
    issue_date: date | None
    is_party_known: bool
    is_matched_to_order: bool
    has_invoice: bool
    totals_tie: bool
    is_disputed: bool
    financed_elsewhere: bool
    is_similar: bool = False
    is_overpriced: bool = False
    is_round_trip: bool = False
    has_related_keeper: bool = False
    has_related_buyer: bool = False
    received: Decimal | None = None
    invoiced: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the rules look at; the caller has read it all in one transaction.

    payoff  what the loan takes that this one is to pay off; None where it pays none off
    """

    amount: Money
    lendable: Money
    tenor_days: int
    tenor_days_max: int
    on: date
    product: str
    papers: tuple[Paper, ...]
    buyers: frozenset[int]
    has_verified_payee: bool
    amount_min: Money
    payoff: Money | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer: its code, the result and the facts of its sentence."""

    code: str
    result: Result
    facts: dict[str, str] = field(default_factory=dict)


Rule = Callable[[CaseFacts], Verdict]


def _verdict(code: str, fails: list[str], result: Result = Result.FAIL) -> Verdict:
    return Verdict(code, result if fails else Result.PASS, {"documents": ", ".join(fails)} if fails else {})


def amount_is_covered(case: CaseFacts) -> Verdict:
    """The amount does not exceed what the chosen goods carry."""
    is_covered = case.amount <= case.lendable
    facts = {"amount": str(case.amount), "lendable": str(case.lendable)}
    return Verdict("AMOUNT_COVERED", Result.PASS if is_covered else Result.FAIL, facts)


def amount_is_enough(case: CaseFacts) -> Verdict:
    """The amount is one that the product lends."""
    result = Result.PASS if case.amount >= case.amount_min and case.amount.minor > 0 else Result.FAIL
    return Verdict("AMOUNT_MINIMUM", result, {"amount": str(case.amount), "minimum": str(case.amount_min)})


def loan_before_is_paid_off(case: CaseFacts) -> Verdict:
    """A loan that pays off another one leaves something over."""
    is_enough = case.payoff is None or case.payoff < case.amount
    facts = {"amount": str(case.amount), "payoff": str(case.payoff)}
    return Verdict("LOAN_PAID_OFF", Result.PASS if is_enough else Result.FAIL, facts if case.payoff else {})


def tenor_is_allowed(case: CaseFacts) -> Verdict:
    """The tenor is one that the product allows."""
    result = Result.PASS if 0 < case.tenor_days <= case.tenor_days_max else Result.FAIL
    return Verdict("TENOR_ALLOWED", result, {"days": str(case.tenor_days), "max": str(case.tenor_days_max)})


def parties_are_known(case: CaseFacts) -> Verdict:
    """Supplier and buyer of each document are registered."""
    return _verdict("PARTIES_KNOWN", [p.number for p in case.papers if not p.is_party_known])


def one_buyer_owes(case: CaseFacts) -> Verdict:
    """One buyer stands behind a case, so that one payment can repay it; stored goods have no buyer yet."""
    is_fine = len(case.buyers) == 1 or (case.product == WAREHOUSE and not case.buyers)
    return Verdict("ONE_BUYER", Result.PASS if is_fine else Result.FAIL, {"count": str(len(case.buyers))})


def payee_is_verified(case: CaseFacts) -> Verdict:
    """The account to be paid into was verified before."""
    return Verdict("PAYEE_VERIFIED", Result.PASS if case.has_verified_payee else Result.FAIL)


def nothing_is_disputed(case: CaseFacts) -> Verdict:
    """No document is disputed or void."""
    return _verdict("NOT_DISPUTED", [p.number for p in case.papers if p.is_disputed])


def nothing_is_financed_elsewhere(case: CaseFacts) -> Verdict:
    """No document with the same facts is in another supplier's or another case's hands."""
    return _verdict("NOT_FINANCED_ELSEWHERE", [p.number for p in case.papers if p.financed_elsewhere])


def nothing_is_similar(case: CaseFacts) -> Verdict:
    """No document is like another that a person has not told apart from it."""
    return _verdict("NOT_SIMILAR", [p.number for p in case.papers if p.is_similar], Result.WARN)


def prices_are_as_ordered(case: CaseFacts) -> Verdict:
    """No receipt states a higher price than its order: an inflated paper is not lent on."""
    return _verdict("PRICE_AS_ORDERED", [p.number for p in case.papers if p.is_overpriced])


def goods_do_not_go_in_circles(case: CaseFacts) -> Verdict:
    """The buyer's side has not sold the same goods to the supplier's side: turnover among friends is no trade."""
    return _verdict("NO_ROUND_TRIP", [p.number for p in case.papers if p.is_round_trip])


def keeper_is_independent(case: CaseFacts) -> Verdict:
    """Whoever keeps the goods is not related to whoever borrows on them."""
    return _verdict("KEEPER_INDEPENDENT", [p.number for p in case.papers if p.has_related_keeper])


def buyer_is_independent(case: CaseFacts) -> Verdict:
    """A buyer related to the supplier may be real; a person looks at it."""
    return _verdict("BUYER_INDEPENDENT", [p.number for p in case.papers if p.has_related_buyer], Result.WARN)


def receipts_match_orders(case: CaseFacts) -> Verdict:
    """Each receipt names an order that we hold (an order matches itself)."""
    return _verdict("ORDER_MATCHED", [p.number for p in case.papers if not p.is_matched_to_order], Result.WARN)


def invoices_match_receipts(case: CaseFacts) -> Verdict:
    """Three-way match: what is invoiced was received."""
    over = [
        p.number for p in case.papers if p.invoiced is not None and p.received is not None and p.invoiced > p.received
    ]
    if over:
        return _verdict("THREE_WAY_MATCH", over, Result.WARN)
    missing = [p.number for p in case.papers if not p.has_invoice]
    return _verdict("INVOICE_PRESENT", missing, Result.WARN) if missing else Verdict("THREE_WAY_MATCH", Result.PASS)


def invoices_stay_within_receipts(case: CaseFacts) -> Verdict:
    """No more is invoiced than was received, whether or not there is an invoice yet."""
    found = invoices_match_receipts(case)
    return found if found.code == "THREE_WAY_MATCH" else Verdict("THREE_WAY_MATCH", Result.PASS)


def totals_tie(case: CaseFacts) -> Verdict:
    """Each document's lines add up to its total."""
    return _verdict("TOTALS_TIE", [p.number for p in case.papers if not p.totals_tie], Result.WARN)


def documents_are_recent(case: CaseFacts) -> Verdict:
    """No document is older than AGE_DAYS_MAX days."""
    old = [p.number for p in case.papers if p.issue_date is None or (case.on - p.issue_date).days > AGE_DAYS_MAX]
    return _verdict("DOCUMENTS_RECENT", old, Result.WARN)


RULES: tuple[Rule, ...] = (
    amount_is_covered,
    amount_is_enough,
    loan_before_is_paid_off,
    tenor_is_allowed,
    parties_are_known,
    one_buyer_owes,
    payee_is_verified,
    nothing_is_disputed,
    nothing_is_financed_elsewhere,
    nothing_is_similar,
    keeper_is_independent,
    buyer_is_independent,
    goods_do_not_go_in_circles,
    prices_are_as_ordered,
    receipts_match_orders,
    invoices_match_receipts,
    totals_tie,
    documents_are_recent,
)


# what is asked of goods that join a loan: the loan's own amount, tenor and payee stand
GOODS_RULES: tuple[Rule, ...] = (
    parties_are_known,
    nothing_is_disputed,
    nothing_is_financed_elsewhere,
    nothing_is_similar,
    keeper_is_independent,
    buyer_is_independent,
    goods_do_not_go_in_circles,
    prices_are_as_ordered,
    invoices_stay_within_receipts,
    totals_tie,
)


def verdicts_on_goods(case: CaseFacts) -> list[Verdict]:
    """What speaks against goods that are to join a running loan, where no reviewer looks: a warning refuses, too."""
    return [verdict for rule in GOODS_RULES if (verdict := rule(case)).result != Result.PASS]


def verdicts(case: CaseFacts) -> list[Verdict]:
    """Every rule's answer, failures first, in the order of RULES within a result."""
    rank = {Result.FAIL: 0, Result.WARN: 1, Result.PASS: 2}
    return sorted((rule(case) for rule in RULES), key=lambda verdict: rank[verdict.result])


def worst(found: list[Verdict]) -> Result:
    """FAIL if any rule fails, else WARN if any warns, else PASS."""
    results = {verdict.result for verdict in found}
    return next((r for r in (Result.FAIL, Result.WARN) if r in results), Result.PASS)
