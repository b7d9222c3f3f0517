"""Versions that two people write, in words: appetites and programmes fact by fact, and authority matrices."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from scf.domain.routing import Mode
from scf.parties.models import Industry

from ..forms.names import PRODUCT_NAMES, price_text, region_name
from ..models import Appetite, AuthorityMatrix, AuthorityPower, AuthorityRung, Programme, Seat


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a version; `before` is what the version says whose place it takes."""

    label: str
    text: str
    before: str = ""

    @property
    def is_changed(self) -> bool:
        """True where the two differ."""
        return self.text != self.before


def facts(row: Appetite) -> dict[str, str]:
    """Label and text, in the order in which people ask."""
    days = _("%(min)s to %(max)s days") % {"min": row.tenor_days_min, "max": row.tenor_days_max}
    return {
        _("Lends"): pgettext("appetite", "no, stopped") if row.is_stopped else pgettext("appetite", "yes"),
        _("Products"): products(row.products),
        _("Amounts"): f"{row.amount_min.amount:,} – {row.amount_max.amount:,} {row.currency}",
        _("Tenors"): days,
        _("Lowest grade"): row.grade_min or pgettext("appetite", "any, graded or not"),
        _("Buyers"): _named([str(each) for each in row.buyers.all()]),
        _("Warehouses"): _named([str(each) for each in row.warehouses.all()]),
        _("Industries"): _named([str(Industry(code).label) for code in row.industries]),
        _("Regions"): _named([region_name(code) for code in row.regions]),
        _("Prices"): "\n".join(price_text(cell) for cell in row.cells) or pgettext("appetite", "case by case"),
        _("Answers within"): _hours(row),
        _("Valid"): f"{row.valid_from:%Y-%m-%d} – {row.valid_to or ''}".rstrip(),
    }


def side_by_side(row: Appetite, before: Appetite | None) -> list[Fact]:
    """Each fact of a version beside the one before it."""
    return beside(facts(row), facts(before) if before is not None else {})


def beside(new: dict[str, str], old: dict[str, str]) -> list[Fact]:
    """Each fact beside what it was."""
    return [Fact(label, text, old.get(label, "")) for label, text in new.items()]


def programme_facts(row: Programme) -> dict[str, str]:
    """Label and text of a version of a programme, in the order in which people ask."""
    mode, seats = Mode(row.mode), sorted(row.seats.all(), key=lambda seat: (seat.rank, str(seat.bank)))
    told = {_("Places cases"): pgettext("appetite", "no, stopped") if row.is_stopped else pgettext("appetite", "yes"),
            _("How lenders are asked"): row.get_mode_display()}  # fmt: skip
    if mode is Mode.BEST_PRICE:
        hours = ngettext("%(count)s hour", "%(count)s hours", row.deadline_hours) % {"count": row.deadline_hours}
        told[_("For sealed quotes")] = hours
    parts = sum(seat.weight for seat in seats)
    lines = [_seat_line(seat, mode, parts) for seat in seats]
    return {
        **told,
        _("Lenders"): "\n".join(lines),
        _("Priority"): str(row.priority),
        _("Products"): products(row.products),
        _("Currency"): row.currency or pgettext("appetite", "any"),
        _("Suppliers"): _named([str(each) for each in row.suppliers.all()]),
        _("Buyers"): _named([str(each) for each in row.buyers.all()]),
        _("Valid"): f"{row.valid_from:%Y-%m-%d} – {row.valid_to or ''}".rstrip(),
    }


def _seat_line(seat: Seat, mode: Mode, parts: int) -> str:
    if mode is Mode.RANKED:
        return f"{seat.rank}. {seat.bank}"
    return f"{seat.bank}: {seat.weight}/{parts}" if mode is Mode.SPLIT else str(seat.bank)


def _named(names: list[str]) -> str:
    return pgettext("list", ", ").join(names) if names else pgettext("appetite", "any")


def _hours(row: Appetite) -> str:
    text = ngettext("%(count)s hour", "%(count)s hours", row.target_hours) % {"count": row.target_hours}
    if row.quiet_from is None or row.quiet_to is None:
        return text
    quiet = {"hours": text, "from": f"{row.quiet_from:%H:%M}", "to": f"{row.quiet_to:%H:%M}"}
    return _("%(hours)s, not counting %(from)s to %(to)s") % quiet


@dataclass(frozen=True, slots=True)
class AuthorityTable:
    """A version of the authority matrix for a page: each power and rung with its products in words."""

    powers: list[tuple[AuthorityPower, str]]
    rungs: list[tuple[AuthorityRung, str]]


def authority_table(row: AuthorityMatrix) -> AuthorityTable:
    """Rows as they were entered."""
    return AuthorityTable(
        [(power, products(power.products)) for power in row.powers.all()],
        [(rung, products(rung.products)) for rung in row.rungs.all()],
    )


def products(codes: list[str]) -> str:
    """Products by name; any where none is named."""
    return _named([str(PRODUCT_NAMES.get(code, code)) for code in codes])
