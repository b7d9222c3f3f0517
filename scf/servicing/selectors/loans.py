"""Reading loans: where they stand, which are whose, what happened to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from scf.domain import position, schedule
from scf.domain.money import Money
from scf.domain.position import Position, Repayment
from scf.domain.waterfall import Due
from scf.parties.access import is_platform, may
from scf.parties.models import Membership, Organisation

from ..models import Loan, LoanEvent


def loans_visible_to(membership: Membership | None) -> QuerySet[Loan]:
    """A supplier's own loans, a lender's own, all of them for the platform; none for others."""
    loans = Loan.objects.select_related("bank", "supplier", "buyer")
    if is_platform(membership) and may(membership, "financing.view"):
        return loans
    if membership is None or not may(membership, "servicing.view_own"):
        return loans.none()
    if membership.organisation.kind == Organisation.Kind.SUPPLIER:
        return loans.filter(supplier=membership.organisation)
    if membership.organisation.kind == Organisation.Kind.BANK:
        return loans.filter(bank=membership.organisation)
    return loans.none()


def with_events(loans: QuerySet[Loan]) -> QuerySet[Loan]:
    """The loans with their events loaded: two queries for any number."""
    events = LoanEvent.objects.order_by("value_date", "id")
    return loans.prefetch_related(Prefetch("events", events, to_attr="loaded_events"))


def events_of(loan: Loan) -> Sequence[LoanEvent]:
    """The loan's events in order of value date; those that `with_events` loaded, where it did."""
    loaded: list[LoanEvent] | None = getattr(loan, "loaded_events", None)
    return list(loan.events.order_by("value_date", "id")) if loaded is None else loaded


def repayments_of(loan: Loan) -> list[Repayment]:
    """The loan's repayments as the domain folds them."""
    return [
        Repayment(e.value_date, Money(e.amount_minor, loan.currency), e.pk)
        for e in events_of(loan)
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
    """One line of a loan's history: an event with what it settled and the principal after it.

    amount, surplus  negative where surplus was returned
    principal        what was drawn or what was repaid, both positive
    """

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
    nothing = balance = Money(0, loan.currency)
    movements = []
    for event in events_of(loan):
        amount = Money(event.amount_minor, loan.currency)
        if event.kind == LoanEvent.Kind.DRAWDOWN:
            balance = balance + amount
            movements.append(Movement(event, amount, amount, nothing, nothing, nothing, balance))
        elif event.kind == LoanEvent.Kind.REFUND:
            movements.append(Movement(event, -amount, nothing, nothing, nothing, -amount, balance))
        else:
            spent = settled[event.pk].spent
            principal, interest, penalty = spent[Due.PRINCIPAL], spent[Due.INTEREST], spent[Due.PENALTY]
            balance = balance - principal
            surplus = settled[event.pk].surplus
            movements.append(Movement(event, amount, principal, interest, penalty, surplus, balance))
    return movements


def plan_of(loan: Loan) -> list[schedule.Row]:
    """The plan as it was accepted."""
    return schedule.plan(loan.contract)


def is_paid_by_buyer(loan: Loan) -> bool:
    """True where the buyer's money repaid the loan: the goods' claim is used up."""
    return loan.events.filter(kind=LoanEvent.Kind.REPAYMENT, payer="BUYER").exists()
