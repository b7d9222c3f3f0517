"""Reading loans: where they stand, which are whose, what happened to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet, Sum, Value

from scf.domain import schedule
from scf.domain.arrears import bucket
from scf.domain.events import Event, EventKind, in_force
from scf.domain.loan import Position, fold
from scf.domain.money import Money
from scf.domain.waterfall import Due
from scf.kernel.clock import day_of
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
        return loans.filter(supplier=membership.organisation).annotate(for_borrower=Value(True))
    if membership.organisation.kind == Organisation.Kind.BANK:
        return loans.filter(bank=membership.organisation)
    return loans.none()


def loan_of(reference: str) -> Loan | None:
    """The loan of a case, the last one where an earlier payment was sent back; None before it is paid out."""
    found = Loan.objects.filter(reference=reference).select_related("bank", "supplier", "buyer")
    return found.order_by("-pk").first()


def with_events(loans: QuerySet[Loan]) -> QuerySet[Loan]:
    """The loans with their events loaded: two queries for any number."""
    events = LoanEvent.objects.order_by("value_date", "id")
    return loans.prefetch_related(Prefetch("events", events, to_attr="loaded_events"))


def events_of(loan: Loan) -> Sequence[LoanEvent]:
    """The loan's events in order of value date; those that `with_events` loaded, where it did."""
    loaded: list[LoanEvent] | None = getattr(loan, "loaded_events", None)
    found = list(loan.events.order_by("value_date", "id")) if loaded is None else loaded
    if not loan.for_borrower:
        return found
    # A write-off is the lender's own matter: to the borrower everything is owed as before.
    hidden = {event.pk for event in found if event.kind == LoanEvent.Kind.WRITE_OFF}
    return [event for event in found if event.pk not in hidden and event.reverses_id not in hidden]


PAID = (LoanEvent.Kind.REPAYMENT, LoanEvent.Kind.RECOVERY)


def as_known_on(loan: Loan, day: date) -> Loan:
    """The loan with only those events that were recorded by the end of `day`, or with its first one: what was believed
    then about any other day.
    """
    events = list(loan.events.order_by("id"))
    known = [event for event in events if day_of(event.recorded_at) <= day] or events[:1]
    loan.loaded_events = sorted(known, key=lambda event: (event.value_date, event.pk))  # type: ignore[attr-defined]
    return loan


def facts_of(loan: Loan) -> list[Event]:
    """The loan's events as the domain folds them."""
    return [
        Event(
            EventKind(event.kind), event.value_date, Money(event.amount_minor, loan.currency), event.pk,
            event.recorded_at, event.reverses_id, event.data,
        )
        for event in events_of(loan)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """A loan and where it stands on a day."""

    loan: Loan
    now: Position
    bucket: str

    @property
    def due_on(self) -> date:
        """The last due date, by the events that count here."""
        return self.now.rows[-1].due_date

    @property
    def days_left(self) -> int:
        """Days to the last due date; negative when past due."""
        return (self.loan.due_on - self.now.on).days


def standing(loan: Loan, on: date) -> Standing:
    """Where `loan` stands on `on`."""
    now = fold(loan.contract, facts_of(loan), on)
    return Standing(loan, now, bucket(now.days_past_due))


def standings(loans: QuerySet[Loan], on: date) -> list[Standing]:
    """Where each of `loans` stands; two queries."""
    return [standing(loan, on) for loan in with_events(loans)]


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a loan's history: an event with what it settled and the principal after it.

    amount, surplus  negative where surplus was returned
    principal        what was drawn or what was repaid, both positive
    is_taken_back    a later reversal undid it: it settled nothing
    """

    event: LoanEvent
    amount: Money
    principal: Money
    interest: Money
    penalty: Money
    compound: Money
    costs: Money
    surplus: Money
    balance_after: Money
    is_taken_back: bool = False


def history(loan: Loan) -> list[Movement]:
    """The loan's events with their allocation, in order of value date."""
    facts, events = facts_of(loan), events_of(loan)
    counting = {event.sequence for event in in_force(facts)}
    last = max((event.value_date for event in facts), default=loan.drawdown_date)
    end = fold(loan.contract, facts, last)
    settled = {event.sequence: allocation for event, allocation in end.allocations}
    nothing = balance = Money(0, loan.currency)
    movements = []
    for event in events:
        amount = Money(event.amount_minor, loan.currency)
        spent: dict[Due, Money] = dict.fromkeys(Due, nothing)
        surplus, is_counting = nothing, event.pk in counting or event.kind == LoanEvent.Kind.REVERSAL
        if event.pk in settled:
            spent, surplus = dict(settled[event.pk].spent), settled[event.pk].surplus
            balance = balance - spent[Due.PRINCIPAL]
        elif is_counting and event.kind == LoanEvent.Kind.DRAWDOWN:
            spent[Due.PRINCIPAL] = amount
            balance = balance + amount
        elif is_counting and event.kind in (LoanEvent.Kind.REFUND, LoanEvent.Kind.PASSED_ON):
            amount, surplus = -amount, -amount
        elif is_counting and event.kind == LoanEvent.Kind.WRITE_OFF:
            spent = dict(end.written_off)
            balance = balance - spent[Due.PRINCIPAL]
        movements.append(
            Movement(
                event, amount, spent[Due.PRINCIPAL], spent[Due.INTEREST], spent[Due.PENALTY], spent[Due.COMPOUND],
                spent[Due.COSTS], surplus, balance, not is_counting,
            )
        )  # fmt: skip
    return movements


def plan_of(loan: Loan) -> list[schedule.Row]:
    """The plan as it was accepted."""
    return schedule.plan(loan.contract)


def payoff(loan: Loan, on: date) -> Money:
    """What pays the loan off on `on`, by all events known now; zero where it is paid off already."""
    return fold(loan.contract, facts_of(loan), max(on, loan.drawdown_date)).payoff


def paid_by_buyer(loan: Loan) -> Money:
    """What the buyer's own money has brought in on a loan, beyond what was owed included, reversed payments not.

    What another loan passed on has paid for that loan's goods already.
    """
    events = loan.events.filter(kind__in=PAID, payer="BUYER", reversed_by=None).exclude(data__has_key="from")
    paid = events.aggregate(total=Sum("amount_minor"))
    return Money(paid["total"] or 0, loan.currency)
