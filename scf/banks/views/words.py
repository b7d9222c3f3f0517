"""Versions of a lender's matters in words: appetites fact by fact, side by side, and authority matrices."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from scf.parties.models import Industry

from ..forms.names import PRODUCT_NAMES, price_text, region_name
from ..models import Appetite, AuthorityMatrix, AuthorityPower, AuthorityRung


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
    old = facts(before) if before is not None else {}
    return [Fact(label, text, old.get(label, "")) for label, text in facts(row).items()]


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
