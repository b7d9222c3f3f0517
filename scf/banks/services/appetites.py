"""A lender's appetite: its administrator enters a version, another officer confirms it; only then does it count."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain import pricing
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.pricing import Cell
from scf.kernel import audit, outbox, proposals
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..models import Appetite

LINES_MAX = 40  # of one lender, whatever their days


class AppetiteNotSound(DomainError):
    """A version of an appetite cannot stand as entered, or another one of its line waits already."""

    code = "APPETITE_NOT_SOUND"


refusals.register({"APPETITE_NOT_SOUND": gettext_lazy("This appetite cannot stand: %(why)s")})

_GRID_FAULTS = {
    "TOO_MANY": gettext_lazy("the price list has too many lines: join some"),
    "OUT_OF_BOUNDS": gettext_lazy("a price is outside what can be meant: correct its days, points or fee"),
    "TWICE": gettext_lazy("two prices are for the same grade and tenor: keep one"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version as somebody wants it; what its fields mean says the model. Empty sequences mean "any"."""

    name: str
    amount_min: Money
    amount_max: Money
    tenor_days_min: int
    tenor_days_max: int
    valid_from: date
    valid_to: date | None = None
    products: Sequence[str] = ()
    buyers: Sequence[Organisation] = ()
    warehouses: Sequence[Organisation] = ()
    industries: Sequence[str] = ()
    regions: Sequence[str] = ()
    grade_min: str = ""
    prices: Sequence[Cell] = field(default_factory=tuple)
    quiet_from: time | None = None
    quiet_to: time | None = None
    target_hours: int = 24
    is_stopped: bool = False


def why_not(wanted: Wanted, on: date) -> tuple[str, str] | None:
    """Why a version cannot stand: the field, and what to do; None where it can."""
    if wanted.amount_max.currency != wanted.amount_min.currency or wanted.amount_max < wanted.amount_min:
        return "amount_max", _("the largest amount is below the smallest: correct the amounts")
    if not 1 <= wanted.tenor_days_min <= wanted.tenor_days_max:
        return "tenor_days_max", _("the longest tenor is below the shortest: correct the days")
    if wanted.valid_from < on:
        return "valid_from", _(
            "its first day is over: what lenders were asked by stays as it was; begin today or later"
        )
    if wanted.valid_to is not None and wanted.valid_to < wanted.valid_from:
        return "valid_to", _("it ends before it begins: correct the days")
    if (wanted.quiet_from is None) != (wanted.quiet_to is None):
        return "quiet_to", _("quiet hours have a beginning and an end: enter both, or none")
    try:
        pricing.require_sound(wanted.prices)
    except pricing.GridNotSound as fault:
        return "prices", str(_GRID_FAULTS[str(fault.detail["why"])])
    return None


@transaction.atomic
def propose(*, wanted: Wanted, why: str, by: Membership, at: datetime) -> Appetite:
    """Enter a version; it counts from its first day once another officer has confirmed it. Raises AppetiteNotSound."""
    fault = why_not(wanted, day_of(at))
    if fault is not None:
        raise AppetiteNotSound("not sound", why=fault[1], field=fault[0])
    own = Appetite.objects.filter(bank=by.organisation)
    if own.filter(name=wanted.name, state=Appetite.State.PROPOSED).exists():
        why_waits = _("a version of this line waits to be confirmed: decide on that one first")
        raise AppetiteNotSound("waits already", why=why_waits, field="name")
    names = set(own.values_list("name", flat=True))
    if wanted.name not in names and len(names) >= LINES_MAX:
        raise AppetiteNotSound("too many lines", why=_("there are too many lines: change one of those there are"),
                               field="name")  # fmt: skip
    row = Appetite.objects.create(
        bank=by.organisation, name=wanted.name, products=list(wanted.products), currency=wanted.amount_min.currency,
        amount_min_minor=wanted.amount_min.minor, amount_max_minor=wanted.amount_max.minor,
        tenor_days_min=wanted.tenor_days_min, tenor_days_max=wanted.tenor_days_max,
        industries=list(wanted.industries), regions=list(wanted.regions), grade_min=wanted.grade_min,
        prices=[cell.as_json() for cell in wanted.prices], quiet_from=wanted.quiet_from, quiet_to=wanted.quiet_to,
        target_hours=wanted.target_hours, valid_from=wanted.valid_from, valid_to=wanted.valid_to,
        is_stopped=wanted.is_stopped, why=why, proposed_by=by.user, proposed_at=at,
    )  # fmt: skip
    row.buyers.set(wanted.buyers)
    row.warehouses.set(wanted.warehouses)
    audit.record(
        action="appetite.propose", subject=row, by=by, at=at, after=_facts(row), note=why, private_to=by.organisation
    )
    outbox.put(topic="banks.appetite.proposed", payload={"appetite_id": row.pk}, at=at)
    return row


def _facts(row: Appetite) -> dict[str, str]:
    return {"line": row.name, "from": str(row.valid_from), "to": str(row.valid_to or ""),
            "amounts": f"{row.amount_min} - {row.amount_max}", "stopped": str(row.is_stopped)}  # fmt: skip


def _locked(appetite_id: int, by: Membership) -> Appetite:
    return Appetite.objects.select_for_update(of=("self",)).select_related("bank").get(
        pk=appetite_id, bank=by.organisation
    )  # fmt: skip


@transaction.atomic
def confirm(*, appetite_id: int, by: Membership, at: datetime) -> Appetite:
    """Another officer of the lender agrees. Raises TakesTwo, AppetiteNotSound (too late), NotAllowedNow."""
    row = _locked(appetite_id, by)
    if row.valid_from < day_of(at):
        raise AppetiteNotSound("too late", why=_("its first day is over: enter it anew with a later day"), field="")
    return proposals.confirm(row, facts=_facts, by=by, at=at)


@transaction.atomic
def take_off(*, appetite_id: int, note: str, by: Membership, at: datetime) -> None:
    """Refuse what a colleague entered, or take back one's own. Raises WhyNotMissing, NotAllowedNow."""
    proposals.take_off([_locked(appetite_id, by)], note=note, facts=_facts, by=by, at=at)
