"""Certificates in both languages on one sheet: interest paid (利息证明), loan repaid (结清证明)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import override

from scf.domain.money import Money, total

from . import figures
from .proofs import DoesNotAddUp, Party, both, other_language
from .sheet import Column, Sheet


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment: what of it was interest. `of_which` is the whole payment."""

    day: date
    loan: str
    interest: Money
    compound: Money
    penalty: Money
    of_which: Money

    @property
    def sum(self) -> Money:
        """Interest of every kind."""
        return self.interest + self.compound + self.penalty

    def __post_init__(self) -> None:
        if self.of_which.minor > 0 and self.sum > self.of_which:
            raise DoesNotAddUp(f"{self.loan}: more interest than money on {self.day}")


@dataclass(frozen=True, slots=True)
class InterestCertificate:
    """Interest that `payer` paid to `lender` from `first` to `last`, both included, in one currency.

    expected  the same total by another way: what was settled up to `last` less what was settled before `first`
    """

    number: str
    issued_on: date
    payer: Party
    lender: Party
    first: date
    last: date
    rows: tuple[Paid, ...]
    expected: Money

    def __post_init__(self) -> None:
        if self.sum_of("sum") != self.expected:
            raise DoesNotAddUp(f"{self.number}: the rows make {self.sum_of('sum')}, the loans say {self.expected}")
        if any(not self.first <= row.day <= self.last for row in self.rows):
            raise DoesNotAddUp(f"{self.number}: a payment is not of this period")

    def sum_of(self, name: str) -> Money:
        """The sum of a column."""
        return total([getattr(row, name) for row in self.rows], self.expected.currency)


@dataclass(frozen=True, slots=True)
class SettlementCertificate:
    """A loan that is repaid: everything that was drawn came back, and what was paid besides.

    written_off  principal that the lender gave up; a certificate says so
    """

    number: str
    issued_on: date
    loan: str
    lender: Party
    borrower: Party
    drawdown_date: date
    closed_on: date
    drawn: Money
    repaid: Money
    written_off: Money
    interest: Money
    penalty: Money
    compound: Money
    costs: Money

    def __post_init__(self) -> None:
        if self.drawn != self.repaid + self.written_off:
            raise DoesNotAddUp(f"{self.loan}: {self.drawn} drawn and {self.repaid} repaid is no settlement")

    @property
    def paid(self) -> Money:
        """All that was paid for the loan."""
        return total([self.repaid, self.interest, self.penalty, self.compound, self.costs], self.drawn.currency)


def render_interest(certificate: InterestCertificate) -> bytes:
    """The interest certificate on A4, the active language first."""
    title, subtitle = _titles(lambda: _("Interest certificate"))
    sheet = Sheet(title=title, subtitle=subtitle, number=certificate.number, as_of=certificate.issued_on)
    _in_both(lambda: sheet.text(_interest_words(certificate)))
    sheet.amount(both(lambda: _("Interest paid in all"), " "), figures.cash(certificate.expected))
    currency = certificate.expected.currency
    columns = [
        Column(both(lambda: _("Paid on")), 1.8), Column(both(lambda: _("Loan")), 2.8),
        Column(both(lambda: _("Whole payment")), 2.6, True), Column(both(lambda: _("Interest")), 2.2, True),
        Column(both(lambda: _("Compound interest")), 2.4, True), Column(both(lambda: _("Penalty interest")), 2.2, True),
        Column(both(lambda: _("Together")), 2.4, True),
    ]  # fmt: skip
    names = ("of_which", "interest", "compound", "penalty", "sum")
    rows = [[str(row.day), row.loan, *(figures.moved(getattr(row, name)) for name in names)]
            for row in certificate.rows]  # fmt: skip
    sums = [figures.plain(certificate.sum_of(name)) for name in names]
    sheet.table(columns, rows, total=[both(lambda: _("Total"), " "), currency, *sums])
    count = len(certificate.rows)
    sheet.proof(
        [
            both(lambda: _("%(count)s payments; the sum of the rows, %(sum)s, is what the loans settled in the period.")
                 % {"count": count, "sum": figures.plain(certificate.expected)}, " "),
        ],
        source=both(lambda: _("Allocation of every payment by the contract's order, from the events of the loans."),
                    " "),
    )  # fmt: skip
    _put_seal(sheet, certificate.lender)
    return sheet.pdf()


