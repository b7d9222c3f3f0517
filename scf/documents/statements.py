"""The statement of a loan: opening + movements = closing, or no statement at all."""

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
    principal  change of the principal: positive drawn, negative repaid or given up
    interest, penalty, compound, costs, surplus  what was settled besides; a returned surplus is negative
    given_up   what of all this the lender gave up: no money moved for it
    """

    day: date
    text: str
    amount: Money
    principal: Money
    interest: Money
    penalty: Money
    compound: Money
    costs: Money
    surplus: Money
    given_up: Money
    balance_after: Money

    @property
    def charges(self) -> Money:
        """All that was settled beside the principal."""
        return self.interest + self.penalty + self.compound + self.costs

    def __post_init__(self) -> None:
        is_drawdown = self.principal.minor > 0 and self.amount.minor > 0
        paid_off = self.principal if is_drawdown else -self.principal
        if paid_off + self.charges + self.surplus != self.amount + self.given_up:
            raise DoesNotAddUp(f"the parts of {self.amount} on {self.day} do not make the whole")


@dataclass(frozen=True, slots=True)
class LoanStatement:
    """A loan from `first` to `last`, both included.

    opening, closing     principal before the first and after the last movement
    interest_opening     interest and charges accrued and unpaid before `first`
    accrued              interest and charges that the period brought
    interest_closing     unpaid at the end of `last`, that day included
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
    accrued: Money
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
        if self.interest_opening + self.accrued - self.settled != self.interest_closing:
            raise DoesNotAddUp(f"{self.number}: interest unpaid, accrued and paid do not make what is unpaid now")

    @property
    def settled(self) -> Money:
        """Interest and charges paid or given up in the period."""
        return total([line.charges for line in self.lines], self.opening.currency)

    @property
    def given_up(self) -> Money:
        """Interest and charges that the lender gave up in the period; the principal it gave up is not in here."""
        return total([line.charges for line in self.lines if line.given_up and not line.amount], self.opening.currency)

    @property
    def paid(self) -> Money:
        """Interest and charges paid in the period."""
        return self.settled - self.given_up

    def moved(self, sign: int, *, is_given_up: bool = False) -> Money:
        """What was drawn (+1) or what came off the principal (-1), as a positive amount."""
        changes = [line.principal for line in self.lines if bool(line.given_up) == is_given_up]
        return total(
            [change if sign > 0 else -change for change in changes if change.minor * sign > 0], self.opening.currency
        )


def render_loan(statement: LoanStatement) -> bytes:
    """The loan statement on A4, in the active language."""
    currency = statement.opening.currency
    number = f"LS-{statement.number}-{statement.first:%Y%m%d}-{statement.last:%Y%m%d}"
    sheet = Sheet(title=_("Loan statement"), number=number, as_of=statement.last)
    sheet.facts(
        [
            (_("Loan"), statement.number),
            (_("Period"), period(statement.first, statement.last)),
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
    given_up = statement.moved(-1, is_given_up=True)
    figured = {
        "opening": figures.plain(statement.opening), "drawn": figures.plain(statement.moved(1)),
        "repaid": figures.plain(statement.moved(-1) + given_up), "closing": figures.plain(statement.closing),
        "count": len(statement.lines),
    }  # fmt: skip
    accrued = {
        "before": figures.plain(statement.interest_opening), "accrued": figures.plain(statement.accrued),
        "paid": figures.plain(statement.settled), "after": figures.plain(statement.interest_closing),
    }  # fmt: skip
    sentences = [
        _("Opening %(opening)s + drawn %(drawn)s − repaid %(repaid)s = closing %(closing)s; %(count)s movements.")
        % figured,
        _("Interest unpaid %(before)s + accrued %(accrued)s − paid %(paid)s = unpaid %(after)s.") % accrued,
    ]
    lost = given_up + statement.given_up
    if lost:
        sentences.append(_("Of what is counted as repaid and paid, the lender gave up %(lost)s.")
                         % {"lost": figures.plain(lost)})  # fmt: skip
    source = _("Contract and events of loan %(loan)s with value dates up to %(day)s, as reported by the lender.")
    sheet.proof(sentences, source=source % {"loan": statement.number, "day": statement.last})


def _put_movements(sheet: Sheet, statement: LoanStatement) -> None:
    lines = statement.lines
    extra = [(_("Costs"), "costs"), (_("Given up"), "given_up")]
    extra = [(title, name) for title, name in extra if any(getattr(line, name) for line in lines)]
    columns = [
        Column(_("Value date"), 2.1), Column(_("Movement"), 3), Column(_("Amount"), 2.6, True),
        Column(_("Principal"), 2.6, True), Column(_("Interest"), 2.2, True),
        Column(_("Penalty, compound"), 2.1, True), *(Column(title, 1.8, True) for title, _name in extra),
        Column(_("Surplus"), 2, True), Column(_("Principal left"), 2.6, True),
    ]  # fmt: skip
    rows: list[list[str]] = [
        [str(statement.first), _("Opening"), *[""] * (len(columns) - 3), figures.plain(statement.opening)]
    ]
    names = [name for _title, name in extra]
    for line in lines:
        parts = (line.amount, line.principal, *_settled(line, names))
        rows.append([str(line.day), line.text, *map(figures.moved, parts), figures.plain(line.balance_after)])
    currency = statement.opening.currency
    nothing = Money(0, currency)
    sums = [total(list(column), currency) for column in zip(*(_settled(line, names) for line in lines), strict=True)]
    moved = figures.plain(statement.closing - statement.opening)
    settled = map(figures.moved, sums or [nothing] * (len(names) + 3))
    totals = [str(statement.last), _("Closing"), "", moved, *settled, figures.plain(statement.closing)]
    sheet.table(columns, rows, total=totals)
    if not lines:
        sheet.text(_("Nothing moved in this period."), is_small=True)


def _settled(line: Line, extra: Sequence[str]) -> list[Money]:
    return [line.interest, line.penalty + line.compound, *(getattr(line, name) for name in extra), line.surplus]


def _put_interest(sheet: Sheet, statement: LoanStatement) -> None:
    pairs = [
        (_("Unpaid at the beginning"), statement.interest_opening),
        (_("Accrued in the period"), statement.accrued),
        (_("Paid in the period"), -statement.paid),
        *([(_("Given up in the period"), -statement.given_up)] if statement.given_up else []),
        (_("Unpaid at the end of %(day)s, that day included") % {"day": statement.last}, statement.interest_closing),
    ]
    sheet.facts([(name, figures.cash(money)) for name, money in pairs])


def _put_plan(sheet: Sheet, plan: Sequence[Row], currency: str) -> None:
    titles = (_("Principal"), _("Interest"), _("To pay"))
    columns = [Column(_("Due on"), 2), *(Column(f"{title} ({currency})", 3, True) for title in titles)]
    rows = [
        [str(row.due_date), *map(figures.plain, (row.principal, row.interest, row.principal + row.interest))]
        for row in plan
    ]
    sheet.table(columns, rows)


def period(first: date, last: date) -> str:
    """Days as people say them."""
    return _("%(first)s to %(last)s, both included") % {"first": first, "last": last}
