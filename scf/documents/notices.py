"""Letters about what is to be paid: the repayment notice (还款通知书) and the overdue notice (逾期催收通知书)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from scf.domain.money import Money, total

from . import figures
from .proofs import DoesNotAddUp
from .sheet import Column, Sheet


@dataclass(frozen=True, slots=True)
class Owed:
    """What is to be paid, part by part; parts that are zero are not printed, principal and interest always."""

    principal: Money
    interest: Money
    penalty: Money
    compound: Money
    costs: Money

    @property
    def sum(self) -> Money:
        """All of it."""
        parts = [self.principal, self.interest, self.penalty, self.compound, self.costs]
        return total(parts, self.principal.currency)

    def named(self) -> list[tuple[str, Money]]:
        """The parts with their names, in the order in which people read them."""
        always = [(_("Principal"), self.principal), (_("Interest"), self.interest)]
        others = [(_("Penalty interest"), self.penalty), (_("Compound interest"), self.compound),
                  (_("Costs"), self.costs)]  # fmt: skip
        return [*always, *((name, money) for name, money in others if money)]


@dataclass(frozen=True, slots=True)
class Payee:
    """The account into which is paid."""

    name: str
    number: str
    bank_name: str


@dataclass(frozen=True, slots=True)
class LoanFacts:
    """What every letter says about its loan. rate  a fraction of one per year."""

    number: str
    lender: str
    borrower: str
    borrower_code: str
    product: str
    lent: Money
    outstanding: Money
    rate: Decimal
    basis: str
    drawdown_date: date
    maturity_date: date


@dataclass(frozen=True, slots=True)
class RepaymentNotice:
    """What falls due on `due_date` if nothing is paid before; `sum` as the loan's own computation says it."""

    loan: LoanFacts
    on: date
    due_date: date
    owed: Owed
    sum: Money
    payee: Payee | None

    def __post_init__(self) -> None:
        _agree(self.loan, self.owed, self.sum)


@dataclass(frozen=True, slots=True)
class OverdueNotice:
    """What is overdue on `on`, since `since`; each further day costs `per_day`, at `penalty_rate` a year."""

    loan: LoanFacts
    on: date
    since: date
    days: int
    owed: Owed
    sum: Money
    penalty_rate: Decimal
    per_day: Money
    payee: Payee | None

    def __post_init__(self) -> None:
        _agree(self.loan, self.owed, self.sum)


def _agree(loan: LoanFacts, owed: Owed, whole: Money) -> None:
    if owed.sum != whole:
        raise DoesNotAddUp(f"{loan.number}: the parts {owed.sum} are not the whole {whole}")


def render_repayment(notice: RepaymentNotice) -> bytes:
    """The repayment notice on A4, in the active language."""
    loan, days = notice.loan, (notice.due_date - notice.on).days
    sheet = Sheet(title=_("Repayment notice"), number=f"RN-{loan.number}-{notice.on:%Y%m%d}", as_of=notice.on)
    sheet.text(_("To %(borrower)s:") % {"borrower": loan.borrower})
    if days > 0:
        sheet.text(
            _("Your loan %(loan)s from %(lender)s falls due on %(day)s, in %(days)s days. Please pay the following.")
            % {"loan": loan.number, "lender": loan.lender, "day": notice.due_date, "days": days}
        )
    else:
        sheet.text(
            _("Your loan %(loan)s from %(lender)s fell due on %(day)s. Please pay the following.")
            % {"loan": loan.number, "lender": loan.lender, "day": notice.due_date}
        )
    sheet.amount(_("To pay on %(day)s") % {"day": max(notice.due_date, notice.on)}, figures.cash(notice.sum))
    _put_owed(sheet, notice.owed)
    _put_payee(sheet, notice.payee, loan)
    sheet.heading(_("The loan"))
    _put_loan(sheet, loan)
    sheet.text(
        _("You may pay earlier: interest then ends on the day of payment. If you have paid already, this notice has "
          "crossed your payment and you need do nothing."), is_small=True,
    )  # fmt: skip
    _put_proof(sheet, notice.owed, notice.sum, loan, notice.on)
    sheet.signatures([(_("Lender"), loan.lender)])
    return sheet.pdf()


