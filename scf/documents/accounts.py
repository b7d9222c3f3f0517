"""The statement of a supplier's account: all its loans, by currency."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from scf.domain.money import Money, total

from . import figures
from .proofs import DoesNotAddUp
from .sheet import Column, Sheet
from .statements import period


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


def render_supplier(statement: SupplierStatement) -> bytes:
    """The supplier's account statement on A4, in the active language."""
    sheet = Sheet(title=_("Supplier account statement"), number=statement.number, as_of=statement.last)
    sheet.facts(
        [
            (_("Supplier"), statement.supplier),
            (_("Unified social credit code"), statement.supplier_code),
            (_("Period"), period(statement.first, statement.last)),
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
