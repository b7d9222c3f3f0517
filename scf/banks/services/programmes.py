"""Programmes: one person of the platform enters how cases are placed, another one confirms; only then does it count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain.errors import DomainError
from scf.domain.routing import Mode, Seat
from scf.kernel import audit, outbox, proposals
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..models import Programme
from ..models import Seat as SeatRow
from ..selectors import lenders

DEADLINE_HOURS_MAX = 24 * 14
LENDERS_MIN = {Mode.ALL: 1, Mode.BEST_PRICE: 2, Mode.RANKED: 2, Mode.FIXED: 1, Mode.SPLIT: 2}


class ProgrammeNotSound(DomainError):
    """A version of a programme cannot stand as entered, or another one of its name waits already."""

    code = "PROGRAMME_NOT_SOUND"


refusals.register({"PROGRAMME_NOT_SOUND": gettext_lazy("This programme cannot stand: %(why)s")})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version as somebody wants it; what its fields mean says the model. Empty sequences mean "any"."""

    name: str
    mode: Mode
    seats: Sequence[Seat]
    valid_from: date
    valid_to: date | None = None
    priority: int = 100
    deadline_hours: int = 24
    products: Sequence[str] = ()
    currency: str = ""
    suppliers: Sequence[Organisation] = ()
    buyers: Sequence[Organisation] = ()
    is_stopped: bool = False


def why_not(wanted: Wanted, on: date) -> tuple[str, str] | None:
    """Why a version cannot stand: the field, and what to do; None where it can."""
    if wanted.valid_from < on:
        return "valid_from", _("its first day is over: cases placed before stay as they are; begin today or later")
    if wanted.valid_to is not None and wanted.valid_to < wanted.valid_from:
        return "valid_to", _("it ends before it begins: correct the days")
    if not 1 <= wanted.deadline_hours <= DEADLINE_HOURS_MAX:
        return "deadline_hours", _("lenders are given one hour to two weeks: correct the hours")
    return None if wanted.is_stopped else _why_not_seats(wanted)


def _why_not_seats(wanted: Wanted) -> tuple[str, str] | None:
    banks, ranks = {seat.bank_id for seat in wanted.seats}, {seat.rank for seat in wanted.seats}
    if len(banks) < len(wanted.seats):
        return "seats", _("a lender is named twice: keep one row")
    if wanted.mode is Mode.FIXED and len(banks) != 1:
        return "seats", _("one lender is one: name exactly one")
    if len(banks) < LENDERS_MIN[wanted.mode]:
        return "seats", _("too few lenders for this way of asking: name more, or choose another way")
    if wanted.mode is Mode.RANKED and len(ranks) < len(banks):
        return "seats", _("two lenders have the same turn: give each its own")
    if any(seat.weight < 1 for seat in wanted.seats):
        return "seats", _("each lender takes one part at least: correct the shares")
    if not banks <= set(lenders().values_list("pk", flat=True)):
        return "seats", _("only active lenders can be named")
    return None


@transaction.atomic
def propose(*, wanted: Wanted, why: str, by: Membership, at: datetime) -> Programme:
    """Enter a version; it counts from its first day once a colleague has confirmed it. Raises ProgrammeNotSound."""
    fault = why_not(wanted, day_of(at))
    if fault is not None:
        raise ProgrammeNotSound("not sound", why=fault[1], field=fault[0])
    if Programme.objects.filter(name=wanted.name, state=Programme.State.PROPOSED).exists():
        why_waits = _("a version of this programme waits to be confirmed: decide on that one first")
        raise ProgrammeNotSound("waits already", why=why_waits, field="name")
    row = Programme.objects.create(
        name=wanted.name, mode=wanted.mode, priority=wanted.priority, deadline_hours=wanted.deadline_hours,
        products=list(wanted.products), currency=wanted.currency, valid_from=wanted.valid_from,
        valid_to=wanted.valid_to, is_stopped=wanted.is_stopped, why=why, proposed_by=by.user, proposed_at=at,
    )  # fmt: skip
    row.suppliers.set(wanted.suppliers)
    row.buyers.set(wanted.buyers)
    SeatRow.objects.bulk_create(
        SeatRow(programme=row, bank_id=seat.bank_id, rank=seat.rank, weight=seat.weight) for seat in wanted.seats
    )
    audit.record(action="programme.propose", subject=row, by=by, at=at, after=_facts(row), note=why)
    outbox.put(topic="banks.programme.proposed", payload={"programme_id": row.pk}, at=at)
    return row


def _facts(row: Programme) -> dict[str, str]:
    seats = [f"{seat.bank}: {seat.rank}, {seat.weight}" for seat in row.seats.select_related("bank").order_by("rank")]
    return {"name": row.name, "mode": row.mode, "priority": str(row.priority), "lenders": "; ".join(seats),
            "from": str(row.valid_from), "to": str(row.valid_to or ""), "stopped": str(row.is_stopped)}  # fmt: skip


def _locked(programme_id: int) -> Programme:
    return Programme.objects.select_for_update().get(pk=programme_id)


@transaction.atomic
def confirm(*, programme_id: int, by: Membership, at: datetime) -> Programme:
    """A colleague agrees. Raises TakesTwo, ProgrammeNotSound (too late), NotAllowedNow."""
    row = _locked(programme_id)
    if row.valid_from < day_of(at):
        raise ProgrammeNotSound("too late", why=_("its first day is over: enter it anew with a later day"), field="")
    return proposals.confirm(row, facts=_facts, by=by, at=at)


@transaction.atomic
def take_off(*, programme_id: int, note: str, by: Membership, at: datetime) -> None:
    """Refuse what a colleague entered, or take back one's own. Raises WhyNotMissing, NotAllowedNow."""
    proposals.take_off([_locked(programme_id)], note=note, facts=_facts, by=by, at=at)
