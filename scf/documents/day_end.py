"""Day-end proof of a collection account: the bank's closing balance, ours, and every difference between them."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from scf.domain.money import Money, total

from . import figures
from .proofs import DoesNotAddUp
from .sheet import Column, Sheet


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the bank's balance holds and ours does not, or the other way round. name  what it is, in words."""

    name: str
    detail: str
    amount: Money


@dataclass(frozen=True, slots=True)
class DayEnd:
    """An account at the end of `on`. Raises DoesNotAddUp unless expected + differences = closing."""

    number: str
    lender: str
    account: str
    on: date
    closing: Money
    expected: Money
    differences: tuple[Difference, ...]

    def __post_init__(self) -> None:
        if self.expected + self.explained != self.closing:
            raise DoesNotAddUp(f"{self.expected} and {self.explained} do not make {self.closing}")

    @property
    def explained(self) -> Money:
        """The sum of the differences."""
        return total([each.amount for each in self.differences], self.closing.currency)


def render(proof: DayEnd) -> bytes:
    """The proof on A4, in the active language; the same bytes for the same figures."""
    sheet = Sheet(title=_("Day-end proof"), number=proof.number, as_of=proof.on)
    sheet.facts(
        [
            (_("Lender"), proof.lender),
            (_("Collection account"), proof.account),
            (_("End of"), str(proof.on)),
            (_("Closing balance of the bank"), figures.cash(proof.closing)),
            (_("Closing balance by our records"), figures.cash(proof.expected)),
        ]
    )
    sheet.heading(_("Differences"))
    if proof.differences:
        columns = [Column(_("What it is"), 4), Column(_("Details"), 6), Column(_("Amount"), 2.5, True)]
        rows = [[each.name, each.detail, figures.plain(each.amount)] for each in proof.differences]
        sheet.table(columns, rows, total=[_("Total"), "", figures.plain(proof.explained)])
    else:
        sheet.text(_("There is none."))
    words = {name: figures.plain(getattr(proof, name)) for name in ("expected", "explained", "closing")}
    sheet.proof(
        [_("Our records %(expected)s + differences %(explained)s = bank %(closing)s.") % words],
        source=_("Statements of the account, and what stands on loans, as known when this was signed."),
    )
    sheet.signatures([(_("Prepared by"), ""), (_("Checked by"), "")])
    return sheet.pdf()
