"""Figures for notices, certificates and the portfolio report: read once, then only arithmetic."""

# budget: every paper about a loan takes its figures here, and each says them in its own words

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from scf.documents import certificates, notices, portfolio
from scf.documents.proofs import Party
from scf.documents.statements import Line
from scf.domain.loan import Position
from scf.domain.money import Money, total, zero
from scf.domain.waterfall import Due
from scf.parties.models import BankAccount, Organisation
from scf.parties.selectors import bank_account

from ..models import Loan
from .grades import grades_of
from .loans import Standing, standing, standings, with_events
from .movements import span
from .names import product_name


def party(organisation: Organisation) -> Party:
    """A company as it stands on a certificate."""
    return Party(organisation.name, organisation.name_en, organisation.uscc)


def repayment_notice(loan: Loan, on: date) -> notices.RepaymentNotice:
    """What falls due next and what is overdue, seen from `on`; payments until then are not guessed."""
    now = standing(loan, on).now
    due_date = next((row.due_date for row in now.rows if row.due_date >= on and row.outstanding), loan.due_on)
    owed, whole = owed_at_due(loan, max(due_date, on))
    return notices.RepaymentNotice(
        loan=_facts(loan, now),
        on=on,
        due_date=due_date,
        owed=owed,
        sum=whole,
        payee=payee_of(loan),
    )


def owed_at_due(loan: Loan, day: date) -> tuple[notices.Owed, Money]:
    """What has fallen due by `day`, that day's instalment with it, by rank; and the same from the other end:
    everything that is owed less what is not due yet.
    """
    then = standing(loan, day).now
    owed = notices.Owed(then.overdue_principal, then.interest_due, then.penalty, then.compound, then.costs_due)
    later = (then.principal - then.overdue_principal) + (then.interest - then.interest_due)
    later = later + (then.costs - then.costs_due)
    return owed, then.payoff - later


def overdue_notice(loan: Loan, on: date) -> notices.OverdueNotice:
    """What is overdue on `on` and what each further day costs."""
    today, tomorrow = standing(loan, on).now, standing(loan, on + timedelta(days=1)).now
    owed, whole = owed_at_due(loan, on)
    late_now, late_then = (
        position.penalty + position.compound + position.interest for position in (today, tomorrow)
    )  # fmt: skip
    return notices.OverdueNotice(
        loan=_facts(loan, today),
        on=on,
        since=today.overdue_since or on,
        days=today.days_past_due,
        owed=owed,
        sum=whole,
        penalty_rate=today.penalty_rate,
        per_day=late_then - late_now,
        payee=payee_of(loan),
    )


def _facts(loan: Loan, now: Position) -> notices.LoanFacts:
    return notices.LoanFacts(
        number=loan.number, lender=str(loan.bank), borrower=str(loan.supplier), borrower_code=loan.supplier.uscc,
        product=product_name(loan.product), lent=loan.principal, outstanding=now.principal, rate=now.annual_rate,
        basis=loan.basis, drawdown_date=loan.drawdown_date, maturity_date=loan.due_on,
    )  # fmt: skip


def payee_of(loan: Loan) -> notices.Payee | None:
    """The account on which the lender collects repayments in the loan's currency."""
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
    for loan in with_events(mine.filter(drawdown_date__lte=asked.last)):
        found = span(loan, first=asked.first, behind=asked.last + timedelta(days=1))
        rows += [_paid(loan, line) for line in found.lines if not line.given_up and line.charges - line.costs]
        expected = expected + _interest(found.closing)
        if found.opening:
            expected = expected - _interest(found.opening)
    return certificates.InterestCertificate(
        number=asked.number, issued_on=asked.issued_on, payer=party(asked.payer), lender=party(asked.lender),
        first=asked.first, last=asked.last, rows=tuple(sorted(rows, key=lambda row: (row.day, row.loan))),
        expected=expected,
    )  # fmt: skip


def _paid(loan: Loan, line: Line) -> certificates.Paid:
    return certificates.Paid(
        day=line.day, loan=loan.number, interest=line.interest, compound=line.compound, penalty=line.penalty,
        of_which=line.amount,
    )  # fmt: skip


def _interest(position: Position) -> Money:
    """Interest of every kind that payments have settled so far."""
    return position.paid[Due.INTEREST] + position.paid[Due.PENALTY] + position.paid[Due.COMPOUND]


def lost(position: Position) -> Money:
    """What was written off and has not come in after all."""
    return total(list(position.written_off.values()), position.drawn.currency) - position.recovered


def settlement_certificate(loan: Loan, on: date) -> certificates.SettlementCertificate:
    """The certificate of a closed loan; DoesNotAddUp where something is left."""
    now = standing(loan, on).now
    return certificates.SettlementCertificate(
        number=f"SC-{loan.number}", issued_on=on, loan=loan.number, lender=party(loan.bank),
        borrower=party(loan.supplier), drawdown_date=loan.drawdown_date, closed_on=loan.closed_on or on,
        drawn=now.drawn, repaid=now.paid[Due.PRINCIPAL], written_off=settled_otherwise(now),
        interest=now.paid[Due.INTEREST], penalty=now.paid[Due.PENALTY], compound=now.paid[Due.COMPOUND],
        costs=now.paid[Due.COSTS],
    )  # fmt: skip


def settled_otherwise(position: Position) -> Money:
    """Principal for which no money came: waived or written off."""
    return position.waived[Due.PRINCIPAL] + position.written_off[Due.PRINCIPAL]


def running_on(loans: QuerySet[Loan], on: date) -> QuerySet[Loan]:
    """Those that were paid out by `on` and not closed by its start."""
    return loans.filter(Q(closed_on=None) | Q(closed_on__gt=on), drawdown_date__lte=on)


def portfolio_report(lender: Organisation, loans: QuerySet[Loan], on: date) -> portfolio.Portfolio:
    """The lender's running loans at the start of `on`; two queries for any number."""
    mine = running_on(loans.filter(bank=lender), on).order_by("supplier__code", "due_on", "id")
    by_currency: dict[str, list[portfolio.Holding]] = {}
    stands = standings(mine, on)
    grades = grades_of(stands)
    for stand in stands:
        by_currency.setdefault(stand.loan.currency, []).append(holding(stand, grades[stand.loan.pk].tier))
    parts = [portfolio.Part(currency, tuple(holdings)) for currency, holdings in sorted(by_currency.items())]
    return portfolio.Portfolio(
        number=f"PR-{lender.code}-{on:%Y%m%d}", lender=str(lender), lender_code=lender.uscc, on=on, parts=tuple(parts)
    )


def holding(stand: Standing, grade: str) -> portfolio.Holding:
    """One loan of the portfolio."""
    loan, now = stand.loan, stand.now
    return portfolio.Holding(
        loan=loan.number, supplier=str(loan.supplier), product=product_name(loan.product), drawn=now.drawn,
        repaid=now.paid[Due.PRINCIPAL] + settled_otherwise(now), outstanding=now.principal,
        accrued=now.payoff - now.principal, bucket=stand.bucket, grade=grade,
    )  # fmt: skip
