"""Figures for statements, the ledger view and the chart: read once, then only arithmetic."""

# budget: the seam of loans, books and paper: a statement shows all three

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from scf.documents import accounts
from scf.documents import statements as documents
from scf.domain.loan import fold
from scf.domain.money import Money, total, zero
from scf.domain.waterfall import Due
from scf.kernel import audit
from scf.ledger.models import Leg
from scf.ledger.selectors import legs_of_thread
from scf.parties.models import Organisation

from ..models import Loan, LoanEvent
from .loans import Movement, facts_of, plan_of, with_events
from .movements import span
from .names import formula

ONE_DAY = timedelta(days=1)


def month_end(month: date) -> date:
    """The last day of the month of `month`."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1) - ONE_DAY


def loans_in_period(loans: QuerySet[Loan], first: date, last: date) -> QuerySet[Loan]:
    """Loans with a balance or a movement from `first` to `last`, both included."""
    has_balance = Q(drawdown_date__lte=last) & (Q(closed_on=None) | Q(closed_on__gte=first))
    moved = LoanEvent.objects.filter(value_date__gte=first, value_date__lte=last).values("loan")
    return loans.filter(has_balance | Q(pk__in=moved)).order_by("id")


def loan_statement(loan: Loan, *, first: date, last: date) -> documents.LoanStatement:
    """The loan from `first` to `last`, both included, as it is printed; texts in the active language."""
    found = span(loan, first=first, behind=last + ONE_DAY)
    nothing = zero(loan.currency)
    until = [fact for fact in facts_of(loan) if fact.value_date <= last]
    earned_before = _charges(found.opening.earned, loan) if found.opening else nothing
    return documents.LoanStatement(
        number=loan.number,
        lender=str(loan.bank),
        borrower=str(loan.supplier),
        buyer=str(loan.buyer or "–"),
        rate=_rate_of(loan, found.closing.annual_rate),
        drawdown_date=loan.drawdown_date,
        maturity_date=loan.due_on,
        first=first,
        last=last,
        opening=found.opening.principal if found.opening else nothing,
        lines=found.lines,
        closing=found.closing.principal,
        interest_opening=found.opening.payoff - found.opening.principal if found.opening else nothing,
        accrued=_charges(found.closing.earned, loan) - earned_before,
        interest_closing=found.closing.payoff - found.closing.principal,
        payoff=fold(loan.contract, until, last).payoff if until else nothing,
        plan=tuple(plan_of(loan)),
    )


def _rate_of(loan: Loan, annual_rate: Decimal) -> str:
    """The rate at the end of the period, and what it follows."""
    text = f"{documents.figures.percent(annual_rate, 4)} ({loan.basis})"
    return f"{formula(loan.contract.agreement)} = {text}" if loan.agreement else text


def _charges(earned: Mapping[Due, Money], loan: Loan) -> Money:
    return total([money for due, money in earned.items() if due != Due.PRINCIPAL], loan.currency)


def supplier_statement(
    supplier: Organisation, loans: QuerySet[Loan], *, first: date, last: date
) -> accounts.SupplierStatement:
    """The supplier's account over those of `loans` that are its own and ran in the period."""
    mine = with_events(loans_in_period(loans.filter(supplier=supplier), first, last).select_related("bank"))
    by_currency: dict[str, list[accounts.LoanRow]] = {}
    for loan in mine:
        by_currency.setdefault(loan.currency, []).append(_row(loan_statement(loan, first=first, last=last)))
    parts = [accounts.CurrencyPart(currency, tuple(rows)) for currency, rows in sorted(by_currency.items())]
    return accounts.SupplierStatement(
        number=f"SA-{supplier.code}-{first:%Y%m%d}-{last:%Y%m%d}",
        supplier=str(supplier),
        supplier_code=supplier.uscc,
        first=first,
        last=last,
        parts=tuple(parts),
    )


def _row(statement: documents.LoanStatement) -> accounts.LoanRow:
    return accounts.LoanRow(
        number=statement.number,
        lender=statement.lender,
        opening=statement.opening,
        drawn=statement.moved(1),
        repaid=statement.moved(-1) + statement.moved(-1, is_given_up=True),
        closing=statement.closing,
        interest_paid=statement.paid,
        interest_unpaid=statement.interest_closing,
    )


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One leg with what its account holds after it, for this loan alone."""

    leg: Leg
    debit_minor: int | None
    credit_minor: int | None
    balance_minor: int


def ledger_lines(loan: Loan) -> list[LedgerLine]:
    """The loan's legs by value date, each with the running sum of its account."""
    running: dict[int, int] = {}
    lines = []
    for leg in legs_of_thread(audit.subject_of(loan)):
        running[leg.account_id] = running.get(leg.account_id, 0) + leg.minor
        debit, credit = (leg.minor, None) if leg.minor > 0 else (None, -leg.minor)
        lines.append(LedgerLine(leg, debit, credit, running[leg.account_id]))
    return lines


def principal_steps(loan: Loan, movements: Sequence[Movement], until: date) -> list[tuple[date, Money]]:
    """The principal over time for the chart: (day, principal from that day), from drawdown to `until`."""
    steps: list[tuple[date, Money]] = []
    for movement in _by_day(movements):
        if movement.event.value_date <= until:
            steps.append((movement.event.value_date, movement.balance_after))
    return [*steps, (max(until, loan.drawdown_date), steps[-1][1])] if steps else []


def _by_day(movements: Iterable[Movement]) -> list[Movement]:
    """The last movement of each day."""
    return list({movement.event.value_date: movement for movement in movements}.values())
