"""Statements of loans and of suppliers' accounts: opening + movements = closing, or no statement at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from scf.domain.money import Money, total
from scf.domain.schedule import Row

from . import figures as figures  # for those who fill statements in
from .proofs import DoesNotAddUp as DoesNotAddUp
from .sheet import Column, Sheet


@dataclass(frozen=True, slots=True)
class Line:
    """One movement on a loan.

    amount     money that moved, as people say it: positive for paid out and for repaid, negative for returned
    principal  change of the principal: positive drawn, negative repaid
    interest, penalty, surplus  what a repayment settled besides; a returned surplus is negative
    """

    day: date
    text: str
    amount: Money
    principal: Money
    interest: Money
    penalty: Money
    surplus: Money
    balance_after: Money

    def __post_init__(self) -> None:
        drawn = self.principal if self.principal.minor > 0 else -self.principal
        if drawn + self.interest + self.penalty + self.surplus != self.amount:
            raise DoesNotAddUp(f"the parts of {self.amount} on {self.day} do not make the whole")


@dataclass(frozen=True, slots=True)
class LoanStatement:
    """A loan from `first` to `last`, both included.

    opening, closing     principal before the first and after the last movement
    interest_opening     interest and penalty accrued and unpaid before `first`
    interest_closing     the same at the end of `last`, that day included
    payoff               what closes the loan if it is paid with value date `last`
    """

    number: str
    lender: str
    borrower: str
    buyer: str
    rate: str
    drawdown_date: date
    maturity_date: date
    first: date
    last: date
    opening: Money
    lines: tuple[Line, ...]
    closing: Money
    interest_opening: Money
    interest_closing: Money
    payoff: Money
    plan: tuple[Row, ...]

    def __post_init__(self) -> None:
        balance = self.opening
        for line in self.lines:
            balance = balance + line.principal
            if balance != line.balance_after:
                raise DoesNotAddUp(
                    f"{self.number}: the balance after {line.day} is not the one before plus the movement"
                )
            if not self.first <= line.day <= self.last:
                raise DoesNotAddUp(f"{self.number}: the movement of {line.day} is not of this period")
        if balance != self.closing:
            raise DoesNotAddUp(
                f"{self.number}: opening {self.opening} and movements do not make closing {self.closing}"
            )

    @property
    def paid(self) -> Money:
        """Interest and penalty paid in the period."""
        return total([line.interest + line.penalty for line in self.lines], self.opening.currency)

    @property
    def accrued(self) -> Money:
        """Interest and penalty that the period brought."""
        return self.interest_closing + self.paid - self.interest_opening


@dataclass(frozen=True, slots=True)
class LoanRow:
    """One loan on a supplier's statement."""

    number: str
    lender: str
    opening: Money
    drawn: Money
    repaid: Money
    closing: Money
    interest_paid: Money
    interest_unpaid: Money

    def __post_init__(self) -> None:
        if self.opening + self.drawn - self.repaid != self.closing:
            raise DoesNotAddUp(f"{self.number}: opening + drawn - repaid is not closing")


@dataclass(frozen=True, slots=True)
class CurrencyPart:
    """All loans of a supplier in one currency; its sums are those of its rows."""

    currency: str
    rows: tuple[LoanRow, ...]

    def sum_of(self, name: str) -> Money:
        """The sum of a column."""
        return total([getattr(row, name) for row in self.rows], self.currency)


@dataclass(frozen=True, slots=True)
class SupplierStatement:
    """A supplier's account from `first` to `last`, both included: all its loans, a part a currency."""

    number: str
    supplier: str
    supplier_code: str
    first: date
    last: date
    parts: tuple[CurrencyPart, ...]


def render_loan(statement: LoanStatement) -> bytes:
    """The loan statement on A4, in the active language."""
    currency = statement.opening.currency
    number = f"LS-{statement.number}-{statement.first:%Y%m%d}-{statement.last:%Y%m%d}"
    sheet = Sheet(title=_("Loan statement"), number=number, as_of=statement.last)
    sheet.facts(
        [
            (_("Loan"), statement.number),
            (_("Period"), _period(statement.first, statement.last)),
            (_("Lender"), statement.lender),
            (_("Borrower"), statement.borrower),
            (_("Buyer"), statement.buyer),
            (_("Yearly rate"), statement.rate),
            (_("Drawdown and due date"), f"{statement.drawdown_date} – {statement.maturity_date}"),
            (_("Currency"), currency),
        ]
    )
    sheet.heading(_("Movements of the principal"))
    _put_movements(sheet, statement)
    sheet.heading(_("Interest and penalty"))
    _put_interest(sheet, statement)
    sheet.heading(_("Plan as agreed"))
    _put_plan(sheet, statement.plan, currency)
    sheet.heading(_("To pay off"))
    sheet.facts([(_("Paid with value date %(day)s") % {"day": statement.last}, figures.cash(statement.payoff))])
    _put_proof(sheet, statement)
    return sheet.pdf()


def _put_proof(sheet: Sheet, statement: LoanStatement) -> None:
    changes, currency = [line.principal for line in statement.lines], statement.opening.currency
    drawn = total([change for change in changes if change.minor > 0], currency)
    repaid = -total([change for change in changes if change.minor < 0], currency)
    figured = {
        "opening": figures.plain(statement.opening), "drawn": figures.plain(drawn), "repaid": figures.plain(repaid),
        "closing": figures.plain(statement.closing), "count": len(statement.lines),
    }  # fmt: skip
    accrued = {
        "before": figures.plain(statement.interest_opening), "accrued": figures.plain(statement.accrued),
        "paid": figures.plain(statement.paid), "after": figures.plain(statement.interest_closing),
    }  # fmt: skip
    sheet.proof(
        [
            _("Opening %(opening)s + drawn %(drawn)s − repaid %(repaid)s = closing %(closing)s; %(count)s movements.")
            % figured,
            _("Interest unpaid %(before)s + accrued %(accrued)s − paid %(paid)s = unpaid %(after)s.") % accrued,
        ],
        source=_("Contract and events of loan %(loan)s with value dates up to %(day)s, as reported by the lender.")
        % {"loan": statement.number, "day": statement.last},
    )


