"""Papers asked for: notices, certificates, the portfolio; or the sentence why there is none."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from scf.documents import certificates, notices, portfolio
from scf.domain.errors import DomainError
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from .. import selectors
from ..models import Loan
from ..selectors import papers


class LoanIsRepaid(DomainError):
    """Nothing falls due on a loan that is repaid."""

    code = "LOAN_IS_REPAID"


class NotOverdue(DomainError):
    """The loan is not overdue on the day."""

    code = "NOT_OVERDUE"


class NotSettled(DomainError):
    """Something is still owed on the loan."""

    code = "NOT_SETTLED"


class NoInterestPaid(DomainError):
    """No interest was paid in the period."""

    code = "NO_INTEREST_PAID"


refusals.register(
    {
        "LOAN_IS_REPAID": _(
            "Loan %(loan)s is repaid: nothing falls due on it. Take its settlement certificate instead."
        ),
        "NOT_OVERDUE": _(
            "Loan %(loan)s is not overdue on %(day)s; it is due on %(due)s. Take its repayment notice instead."
        ),
        "NOT_SETTLED": _(
            "Loan %(loan)s is not repaid. On %(day)s %(owed)s is still owed: principal %(principal)s, interest and "
            "charges %(rest)s. The certificate is there once all is paid."
        ),
        "NO_INTEREST_PAID": _(
            "%(payer)s paid %(lender)s no interest from %(first)s to %(last)s. Choose another period."
        ),
    }
)


def repayment_notice(loan: Loan, *, on: date) -> bytes:
    """What falls due next. Raises LoanIsRepaid."""
    on = max(on, loan.drawdown_date)
    if not selectors.standing(loan, on).now.payoff:
        raise LoanIsRepaid("nothing is due", loan=loan.number)
    return notices.render_repayment(papers.repayment_notice(loan, on))


def overdue_notice(loan: Loan, *, on: date) -> bytes:
    """What is overdue. Raises NotOverdue."""
    on = max(on, loan.drawdown_date)
    if not selectors.standing(loan, on).now.days_past_due:
        raise NotOverdue("not overdue", loan=loan.number, day=str(on), due=str(loan.due_on))
    return notices.render_overdue(papers.overdue_notice(loan, on))


def settlement_certificate(loan: Loan, *, on: date) -> bytes:
    """The certificate of a closed loan. Raises NotSettled."""
    on = max(on, loan.drawdown_date)
    now = selectors.standing(loan, on).now
    lost = papers.lost(now)
    if now.payoff or lost or loan.closed_on is None or loan.closed_on > on:
        left = lost if lost else now.payoff - now.principal
        owed = {"owed": str(now.payoff + lost), "principal": str(now.principal), "rest": str(left)}
        raise NotSettled("something is owed", loan=loan.number, day=str(on), **owed)
    return certificates.render_settlement(papers.settlement_certificate(loan, on))


def interest_certificate(
    *, payer: Organisation, lender: Organisation, currency: str, first: date, last: date, by: Membership, on: date
) -> bytes:
    """Interest paid to a lender in a period, over the loans that the reader may see. Raises NoInterestPaid."""
    asked = papers.Asked(
        payer=payer, lender=lender, currency=currency, first=first, last=last, issued_on=on,
        number=f"IC-{payer.code}-{lender.code}-{currency}-{first:%Y%m%d}-{last:%Y%m%d}",
    )  # fmt: skip
    found = papers.interest_certificate(selectors.loans_visible_to(by), asked)
    if not found.rows:
        raise NoInterestPaid(
            "no interest was paid", payer=str(payer), lender=str(lender), first=str(first), last=str(last)
        )
    return certificates.render_interest(found)


def portfolio_report(lender: Organisation, *, on: date, by: Membership) -> bytes:
    """The lender's running loans on a day, as far as the reader may see them."""
    return portfolio.render(papers.portfolio_report(lender, selectors.loans_visible_to(by), on))
