"""Reports out of the loans: arrears by age, what falls due. Two queries for any number of loans, then arithmetic."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from scf.documents.figures import percent, plain
from scf.documents.portfolio import BUCKETS, bucket_name, class_name
from scf.documents.proofs import DoesNotAddUp
from scf.documents.report import Field, Kind, Line, Report, Section
from scf.domain.money import Money, total, zero

from ..models import Loan
from .grades import grades_of
from .loans import Standing, standings
from .names import product_name
from .papers import running_on

GROUPS: dict[str, Callable[[Standing, str], str]] = {
    "supplier": lambda stand, grade: str(stand.loan.supplier),
    "lender": lambda stand, grade: str(stand.loan.bank),
    "product": lambda stand, grade: product_name(stand.loan.product),
    "buyer": lambda stand, grade: str(stand.loan.buyer or _("stored goods")),
    "class": lambda stand, grade: class_name(grade),
}


def ageing(loans: QuerySet[Loan], *, on: date, by: str) -> Report:
    """Principal outstanding at the start of `on` by days past due, grouped by a key of GROUPS."""
    titles = {"supplier": _("Supplier"), "lender": _("Lender"), "product": _("Product"), "buyer": _("Buyer"),
              "class": _("Class")}  # fmt: skip
    found = standings(running_on(loans, on).order_by("id"), on)
    grades = grades_of(found)
    by_currency: dict[str, list[Standing]] = {}
    for stand in found:
        by_currency.setdefault(stand.loan.currency, []).append(stand)
    return Report(
        title=_("Arrears by age"),
        number=f"AA-{on:%Y%m%d}",
        as_of=on,
        facts=((_("As of the start of"), str(on)), (_("Grouped by"), titles[by])),
        fields=(
            Field(titles[by], share=4), Field(_("Loans"), Kind.COUNT, 1.1), Field(_("Outstanding"), Kind.MONEY, 2.6),
            *(Field(bucket_name(bucket), Kind.MONEY, 2.2) for bucket in BUCKETS), Field(_("Overdue"), Kind.MONEY, 2.4),
            Field(_("Of all"), Kind.COUNT, 1.3),
        ),
        sections=tuple(
            _aged(currency, group, lambda stand: GROUPS[by](stand, grades[stand.loan.pk].tier))
            for currency, group in sorted(by_currency.items())
        ),
        source=_("Contracts and events of the running loans with value dates up to %(day)s.") % {"day": on},
    )  # fmt: skip


def _aged(currency: str, stands: list[Standing], key: Callable[[Standing], str]) -> Section:
    groups: dict[str, list[Standing]] = {}
    for stand in stands:
        groups.setdefault(key(stand), []).append(stand)
    rows = [(name, *_ages(group, currency)) for name, group in groups.items()]
    rows.sort(key=lambda row: (-row[4].minor, -row[2].minor, row[0]))
    lines = tuple(
        Line((name, count, whole, *aged, late, _share(late, whole))) for name, count, whole, aged, late in rows
    )
    count, whole, aged, late = _ages(stands, currency)
    if total(aged, currency) != whole or total([row[2] for row in rows], currency) != whole:
        raise DoesNotAddUp("the ages or the groups do not make the outstanding")
    proof = _("The sum of the rows and the sum of the ages are both %(sum)s, over %(count)s loans.")
    proofs = (proof % {"sum": plain(whole), "count": count},)
    return Section(currency, lines, (_("Total"), count, whole, *aged, late, _share(late, whole)), proofs)


def _ages(stands: list[Standing], currency: str) -> tuple[int, Money, list[Money], Money]:
    sums = dict.fromkeys(BUCKETS, 0)
    for stand in stands:
        sums[stand.bucket] += stand.now.principal.minor
    aged = [Money(minor, currency) for minor in sums.values()]
    return len(stands), Money(sum(sums.values()), currency), aged, total(aged[1:], currency)


def _share(part: Money, whole: Money) -> str:
    return percent(part.amount / whole.amount) if whole else "–"


@dataclass(frozen=True, slots=True)
class Falling:
    """What of one instalment is still to be paid."""

    loan: Loan
    due_date: date
    principal: Money
    charges: Money


def falling_due(loans: QuerySet[Loan], on: date) -> list[Falling]:
    """Every instalment of the running loans that is unpaid as of `on`, past ones too, by due date."""
    found = [falling for stand in standings(running_on(loans, on).order_by("id"), on) for falling in _unpaid(stand)]
    return sorted(found, key=lambda falling: (falling.due_date, falling.loan.pk))


def _unpaid(stand: Standing) -> Iterable[Falling]:
    """Of what fell due a payment settles interest and charges first; of what is to come, the steps of the balance are
    principal.
    """
    running = stand.now.principal - stand.now.overdue_principal
    for row in stand.now.rows:
        if row.due_date <= stand.now.on:
            principal = min(row.principal, row.outstanding)
        else:
            principal, running = running - row.balance_after, row.balance_after
        if row.outstanding:
            yield Falling(stand.loan, row.due_date, principal, row.outstanding - principal)


def due_calendar(loans: QuerySet[Loan], *, first: date, last: date, by: str, today: date) -> Report:
    """What falls due from `first` to `last`, both included, as it stands `today`; gathered by day or month."""
    falling = [each for each in falling_due(loans, today) if first <= each.due_date <= last]
    by_currency: dict[str, list[Falling]] = {}
    for each in falling:
        by_currency.setdefault(each.loan.currency, []).append(each)
    return Report(
        title=_("Due calendar"),
        number=f"DC-{first:%Y%m%d}-{last:%Y%m%d}",
        as_of=today,
        facts=((_("Falls due"), f"{first} – {last}"), (_("As it stands on"), str(today))),
        fields=(
            Field(_("Month") if by == "month" else _("Day"), share=2), Field(_("Loans"), Kind.COUNT, 1),
            Field(_("Principal"), Kind.MONEY), Field(_("Interest and charges"), Kind.MONEY),
            Field(_("To pay"), Kind.MONEY), Field(_("Cumulated"), Kind.MONEY),
        ),
        sections=tuple(_gathered(currency, rows, by) for currency, rows in sorted(by_currency.items())),
        source=_("Plans of the running loans less what was paid by %(day)s; nothing is assumed to be paid early.")
        % {"day": today},
    )  # fmt: skip


def _gathered(currency: str, rows: list[Falling], by: str) -> Section:
    periods: dict[str, list[Falling]] = {}
    for each in rows:
        periods.setdefault(f"{each.due_date:%Y-%m}" if by == "month" else str(each.due_date), []).append(each)
    cumulated, lines = zero(currency), []
    for period, group in periods.items():
        principal = total([each.principal for each in group], currency)
        charges = total([each.charges for each in group], currency)
        cumulated = cumulated + principal + charges
        link = f"{reverse('servicing:loan-list')}?chip=all&due_from={group[0].due_date}&due_to={group[-1].due_date}"
        lines.append(Line((period, len(group), principal, charges, principal + charges, cumulated), link))
    principal, charges = (total([getattr(each, name) for each in rows], currency) for name in ("principal", "charges"))
    if principal + charges != cumulated:
        raise DoesNotAddUp("what falls due by period is not what falls due in all")
    proof = _("Principal %(principal)s + interest and charges %(charges)s = %(sum)s, over %(count)s instalments.")
    figured = {"principal": plain(principal), "charges": plain(charges), "sum": plain(cumulated), "count": len(rows)}
    totals = (_("Total"), len(rows), principal, charges, cumulated, None)
    return Section(currency, tuple(lines), totals, (proof % figured,))