def _put_movements(sheet: Sheet, statement: LoanStatement) -> None:
    columns = [
        Column(_("Value date"), 2.1), Column(_("Movement"), 3), Column(_("Amount"), 2.6, True),
        Column(_("Principal"), 2.6, True), Column(_("Interest"), 2.2, True), Column(_("Penalty"), 2, True),
        Column(_("Surplus"), 2, True), Column(_("Principal left"), 2.6, True),
    ]  # fmt: skip
    rows: list[list[str]] = [[str(statement.first), _("Opening"), *[""] * 5, figures.plain(statement.opening)]]
    for line in statement.lines:
        parts = (line.amount, line.principal, line.interest, line.penalty, line.surplus)
        rows.append([str(line.day), line.text, *map(figures.moved, parts), figures.plain(line.balance_after)])
    moved = total([line.principal for line in statement.lines], statement.opening.currency)
    sums = [
        str(statement.last),
        _("Closing"),
        "",
        figures.plain(moved),
        *_sums(statement.lines),
        figures.plain(statement.closing),
    ]
    sheet.table(columns, rows, total=sums)
    if not statement.lines:
        sheet.text(_("Nothing moved in this period."), is_small=True)


def _sums(lines: Sequence[Line]) -> list[str]:
    if not lines:
        return ["–"] * 3
    currency = lines[0].amount.currency
    names = ("interest", "penalty", "surplus")
    return [figures.moved(total([getattr(line, name) for line in lines], currency)) for name in names]


def _put_interest(sheet: Sheet, statement: LoanStatement) -> None:
    sheet.facts(
        [
            (_("Unpaid at the beginning"), figures.cash(statement.interest_opening)),
            (_("Accrued in the period"), figures.cash(statement.accrued)),
            (_("Paid in the period"), figures.cash(-statement.paid)),
            (_("Unpaid at the end of %(day)s, that day included") % {"day": statement.last},
             figures.cash(statement.interest_closing)),
        ]
    )  # fmt: skip


def _put_plan(sheet: Sheet, plan: Sequence[Row], currency: str) -> None:
    titles = (_("Principal"), _("Interest"), _("To pay"))
    columns = [Column(_("Due on"), 2), *(Column(f"{title} ({currency})", 3, True) for title in titles)]
    rows = [
        [str(row.due_date), *map(figures.plain, (row.principal, row.interest, row.principal + row.interest))]
        for row in plan
    ]
    sheet.table(columns, rows)


def render_supplier(statement: SupplierStatement) -> bytes:
    """The supplier's account statement on A4, in the active language."""
    sheet = Sheet(title=_("Supplier account statement"), number=statement.number, as_of=statement.last)
    sheet.facts(
        [
            (_("Supplier"), statement.supplier),
            (_("Unified social credit code"), statement.supplier_code),
            (_("Period"), _period(statement.first, statement.last)),
        ]
    )
    for part in statement.parts:
        sheet.heading(_("Loans in %(currency)s") % {"currency": part.currency})
        _put_part(sheet, part, statement.first, statement.last)
    if not statement.parts:
        sheet.text(_("No loan ran in this period."))
    return sheet.pdf()


SUMS = ("opening", "drawn", "repaid", "closing", "interest_paid", "interest_unpaid")


def _put_part(sheet: Sheet, part: CurrencyPart, first: date, last: date) -> None:
    sheet.facts(
        [
            (_("Outstanding at the beginning"), figures.cash(part.sum_of("opening"))),
            (_("Drawn"), figures.cash(part.sum_of("drawn"))),
            (_("Principal repaid"), figures.cash(-part.sum_of("repaid"))),
            (_("Outstanding at the end"), figures.cash(part.sum_of("closing"))),
            (_("Interest and penalty paid"), figures.cash(part.sum_of("interest_paid"))),
        ]
    )
    columns = [
        Column(_("Loan"), 3.1), Column(_("Lender"), 3), Column(_("Opening"), 2.6, True), Column(_("Drawn"), 2.6, True),
        Column(_("Repaid"), 2.6, True), Column(_("Closing"), 2.6, True), Column(_("Interest paid"), 2.2, True),
        Column(_("Interest unpaid"), 2.2, True),
    ]  # fmt: skip
    rows = [[row.number, row.lender, *[figures.moved(getattr(row, name)) for name in SUMS]] for row in part.rows]
    sheet.table(columns, rows, total=[_("Total"), "", *[figures.plain(part.sum_of(name)) for name in SUMS]])
    opening, drawn, repaid, closing = (figures.plain(part.sum_of(name)) for name in SUMS[:4])
    sheet.proof(
        [
            _("Opening %(opening)s + drawn %(drawn)s − repaid %(repaid)s = closing %(closing)s, over %(count)s loans.")
            % {"opening": opening, "drawn": drawn, "repaid": repaid, "closing": closing, "count": len(part.rows)}
        ],
        source=_("The statements of these loans from %(first)s to %(last)s; each adds up by itself.")
        % {"first": first, "last": last},
    )


def _period(first: date, last: date) -> str:
    return _("%(first)s to %(last)s, both included") % {"first": first, "last": last}
