"""Figures for notices, certificates and the portfolio report: read once, then only arithmetic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from scf.documents import certificates, notices, portfolio
from scf.documents.proofs import Party
from scf.domain import classes
from scf.domain.loan import Position
from scf.domain.money import Money, total, zero
from scf.parties.models import BankAccount, Organisation
from scf.parties.selectors import bank_account

from ..models import Loan, LoanEvent
from .loans import Movement, Standing, history, plan_of, standing, standings, with_events
from .names import product_name


def grades_of(stands: Sequence[Standing]) -> dict[int, str]:
    """The five-tier class of each loan, by its key: a borrower's other loans with the lender count too."""
    two_worst: dict[tuple[int, int], tuple[int, int]] = {}
    for stand in stands:
        key, days = (stand.loan.bank_id, stand.loan.supplier_id), stand.now.days_past_due
        worst, second = two_worst.get(key, (0, 0))
        two_worst[key] = (days, worst) if days > worst else (worst, max(second, days))
    found = {}
    for stand in stands:
        worst, second = two_worst[stand.loan.bank_id, stand.loan.supplier_id]
        of_others = second if stand.now.days_past_due == worst else worst
        found[stand.loan.pk] = str(classes.classify(stand.now.days_past_due, worst_of_borrower=of_others).tier)
    return found


def party(organisation: Organisation) -> Party:
    """A company as it stands on a certificate."""
    return Party(organisation.name, organisation.name_en, organisation.uscc)


def owed_of(now: Position) -> notices.Owed:
    """What a loan's position says is to be paid, part by part."""
    nothing = zero(now.principal.currency)
    return notices.Owed(now.principal, now.interest, now.penalty, nothing, nothing)


def repayment_notice(loan: Loan, on: date) -> notices.RepaymentNotice:
    """What falls due next, or fell due last, seen from `on`; payments until then are not guessed."""
    due_date = next((row.due_date for row in plan_of(loan) if row.due_date >= on), loan.maturity_date)
    at_due = standing(loan, max(due_date, on)).now
    return notices.RepaymentNotice(
        loan=_facts(loan, standing(loan, on).now.principal),
        on=on,
        due_date=due_date,
        owed=owed_of(at_due),
        sum=at_due.payoff,
        payee=_payee(loan),
    )


def overdue_notice(loan: Loan, on: date) -> notices.OverdueNotice:
    """What is overdue on `on` and what each further day costs."""
    today, tomorrow = standing(loan, on).now, standing(loan, on + timedelta(days=1)).now
    return notices.OverdueNotice(
        loan=_facts(loan, today.principal),
        on=on,
        since=on - timedelta(days=today.days_past_due),
        days=today.days_past_due,
        owed=owed_of(today),
        sum=today.payoff,
        penalty_rate=loan.annual_rate * loan.penalty_factor,
        per_day=tomorrow.payoff - today.payoff,
        payee=_payee(loan),
    )


def _facts(loan: Loan, outstanding: Money) -> notices.LoanFacts:
    return notices.LoanFacts(
        number=loan.number, lender=str(loan.bank), borrower=str(loan.supplier), borrower_code=loan.supplier.uscc,
        product=product_name(loan.product), lent=loan.principal, outstanding=outstanding, rate=loan.annual_rate,
        basis=loan.basis, drawdown_date=loan.drawdown_date, maturity_date=loan.maturity_date,
    )  # fmt: skip