def _interest_words(certificate: InterestCertificate) -> str:
    return _(
        "We certify that %(payer)s (%(code)s) paid us the following interest on loans from %(first)s to %(last)s, "
        "both days included."
    ) % {"payer": certificate.payer, "code": certificate.payer.code, "first": certificate.first,
         "last": certificate.last}  # fmt: skip


def render_settlement(certificate: SettlementCertificate) -> bytes:
    """The settlement certificate on A4, the active language first."""
    title, subtitle = _titles(lambda: _("Settlement certificate"))
    sheet = Sheet(title=title, subtitle=subtitle, number=certificate.number, as_of=certificate.issued_on)
    _in_both(lambda: sheet.text(_settlement_words(certificate)))
    sheet.facts([(both(name, " "), value) for name, value in _settlement_facts(certificate)])
    drawn, repaid, lost = (figures.plain(m) for m in (certificate.drawn, certificate.repaid, certificate.written_off))
    sheet.proof(
        [
            both(lambda: _("Drawn %(drawn)s − repaid %(repaid)s − given up %(lost)s = 0: no principal is left.")
                 % {"drawn": drawn, "repaid": repaid, "lost": lost}, " "),
            both(lambda: _("On %(day)s principal, interest, penalty, compound interest and costs owed are 0.")
                 % {"day": certificate.issued_on}, " "),
        ],
        source=both(lambda: _("Contract and events of loan %(loan)s with value dates up to %(day)s, as reported by "
                              "the lender.") % {"loan": certificate.loan, "day": certificate.issued_on}, " "),
    )  # fmt: skip
    _put_seal(sheet, certificate.lender)
    return sheet.pdf()


def _settlement_words(certificate: SettlementCertificate) -> str:
    words = {"borrower": certificate.borrower, "code": certificate.borrower.code, "loan": certificate.loan,
             "amount": figures.cash(certificate.drawn), "drawn": certificate.drawdown_date,
             "closed": certificate.closed_on}  # fmt: skip
    if certificate.written_off:
        return (
            _(
                "We certify that %(borrower)s (%(code)s) owes nothing any more on loan %(loan)s of %(amount)s, paid "
                "out on %(drawn)s and closed on %(closed)s. Part of the principal was given up by the lender, as shown "
                "below."
            )
            % words
        )
    return (
        _(
            "We certify that %(borrower)s (%(code)s) has repaid loan %(loan)s of %(amount)s, paid out on %(drawn)s, "
            "in full on %(closed)s. Nothing is owed on it any more, and the pledge of the goods behind it has ended."
        )
        % words
    )


def _settlement_facts(certificate: SettlementCertificate) -> list[tuple[Callable[[], str], str]]:
    facts: list[tuple[Callable[[], str], str]] = [
        (lambda: _("Loan"), certificate.loan),
        (lambda: _("Drawn on"), str(certificate.drawdown_date)),
        (lambda: _("Repaid on"), str(certificate.closed_on)),
        (lambda: _("Principal lent"), figures.cash(certificate.drawn)),
        (lambda: _("Principal repaid"), figures.cash(certificate.repaid)),
        (lambda: _("Interest paid"), figures.cash(certificate.interest)),
    ]
    others: list[tuple[Callable[[], str], Money]] = [
        (lambda: _("Penalty interest paid"), certificate.penalty),
        (lambda: _("Compound interest paid"), certificate.compound),
        (lambda: _("Costs paid"), certificate.costs),
        (lambda: _("Principal given up"), certificate.written_off),
    ]
    facts += [(name, figures.cash(money)) for name, money in others if money]
    return [*facts, (lambda: _("Paid in all"), figures.cash(certificate.paid))]


def _titles(make: Callable[[], str]) -> tuple[str, str]:
    with override(other_language()):
        other = make()
    return make(), other


def _in_both(put: Callable[[], None]) -> None:
    put()
    with override(other_language()):
        put()


def _put_seal(sheet: Sheet, lender: Party) -> None:
    sheet.signatures([(both(lambda: _("Lender"), " "), both(lambda: str(lender)))], is_bilingual=True)
