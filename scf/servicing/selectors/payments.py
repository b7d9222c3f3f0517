"""Reading money that came in: which loan it means, what waits, what is owed back."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Max, Q, QuerySet, Sum, When

from scf.banks.models import Payment, StatementEntry
from scf.collateral import selectors as collateral
from scf.domain.money import Money
from scf.ledger.models import Account, Leg
from scf.parties.access import is_platform, may
from scf.parties.models import BankAccount, Membership
from scf.parties.selectors import comparable

from ..models import IncomingPayment, Loan
from .loans import Standing, standings

# Banks drop or change the dashes, and Chinese words stand close to the number.
NUMBER = re.compile(r"(?<![A-Z0-9])(LN|FA)[-\u2010-\u2015 ]?(\d{8})[-\u2010-\u2015 ]?(\d{4,})(?!\d)")
LOANS_COMPARED_MAX = 200


def loan_meant_by(entry: StatementEntry) -> tuple[Loan | None, str]:
    """The loan whose number the payment carries, or why none can be told.

    Reasons: NO_REFERENCE, SEVERAL_LOANS, NO_SUCH_LOAN, CURRENCY.
    """
    text = unicodedata.normalize("NFKC", f"{entry.text} {entry.end_to_end_id}").upper()
    numbers = {"-".join(parts) for parts in NUMBER.findall(text)}
    if not numbers:
        return None, "NO_REFERENCE"
    loans = Loan.objects.filter(bank=entry.statement.bank)
    found = list(loans.filter(number__in=numbers) | loans.filter(reference__in=numbers))
    if len(found) > 1:
        return None, "SEVERAL_LOANS"
    if not found:
        return None, "NO_SUCH_LOAN"
    return (found[0], "") if found[0].currency == entry.currency else (None, "CURRENCY")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loan that a payment may mean, and why.

    is_payoff  it is exactly what pays the loan off that day; `is_sale` it is the price of goods sold for the loan
    """

    stand: Standing
    is_payoff: bool
    is_sale: bool


def candidates_for(incoming: IncomingPayment) -> list[Candidate]:
    """Loans that a payment in suspense may mean, the likeliest first: sale's price, same payoff, then same payer."""
    name = incoming.entry.counterparty.strip()
    is_payer = Q(buyer__name__iexact=name) | Q(supplier__name__iexact=name)
    is_payer |= Q(buyer__name_en__iexact=name) | Q(supplier__name_en__iexact=name)
    sales = collateral.sales_of(incoming.bank_id, incoming.currency)
    loans = Loan.objects.filter(
        bank=incoming.bank, currency=incoming.currency, drawdown_date__lte=incoming.value_date
    ).exclude(state=Loan.State.CLOSED)
    likely = Case(When(Q(number__in=sales) | is_payer, then=0), default=1)
    loans = loans.select_related("supplier", "buyer").alias(likely=likely).order_by("likely", "due_on", "id")
    payer = comparable(name)
    found = []
    for stand in standings(loans[:LOANS_COMPARED_MAX], incoming.value_date):
        amounts = {call.proceeds_minor for call in sales.get(stand.loan.number, ())}
        is_payoff = stand.now.payoff.minor == incoming.amount_minor
        found.append(Candidate(stand, is_payoff, incoming.amount_minor in amounts))

    def distance(each: Candidate) -> tuple[bool, bool, bool, int]:
        loan = each.stand.loan
        names = {comparable(n) for o in (loan.buyer, loan.supplier) if o for n in (o.name, o.name_en) if n}
        names |= {comparable(call.sold_to) for call in sales.get(loan.number, ())}
        gap = abs(each.stand.now.payoff.minor - incoming.amount_minor)
        return not each.is_sale, not each.is_payoff, payer not in names, gap

    return sorted(found, key=distance)[:5]


def payer_of(loan: Loan, counterparty: str) -> str:
    """BUYER, SUPPLIER or OTHER, by the name on the statement."""
    name = comparable(counterparty)
    for organisation, role in ((loan.buyer, "BUYER"), (loan.supplier, "SUPPLIER")):
        if (
            organisation is not None
            and name
            and name in {comparable(organisation.name), comparable(organisation.name_en)}
        ):
            return role
    return "OTHER"


def incoming_visible_to(membership: Membership | None) -> QuerySet[IncomingPayment]:
    """Money that came in: for the platform's finance staff only."""
    found = IncomingPayment.objects.select_related("entry__statement", "bank", "loan")
    if not may(membership, "servicing.reconcile") or not is_platform(membership):
        return found.none()
    return found


@dataclass(frozen=True, slots=True)
class OwedBack:
    """Surplus that a lender owes back on a loan, and the instruction that is on its way, if one is.

    since  value date of the last movement of the surplus
    """

    loan: Loan
    amount: Money
    since: date
    on_its_way: Payment | None


def owed_back(loans: QuerySet[Loan]) -> list[OwedBack]:
    """Which of `loans` were overpaid and not yet refunded, by the books; three queries for any number."""
    legs = Leg.objects.filter(account__kind=Account.Kind.SURPLUS).values("transaction__thread")
    sums = legs.annotate(minor=Sum("minor"), since=Max("transaction__value_date")).filter(minor__lt=0)
    by_loan = {int(row["transaction__thread"].rpartition(":")[2]): row for row in sums}
    found = list(loans.filter(pk__in=by_loan).select_related("bank", "supplier").order_by("id"))
    moving = Payment.objects.filter(kind=Payment.Kind.REFUND, reference__in=[loan.reference for loan in found])
    moving = moving.exclude(state__in=[Payment.State.PAID, Payment.State.FAILED])
    by_reference = {payment.reference: payment for payment in moving.order_by("id")}
    return [
        OwedBack(
            loan,
            Money(-by_loan[loan.pk]["minor"], loan.currency),
            by_loan[loan.pk]["since"],
            by_reference.get(loan.reference),
        )
        for loan in found
    ]


def is_refund_on_its_way(loan: Loan) -> bool:
    """True while the lender is asked to return a surplus of the loan and has not said what became of it."""
    ended = (Payment.State.PAID, Payment.State.FAILED)
    return refunds_of(loan).exclude(state__in=ended).exists()


def refunds_of(loan: Loan) -> QuerySet[Payment]:
    """Instructions to return surplus of the loan, whatever became of them."""
    return Payment.objects.filter(kind=Payment.Kind.REFUND, reference=loan.reference).order_by("id")


def collection_accounts() -> QuerySet[BankAccount]:
    """Accounts whose statements can be fetched: lenders' collection accounts behind an active connection."""
    found = BankAccount.objects.filter(
        purpose=BankAccount.Purpose.COLLECTION, organisation__is_active=True, organisation__connection__is_active=True
    )
    return found.select_related("organisation").order_by("organisation__code", "currency", "id")
