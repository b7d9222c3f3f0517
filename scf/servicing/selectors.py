"""Reading loans: where they stand, which are whose, which one a payment means."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from scf.banks.models import StatementEntry
from scf.domain import position, schedule
from scf.domain.money import Money
from scf.domain.position import Position, Repayment
from scf.parties.access import is_platform, may
from scf.parties.models import Membership, Organisation
from scf.parties.selectors import comparable

from .models import IncomingPayment, Loan, LoanEvent

NUMBER = re.compile(r"\b(?:LN|FA)-\d{8}-\d{4,}\b")


def loans_visible_to(membership: Membership | None) -> QuerySet[Loan]:
    """A supplier's own loans, a lender's own, all of them for the platform; none for others."""
    loans = Loan.objects.select_related("bank", "supplier", "buyer")
    if not may(membership, "servicing.view_own") and not is_platform(membership):
        return loans.none()
    assert membership is not None
    if is_platform(membership):
        return loans
    if membership.organisation.kind == Organisation.Kind.SUPPLIER:
        return loans.filter(supplier=membership.organisation)
    if membership.organisation.kind == Organisation.Kind.BANK:
        return loans.filter(bank=membership.organisation)
    return loans.none()


def with_events(loans: QuerySet[Loan]) -> QuerySet[Loan]:
    """The loans with their events loaded: two queries for any number."""
    events = LoanEvent.objects.order_by("value_date", "id")
    return loans.prefetch_related(Prefetch("events", events, to_attr="loaded_events"))


def repayments_of(loan: Loan) -> list[Repayment]:
    """The loan's repayments as the domain folds them."""
    events: Sequence[LoanEvent] = getattr(loan, "loaded_events", None) or list(loan.events.order_by("value_date", "id"))
    return [
        Repayment(e.value_date, Money(e.amount_minor, loan.currency), e.pk)
        for e in events
        if e.kind == LoanEvent.Kind.REPAYMENT
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """A loan and where it stands on a day."""

    loan: Loan
    now: Position
    bucket: str

    @property
    def days_left(self) -> int:
        """Days to maturity; negative when past due."""
        return (self.loan.maturity_date - self.now.on).days


def standing(loan: Loan, on: date) -> Standing:
    """Where `loan` stands on `on`."""
    now = position.position(loan.contract, repayments_of(loan), on)
    return Standing(loan, now, position.bucket(now.days_past_due))


def standings(loans: QuerySet[Loan], on: date) -> list[Standing]:
    """Where each of `loans` stands; two queries."""
    return [standing(loan, on) for loan in with_events(loans)]


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a loan's history: an event with what it settled and the principal after it."""

    event: LoanEvent
    amount: Money
    principal: Money
    interest: Money
    penalty: Money
    surplus: Money
    balance_after: Money


def history(loan: Loan) -> list[Movement]:
    """The loan's events with their allocation, in order of value date."""
    settled = {r.sequence: a for r, a in position.allocations(loan.contract, repayments_of(loan))}
    nothing = Money(0, loan.currency)
    balance = nothing
    movements = []
    for event in loan.events.order_by("value_date", "id"):
        amount = Money(event.amount_minor, loan.currency)
        if event.kind == LoanEvent.Kind.DRAWDOWN:
            balance = balance + amount
            movements.append(Movement(event, amount, amount, nothing, nothing, nothing, balance))
            continue
        spent = settled[event.pk].spent
        principal, interest, penalty = (spent[k] for k in ("PRINCIPAL", "INTEREST", "PENALTY"))  # type: ignore[index]
        balance = balance - principal
        movements.append(Movement(event, amount, principal, interest, penalty, settled[event.pk].surplus, balance))
    return movements


def plan_of(loan: Loan) -> list[schedule.Row]:
    """The plan as it was accepted."""
    return schedule.plan(loan.contract)


def loan_meant_by(entry: StatementEntry) -> tuple[Loan | None, str]:
    """The loan whose number the payment carries, or why none can be told.

    Reasons: NO_REFERENCE, SEVERAL_LOANS, NO_SUCH_LOAN, CURRENCY.
    """
    numbers = set(NUMBER.findall(f"{entry.text} {entry.end_to_end_id}".upper()))
    if not numbers:
        return None, "NO_REFERENCE"
    loans = Loan.objects.filter(bank=entry.statement.bank)
    found = list(loans.filter(number__in=numbers) | loans.filter(reference__in=numbers))
    if len(found) > 1:
        return None, "SEVERAL_LOANS"
    if not found:
        return None, "NO_SUCH_LOAN"
    return (found[0], "") if found[0].currency == entry.currency else (None, "CURRENCY")


def candidates_for(incoming: IncomingPayment) -> list[Standing]:
    """Loans that a payment in suspense may mean, the likeliest first: same payoff, then same payer."""
    loans = Loan.objects.filter(bank=incoming.bank, currency=incoming.currency).exclude(state=Loan.State.CLOSED)
    found = standings(loans.select_related("supplier", "buyer")[:200], incoming.value_date)
    payer = comparable(incoming.entry.counterparty)

    def distance(stand: Standing) -> tuple[bool, bool, int]:
        parties = {comparable(stand.loan.buyer.name), comparable(stand.loan.supplier.name)}
        gap = abs(stand.now.payoff.minor - incoming.amount_minor)
        return gap != 0, payer not in parties, gap

    return sorted(found, key=distance)[:5]


def payer_of(loan: Loan, counterparty: str) -> str:
    """BUYER, SUPPLIER or OTHER, by the name on the statement."""
    name = comparable(counterparty)
    for organisation, role in ((loan.buyer, "BUYER"), (loan.supplier, "SUPPLIER")):
        if name and name in {comparable(organisation.name), comparable(organisation.name_en)}:
            return role
    return "OTHER"


def is_paid_by_buyer(loan: Loan) -> bool:
    """True where the buyer's money repaid the loan: the goods' claim is used up."""
    return loan.events.filter(kind=LoanEvent.Kind.REPAYMENT, payer="BUYER").exists()


def incoming_visible_to(membership: Membership | None) -> QuerySet[IncomingPayment]:
    """Money that came in: for the platform's finance staff only."""
    found = IncomingPayment.objects.select_related("entry__statement", "bank", "loan")
    if not may(membership, "servicing.reconcile") or not is_platform(membership):
        return found.none()
    return found