def render_overdue(notice: OverdueNotice) -> bytes:
    """The overdue notice on A4, in the active language."""
    loan = notice.loan
    sheet = Sheet(title=_("Overdue notice"), number=f"ON-{loan.number}-{notice.on:%Y%m%d}", as_of=notice.on)
    sheet.text(_("To %(borrower)s:") % {"borrower": loan.borrower})
    sheet.text(
        _(
            "Your loan %(loan)s from %(lender)s was due on %(day)s and is %(days)s days overdue. Please pay the "
            "following at once."
        )
        % {"loan": loan.number, "lender": loan.lender, "day": notice.since, "days": notice.days}
    )  # fmt: skip
    sheet.amount(_("To pay on %(day)s") % {"day": notice.on}, figures.cash(notice.sum))
    _put_owed(sheet, notice.owed)
    sheet.text(
        _("Overdue principal bears %(rate)s a year (%(basis)s). Each further day adds about %(amount)s until you pay.")
        % {"rate": figures.percent(notice.penalty_rate, 4), "basis": loan.basis, "amount": figures.cash(notice.per_day)}
    )
    _put_payee(sheet, notice.payee, loan)
    sheet.heading(_("The loan"))
    _put_loan(sheet, loan)
    sheet.text(
        _("While the loan is overdue the lender may report it, enforce the pledge of the goods, and demand payment "
          "under the contract. If you cannot pay, talk to the lender now."), is_small=True,
    )  # fmt: skip
    _put_proof(sheet, notice.owed, notice.sum, loan, notice.on)
    sheet.signatures([(_("Lender"), loan.lender), (_("Received by the borrower"), loan.borrower)])
    return sheet.pdf()


def _put_owed(sheet: Sheet, owed: Owed) -> None:
    currency = owed.principal.currency
    columns = [Column(_("To be paid"), 3), Column(f"{_('Amount')} ({currency})", 2, True)]
    rows = [[name, figures.plain(money)] for name, money in owed.named()]
    sheet.table(columns, rows, total=[_("Total"), figures.plain(owed.sum)])


def _put_payee(sheet: Sheet, payee: Payee | None, loan: LoanFacts) -> None:
    sheet.heading(_("How to pay"))
    if payee is None:
        sheet.text(_("Ask %(lender)s for its account; quote loan %(loan)s.") % {"lender": loan.lender,
                                                                               "loan": loan.number})  # fmt: skip
        return
    sheet.facts(
        [
            (_("Payee"), payee.name),
            (_("Account number"), payee.number),
            (_("Bank"), payee.bank_name),
            (_("Quote as reference"), loan.number),
        ]
    )


def _put_loan(sheet: Sheet, loan: LoanFacts) -> None:
    sheet.facts(
        [
            (_("Borrower"), f"{loan.borrower} · {loan.borrower_code}"),
            (_("Product"), loan.product),
            (_("Principal lent"), figures.cash(loan.lent)),
            (_("Principal left"), figures.cash(loan.outstanding)),
            (_("Yearly rate"), f"{figures.percent(loan.rate, 4)} ({loan.basis})"),
            (_("Drawdown and due date"), f"{loan.drawdown_date} – {loan.maturity_date}"),
        ]
    )


def _put_proof(sheet: Sheet, owed: Owed, whole: Money, loan: LoanFacts, on: date) -> None:
    parts = " + ".join(figures.plain(money) for _name, money in owed.named())
    sheet.proof(
        [_("%(parts)s = %(sum)s, the same as the loan's own computation.") % {"parts": parts,
                                                                             "sum": figures.plain(whole)}],
        source=_("Contract and events of loan %(loan)s with value dates up to %(day)s, as reported by the lender.")
        % {"loan": loan.number, "day": on},
    )  # fmt: skip