def _payee(loan: Loan) -> notices.Payee | None:
    found = bank_account(loan.bank, BankAccount.Purpose.COLLECTION, loan.currency)
    return notices.Payee(str(loan.bank), found.number, found.bank_name) if found else None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a certificate of interest about whom, and for which days, both included."""

    payer: Organisation
    lender: Organisation
    currency: str
    first: date
    last: date
    issued_on: date
    number: str


def interest_certificate(loans: QuerySet[Loan], asked: Asked) -> certificates.InterestCertificate:
    """Interest that the payer paid on those of `loans` that the lender gave it; three queries for any number."""
    mine = loans.filter(supplier=asked.payer, bank=asked.lender, currency=asked.currency).order_by("id")
    rows: list[certificates.Paid] = []
    expected = zero(asked.currency)
    for loan in with_events(mine):
        rows += _paid_rows(loan, asked.first, asked.last)
        expected = expected + _interest_until(loan, asked.last) - _interest_until(loan, asked.first - timedelta(days=1))
    return certificates.InterestCertificate(
        number=asked.number, issued_on=asked.issued_on, payer=party(asked.payer), lender=party(asked.lender),
        first=asked.first, last=asked.last, rows=tuple(sorted(rows, key=lambda row: (row.day, row.loan))),
        expected=expected,
    )  # fmt: skip


def _paid_rows(loan: Loan, first: date, last: date) -> Iterable[certificates.Paid]:
    for movement in history(loan):
        if first <= movement.event.value_date <= last and _interest_in(movement):
            yield certificates.Paid(
                day=movement.event.value_date, loan=loan.number, interest=movement.interest,
                compound=zero(loan.currency), penalty=movement.penalty, of_which=movement.amount,
            )  # fmt: skip


def _interest_in(movement: Movement) -> Money:
    return movement.interest + movement.penalty


def _interest_until(loan: Loan, day: date) -> Money:
    """Interest of every kind that payments with value dates up to `day` settled, as the position says it."""
    if day < loan.drawdown_date:
        return zero(loan.currency)
    paid = standing(loan, day).now.paid
    return total([money for due, money in paid.items() if due in ("INTEREST", "PENALTY", "COMPOUND")], loan.currency)


def settlement_certificate(loan: Loan, on: date) -> certificates.SettlementCertificate:
    """The certificate of a closed loan; DoesNotAddUp where something is left."""
    now = standing(loan, on).now
    nothing = zero(loan.currency)
    paid = {str(due): money for due, money in now.paid.items()}
    drawn = total(
        [Money(e.amount_minor, loan.currency) for e in loan.events.filter(kind=LoanEvent.Kind.DRAWDOWN)], loan.currency
    )
    return certificates.SettlementCertificate(
        number=f"SC-{loan.number}", issued_on=on, loan=loan.number, lender=party(loan.bank),
        borrower=party(loan.supplier), drawdown_date=loan.drawdown_date, closed_on=loan.closed_on or on, drawn=drawn,
        repaid=paid["PRINCIPAL"], written_off=nothing, interest=paid["INTEREST"], penalty=paid["PENALTY"],
        compound=paid.get("COMPOUND", nothing), costs=paid.get("COSTS", nothing),
    )  # fmt: skip


def running_on(loans: QuerySet[Loan], on: date) -> QuerySet[Loan]:
    """Those that were paid out by `on` and not closed by its start."""
    return loans.filter(Q(closed_on=None) | Q(closed_on__gt=on), drawdown_date__lte=on)


def portfolio_report(lender: Organisation, loans: QuerySet[Loan], on: date) -> portfolio.Portfolio:
    """The lender's running loans at the start of `on`; two queries for any number."""
    mine = running_on(loans.filter(bank=lender), on).order_by("supplier__code", "maturity_date", "id")
    by_currency: dict[str, list[portfolio.Holding]] = {}
    stands = standings(mine, on)
    grades = grades_of(stands)
    for stand in stands:
        by_currency.setdefault(stand.loan.currency, []).append(_holding(stand, grades[stand.loan.pk]))
    parts = [portfolio.Part(currency, tuple(holdings)) for currency, holdings in sorted(by_currency.items())]
    return portfolio.Portfolio(
        number=f"PR-{lender.code}-{on:%Y%m%d}", lender=str(lender), lender_code=lender.uscc, on=on, parts=tuple(parts)
    )


def _holding(stand: Standing, grade: str) -> portfolio.Holding:
    loan, now = stand.loan, stand.now
    return portfolio.Holding(
        loan=loan.number, supplier=str(loan.supplier), product=product_name(loan.product), drawn=loan.principal,
        repaid={str(due): money for due, money in now.paid.items()}["PRINCIPAL"], outstanding=now.principal,
        accrued=now.payoff - now.principal, bucket=stand.bucket, grade=grade,
    )  # fmt: skip
