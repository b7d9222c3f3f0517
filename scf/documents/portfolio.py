"""A lender's portfolio on a day: by product, by supplier, by age and class. Every way of summing gives the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from scf.domain.money import Money, total

from . import figures
from .proofs import DoesNotAddUp
from .sheet import Column, Sheet

BUCKETS = ("CURRENT", "1-30", "31-60", "61-90", "91-270", "271-360", "360+")
CLASSES = ("NORMAL", "SPECIAL_MENTION", "SUBSTANDARD", "DOUBTFUL", "LOSS")


@dataclass(frozen=True, slots=True)
class Holding:
    """One loan of the portfolio. bucket, grade  one of BUCKETS, of CLASSES; accrued  interest of every kind, unpaid."""

    loan: str
    supplier: str
    product: str
    drawn: Money
    repaid: Money
    outstanding: Money
    accrued: Money
    bucket: str
    grade: str

    def __post_init__(self) -> None:
        if self.drawn - self.repaid != self.outstanding:
            raise DoesNotAddUp(f"{self.loan}: drawn {self.drawn} - repaid {self.repaid} is not {self.outstanding}")
        if self.bucket not in BUCKETS or self.grade not in CLASSES:
            raise DoesNotAddUp(f"{self.loan}: no such bucket or class: {self.bucket}, {self.grade}")


@dataclass(frozen=True, slots=True)
class Part:
    """The loans of one currency."""

    currency: str
    holdings: tuple[Holding, ...]

    def sum_of(self, name: str, holdings: Sequence[Holding] | None = None) -> Money:
        """The sum of a column over `holdings`, all of them by default."""
        chosen = self.holdings if holdings is None else holdings
        return total([getattr(holding, name) for holding in chosen], self.currency)

    def by(self, key: Callable[[Holding], str]) -> dict[str, list[Holding]]:
        """The loans in groups, the groups in order of their names."""
        groups: dict[str, list[Holding]] = {}
        for holding in self.holdings:
            groups.setdefault(key(holding), []).append(holding)
        return dict(sorted(groups.items()))

    def aged(self, bucket: str, grade: str | None = None) -> Money:
        """Principal of an age, and of a class."""
        chosen = [h for h in self.holdings if h.bucket == bucket and grade in (None, h.grade)]
        return self.sum_of("outstanding", chosen)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All running loans of a lender at the start of `on`."""

    number: str
    lender: str
    lender_code: str
    on: date
    parts: tuple[Part, ...]


def bucket_name(bucket: str) -> str:
    """An ageing bucket for people."""
    return _("Not overdue") if bucket == "CURRENT" else _("%(range)s days") % {"range": bucket.replace("-", "–")}


def class_name(grade: str) -> str:
    """A class of the five-tier scheme for people."""
    names = {
        "NORMAL": _("Normal"), "SPECIAL_MENTION": _("Special mention"), "SUBSTANDARD": _("Substandard"),
        "DOUBTFUL": _("Doubtful"), "LOSS": _("Loss"),
    }  # fmt: skip
    return names[grade]


def render(portfolio: Portfolio) -> bytes:
    """The portfolio report on A4 across, in the active language."""
    sheet = Sheet(title=_("Portfolio report"), number=portfolio.number, as_of=portfolio.on, is_wide=True)
    sheet.facts([(_("Lender"), portfolio.lender), (_("Unified social credit code"), portfolio.lender_code),
                 (_("As of the start of"), str(portfolio.on))])  # fmt: skip
    for part in portfolio.parts:
        sheet.heading(_("Loans in %(currency)s") % {"currency": part.currency})
        _put_summary(sheet, part)
        _put_groups(sheet, part, _("By product"), _("Product"), lambda holding: holding.product)
        _put_groups(sheet, part, _("By supplier"), _("Supplier"), lambda holding: holding.supplier)
        _put_ages(sheet, part)
        _put_loans(sheet, part)
        _put_proof(sheet, part, portfolio.on)
    if not portfolio.parts:
        sheet.text(_("No loan runs on this day."))
    return sheet.pdf()


def _put_summary(sheet: Sheet, part: Part) -> None:
    overdue = part.sum_of("outstanding", [h for h in part.holdings if h.bucket != "CURRENT"])
    bad = part.sum_of("outstanding", [h for h in part.holdings if h.grade in CLASSES[2:]])
    sheet.facts(
        [
            (_("Running loans"), f"{len(part.holdings):,}"),
            (_("Principal outstanding"), figures.cash(part.sum_of("outstanding"))),
            (_("Of which overdue"), f"{figures.cash(overdue)} · {_share(overdue, part)}"),
            (_("Of which substandard or worse"), f"{figures.cash(bad)} · {_share(bad, part)}"),
            (_("Interest accrued and unpaid"), figures.cash(part.sum_of("accrued"))),
        ]
    )


