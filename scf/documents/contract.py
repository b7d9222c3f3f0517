"""The loan contract as a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain.conventions import Overpayment
from scf.domain.money import Money, total, zero
from scf.domain.schedule import Contract, Cost, Row

from . import figures
from .sheet import Column, Sheet


@dataclass(frozen=True, slots=True)
class LoanContract:
    """What the contract says; figures only, no rows of the database.

    goods      (document number, description, quantity, unit) behind the loan
    pricing    how the rate is found
    calendars  whose business days the due date was rolled by
    precedents what the lender wants to see before it pays
    pays_off   the borrower's loan from the same lender that this one pays off; "" for none
    """

    number: str
    on: date
    lender: str
    lender_code: str
    borrower: str
    borrower_code: str
    buyer: str
    product: str
    terms: Contract
    plan: tuple[Row, ...]
    cost: Cost
    conditions: str
    goods: tuple[tuple[str, str, Decimal, str], ...]
    pricing: str
    calendars: str
    pays_off: str = ""
    precedents: Sequence[str] = ()


def render(contract: LoanContract) -> bytes:
    """The contract on A4, in the active language; the same bytes for the same figures."""
    sheet = Sheet(title=_("Loan contract"), number=contract.number, as_of=contract.on)
    sheet.heading(_("1. Parties"))
    sheet.facts(_parties(contract))
    sheet.heading(_("2. The loan"))
    sheet.facts(_loan(contract))
    if contract.terms.agreement.is_floating:
        for sentence in _floating():
            sheet.text(sentence)
    sheet.heading(_("3. Repayment plan and cost"))
    _put_plan(sheet, contract)
    sheet.heading(_("4. Early, late and partial repayment"))
    for sentence in _rules(contract.terms):
        sheet.text(sentence)
    sheet.heading(_("5. Conditions of the lender"))
    sheet.text(contract.conditions or _("None beyond this contract."))
    if contract.precedents:
        sheet.text(_("Before the payment the lender is shown, or goes without in writing:"))
        for at, line in enumerate(contract.precedents, start=1):
            sheet.text(f"{at}. {line}")
    sheet.heading(_("6. Goods pledged"))
    _put_goods(sheet, contract)
    sheet.heading(_("7. Signatures"))
    sheet.signatures([(_("Lender"), contract.lender), (_("Borrower"), contract.borrower)])
    return sheet.pdf()


def _parties(contract: LoanContract) -> list[tuple[str, str]]:
    code = _("unified social credit code")
    return [
        (_("Lender"), f"{contract.lender} · {code} {contract.lender_code}"),
        (_("Borrower"), f"{contract.borrower} · {code} {contract.borrower_code}"),
        (_("Buyer whose payment is expected"), contract.buyer),
        (_("Platform"), _("passes on documents, offers and instructions; it is no party to the loan")),
    ]


def _loan(contract: LoanContract) -> list[tuple[str, str]]:
    terms = contract.terms
    days = (terms.maturity_date - terms.drawdown_date).days
    before = _("%(loan)s: what it takes on the day of drawdown is kept back and repays it; only the rest is paid out")
    return [
        (_("Product"), contract.product),
        (_("Principal"), figures.cash(terms.principal)),
        *([(_("Pays off loan"), before % {"loan": contract.pays_off})] if contract.pays_off else []),
        (_("Yearly rate"), contract.pricing),
        (_("Day count"), _("%(basis)s; the day of drawdown counts, the day of repayment does not")
         % {"basis": terms.basis}),
        (_("Drawdown"), _("%(day)s, paid into the borrower's verified account") % {"day": terms.drawdown_date}),
        (_("Due"), _("%(day)s, after %(count)s days; business days: %(calendars)s")
         % {"day": terms.maturity_date, "count": days, "calendars": contract.calendars}),
    ]  # fmt: skip


def _floating() -> list[str]:
    """What a rate that follows an index means."""
    return [
        _(
            "LPR is the loan prime rate published by the National Interbank Funding Center on the 20th of every month, "
            "or the next business day (announcement no. 15 of 2019 of the People's Bank of China). A published value "
            "holds until the next one."
        ),
        _(
            "The rate named here is that of today. It is fixed by the value in force on the day of drawdown, and anew "
            "on each day agreed above, by the value then in force; it never falls below zero. The penalty rate follows"
            ". Should a value not be known on such a day, the rate before goes on, and the difference is put right "
            "from that day when the value is known."
        ),
    ]


def _put_plan(sheet: Sheet, contract: LoanContract) -> None:
    currency, fee = contract.terms.principal.currency, contract.cost.fees
    last, nothing = contract.plan[-1].number, zero(currency)
    fee_title = [_("One-off fee")] if fee else []
    titles = (_("Principal"), _("Interest"), *fee_title, _("To pay"), _("Principal left"))
    columns = [Column(_("Due on"), 2), *(Column(f"{title} ({currency})", 3, True) for title in titles)]

    def cells(day: str, principal: Money, interest: Money, once: Money, left: str) -> list[str]:
        parts = (principal, interest, once) if fee else (principal, interest)
        return [day, *map(figures.plain, (*parts, total(parts, currency))), left]

    lines = [
        cells(
            str(row.due_date), row.principal, row.interest, fee if row.number == last else nothing,
            figures.plain(row.balance_after),
        )
        for row in contract.plan
    ]  # fmt: skip
    principal = total([row.principal for row in contract.plan], currency)
    interest = total([row.interest for row in contract.plan], currency)
    sheet.table(columns, lines, total=cells(_("Total"), principal, interest, fee, ""))
    sheet.facts(
        [
            (_("Interest in all"), figures.cash(contract.cost.interest)),
            *([(_("One-off fee"), figures.cash(fee))] if fee else []),
            (_("Annualised cost by IRR"), _("%(rate)s a year, over all payments")
             % {"rate": figures.percent(contract.cost.annualised)}),
        ]
    )  # fmt: skip
    if fee:
        due = _(
            "The one-off fee is the price of making the loan. It is due on %(day)s with the last instalment, whole "
            "also where the loan is repaid early, and an extension does not move it."
        )
        sheet.text(due % {"day": contract.plan[-1].due_date}, is_small=True)
    sheet.text(_("Nothing is deducted in advance and no other charge is made."), is_small=True)


LEFT_OVER = {
    Overpayment.KEEP: gettext_lazy("What is left belongs to the borrower and is returned."),
    Overpayment.REFUND: gettext_lazy("What is left is returned at once into the borrower's verified account."),
    Overpayment.PASS_ON: gettext_lazy(
        "What is left repays the borrower's next loan on the same goods; where there is none, it is returned."
    ),
}


def _cooling_off(days: int) -> str:
    return _(
        "The borrower may give the whole principal back within %(days)s days after drawdown without giving reasons; "
        "neither interest nor fee is then owed, and what was paid of them is returned. "
    ) % {"days": days}


def _rules(terms: Contract) -> list[str]:
    """What holds when the plan is not kept to the day."""
    rate = figures.percent(terms.annual_rate * terms.penalty_factor, 4)
    factor = figures.quantity(terms.penalty_factor)
    grace = (
        _("Paid within %(days)s days after the due date, the contract rate goes on and no penalty is due. ")
        % {"days": terms.grace_days}
        if terms.grace_days
        else ""
    )
    late = _(
        "Principal that is unpaid after that bears %(factor)s times the contract rate, which is %(rate)s a year, "
        "instead of the contract rate, from the due date until it is paid (rules of the People's Bank of China on "
        "penalty interest, Yinfa 2003 no. 251)."
    ) % {"factor": factor, "rate": rate}
    return [
        (_cooling_off(terms.cooling_off_days) if terms.cooling_off_days else "")
        + _(
            "The borrower may repay all or part of the loan on any day. Interest is then due for the days on which the "
            "money was really lent; nothing is charged for repaying early."
        ),
        grace + late,
        _("A payment settles, in this order: costs, penalty interest, compound interest, interest, principal. ")
        + str(LEFT_OVER[terms.conventions.overpayment]),
        _(
            "The buyer's payment into the lender's collection account repays the loan. When nothing is owed any more "
            "the pledge of the goods ends and the lender releases them."
        ),
    ]


def _put_goods(sheet: Sheet, contract: LoanContract) -> None:
    if not contract.goods:
        sheet.text(_("No goods are pledged."))
        return
    columns = [
        Column(_("Document"), 3), Column(_("Goods"), 6), Column(_("Quantity"), 2, True), Column(_("Unit"), 1.4),
    ]  # fmt: skip
    rows = [[number, text, figures.quantity(count), unit] for number, text, count, unit in contract.goods]
    sheet.table(columns, rows)