def _share(money: Money, part: Part) -> str:
    whole = part.sum_of("outstanding")
    return figures.percent(money.amount / whole.amount) if whole else "–"


def _put_groups(sheet: Sheet, part: Part, heading: str, name: str, key: Callable[[Holding], str]) -> None:
    sheet.heading(heading)
    columns = [
        Column(name, 4.4), Column(_("Loans"), 1.1, True), Column(_("Outstanding"), 2.6, True),
        *(Column(bucket_name(bucket), 2.3, True) for bucket in BUCKETS), Column(_("Interest unpaid"), 2.5, True),
    ]  # fmt: skip
    rows = [[title, *_cells(part, holdings)] for title, holdings in part.by(key).items()]
    sheet.table(columns, rows, total=[_("Total"), *_cells(part, part.holdings)])


def _cells(part: Part, holdings: Sequence[Holding]) -> list[str]:
    aged = [part.sum_of("outstanding", [h for h in holdings if h.bucket == bucket]) for bucket in BUCKETS]
    whole = part.sum_of("outstanding", holdings)
    if total(aged, part.currency) != whole:
        raise DoesNotAddUp("the ages do not make the outstanding")
    return [f"{len(holdings):,}", figures.plain(whole), *map(figures.moved, aged),
            figures.moved(part.sum_of("accrued", holdings))]  # fmt: skip


def _put_ages(sheet: Sheet, part: Part) -> None:
    sheet.heading(_("By days past due and class"))
    columns = [
        Column(_("Days past due"), 3), Column(_("Loans"), 1.2, True),
        *(Column(class_name(grade), 2.6, True) for grade in CLASSES), Column(_("Together"), 2.8, True),
    ]  # fmt: skip
    rows = []
    for bucket in BUCKETS:
        count = sum(1 for holding in part.holdings if holding.bucket == bucket)
        crossed = [part.aged(bucket, grade) for grade in CLASSES]
        if total(crossed, part.currency) != part.aged(bucket):
            raise DoesNotAddUp(f"the classes of {bucket} do not make its sum")
        rows.append([bucket_name(bucket), f"{count:,}", *map(figures.moved, crossed), figures.moved(part.aged(bucket))])
    sums = [part.sum_of("outstanding", [h for h in part.holdings if h.grade == grade]) for grade in CLASSES]
    if total(sums, part.currency) != part.sum_of("outstanding"):
        raise DoesNotAddUp("the classes do not make the outstanding")
    whole = figures.plain(part.sum_of("outstanding"))
    sheet.table(columns, rows, total=[_("Total"), f"{len(part.holdings):,}", *map(figures.plain, sums), whole])


def _put_loans(sheet: Sheet, part: Part) -> None:
    sheet.heading(_("Loan by loan"))
    columns = [
        Column(_("Loan"), 2.7), Column(_("Supplier"), 4.2), Column(_("Product"), 2.8), Column(_("Drawn"), 2.3, True),
        Column(_("Repaid"), 2.3, True), Column(_("Outstanding"), 2.3, True), Column(_("Interest unpaid"), 2.1, True),
        Column(_("Days past due"), 1.8), Column(_("Class"), 1.9),
    ]  # fmt: skip
    names = ("drawn", "repaid", "outstanding", "accrued")
    rows = [
        [h.loan, h.supplier, h.product, *(figures.moved(getattr(h, name)) for name in names), bucket_name(h.bucket),
         class_name(h.grade)]
        for h in part.holdings
    ]  # fmt: skip
    sums = [figures.plain(part.sum_of(name)) for name in names]
    sheet.table(columns, rows, total=[_("Total"), f"{len(rows):,}", "", *sums, "", ""])


def _put_proof(sheet: Sheet, part: Part, on: date) -> None:
    drawn, repaid, left = (figures.plain(part.sum_of(name)) for name in ("drawn", "repaid", "outstanding"))
    sheet.proof(
        [
            _("Drawn %(drawn)s − repaid %(repaid)s = outstanding %(left)s, over %(count)s loans.")
            % {"drawn": drawn, "repaid": repaid, "left": left, "count": f"{len(part.holdings):,}"},
            _("The sums by product, by supplier, by age and by class are each %(left)s.") % {"left": left},
        ],
        source=_("Contracts and events of the lender's loans with value dates up to %(day)s.") % {"day": on},
    )
