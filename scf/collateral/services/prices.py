"""Market prices: from a feed or a file as they are published, or by hand with two people; and what a line is.

Each price that changes what is known is told as `collateral.price.changed`, once for each commodity and grade.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain import units
from scf.domain.errors import DomainError
from scf.kernel import audit, outbox, proposals
from scf.kernel.clock import day_of
from scf.kernel.csv_rows import BadRow
from scf.parties import refusals
from scf.parties.models import Membership

from ..gateways import price_files
from ..gateways.price_files import Row
from ..models import Commodity, MarketPrice, PriceProposal
from ..selectors import prices as selectors

TOPIC = "collateral.price.changed"
PROPOSED_ROWS_MAX = 1000  # of one file that people compare


class PriceNotSound(DomainError):
    """The price cannot be entered: its day, its commodity or another price of the day stand against it."""

    code = "PRICE_NOT_SOUND"


refusals.register(
    {
        "PRICE_NOT_SOUND": gettext_lazy("This price cannot stand: %(why)s"),
        "TAKES_TWO": gettext_lazy(
            "You entered this yourself (%(what)s), so somebody else confirms it. Ask a colleague."
        ),
        "WHY_NOT_MISSING": gettext_lazy("Say why, so that your colleague can enter it again."),
    }
)


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file or a delivery: prices taken, corrections among them, known ones, and rows not taken."""

    name: str
    taken: int
    corrected: int
    known: int
    bad: list[BadRow]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of a file that a person brought in: rows that wait, how many were known, and rows not taken."""

    name: str
    kept: list[PriceProposal]
    known: int
    bad: list[BadRow]


@transaction.atomic
def import_prices(*, content: bytes, name: str, at: datetime, by: Membership | None = None) -> Brought:
    """Take the prices of a CSV file as they are published; good rows are kept, bad ones named with what to do."""
    rows, bad = price_files.read(content)
    brought = _take(rows, source=MarketPrice.Source.FILE, name=name, by=by, at=at)
    return Brought(name, brought.taken, brought.corrected, brought.known,
                   sorted([*bad, *brought.bad], key=lambda found: found.line))  # fmt: skip


@transaction.atomic
def receive_prices(*, rows: Iterable[Row], feed: str, at: datetime) -> Brought:
    """Take what a feed has delivered; rows that cannot be taken are named by their place (`Row.line`)."""
    return _take(rows, source=MarketPrice.Source.FEED, name=feed, by=None, at=at)


def _take(rows: Iterable[Row], *, source: str, name: str, by: Membership | None, at: datetime) -> Brought:
    good, bad = _sound(rows, day_of(at))
    _hold({commodity.pk for _row, commodity in good})
    latest = _latest(good)
    new, known = [], 0
    for row, commodity in good:
        before = latest.get((commodity.pk, row.grade, row.as_of))
        if before is not None and before[1] == row.price:
            known += 1
            continue
        new.append(
            MarketPrice(
                commodity=commodity, grade=row.grade, as_of=row.as_of, price=row.price, source=source,
                version=before[0] + 1 if before else 1, origin=f"{name}:{row.line}"[-300:],
                entered_by=by.user if by else None, known_at=at,
            )
        )  # fmt: skip
    MarketPrice.objects.bulk_create(new, batch_size=2000)
    _tell({(row.commodity_id, row.grade) for row in new}, at)
    return Brought(name, len(new), sum(row.version > 1 for row in new), known, bad)


def _sound(rows: Iterable[Row], today: date) -> tuple[list[tuple[Row, Commodity]], list[BadRow]]:
    """The rows that can be taken, each with its commodity; and what is wrong with the others."""
    known = selectors.by_code()
    good, bad = [], []
    for row in rows:
        commodity = known.get(row.commodity.casefold())
        fault = why_not(commodity, row.as_of, today, currency=row.currency, unit=row.unit)
        if fault is not None:
            bad.append(BadRow(row.line, *fault))
        elif commodity is not None:
            good.append((row, commodity))
    return good, bad


def not_sound(rows: Iterable[Row], today: date) -> list[BadRow]:
    """What is wrong with the rows that could not be taken, in the active language."""
    return _sound(rows, today)[1]


def why_not(
    commodity: Commodity | None, as_of: date, today: date, *, currency: str = "", unit: str = ""
) -> tuple[str, str] | None:
    """Why a price cannot be taken: the field, and what to do; None where it can."""
    if commodity is None:
        return "commodity", _("this code is not known: correct it, or add the commodity first")
    if as_of > today:
        return "as_of", _("the day has not come yet: correct it")
    if currency and currency != commodity.currency:
        return "currency", _("prices of %(name)s are in %(currency)s: convert it first") % {
            "name": commodity, "currency": commodity.currency
        }  # fmt: skip
    if unit and units.code_of(unit) != units.code_of(commodity.unit):
        return "unit", _("prices of %(name)s are for one %(unit)s: convert it first") % {
            "name": commodity, "unit": commodity.unit
        }  # fmt: skip
    return None


def _hold(commodity_ids: Iterable[int]) -> None:
    """One writer of a commodity's prices at a time, so that corrections are counted without gaps."""
    with connection.cursor() as cursor:
        for pk in sorted(set(commodity_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"collateral.prices:{pk}"])


def _latest(good: Sequence[tuple[Row, Commodity]]) -> dict[tuple[int, str, date], tuple[int, Decimal]]:
    """The version and price that count now, for the commodities and days of these rows. One query."""
    if not good:
        return {}
    days = [row.as_of for row, _commodity in good]
    rows = MarketPrice.objects.filter(
        commodity_id__in={commodity.pk for _row, commodity in good}, as_of__range=(min(days), max(days))
    )
    rows = rows.order_by("version")
    return {
        (pk, grade, day): (version, price)
        for pk, grade, day, version, price in rows.values_list("commodity_id", "grade", "as_of", "version", "price")
    }


def _tell(grades: Iterable[selectors.Grade], at: datetime) -> None:
    for commodity_id, grade in sorted(grades):
        outbox.put(topic=TOPIC, payload={"commodity_id": commodity_id, "grade": grade}, at=at)


@transaction.atomic
def propose(
    *, commodity: Commodity, grade: str, as_of: date, price: Decimal, origin: str, by: Membership, at: datetime
) -> PriceProposal:
    """Enter a price by hand; it counts when a second person has confirmed it. Raises PriceNotSound."""
    fault = why_not(commodity, as_of, day_of(at))
    if fault is not None:
        raise PriceNotSound("not sound", why=fault[1], field=fault[0])
    same = {"commodity": commodity, "grade": grade, "as_of": as_of}
    known = MarketPrice.objects.filter(**same).order_by("-version").first()
    if known is not None and known.price == price:
        raise PriceNotSound("known", why=_("it is known already; nothing is to be done"), field="as_of")
    if selectors.price_proposals().filter(**same).exists():
        why = _("a price of this commodity and day waits to be confirmed: decide on that one first")
        raise PriceNotSound("waits already", why=why, field="as_of")
    return _enter(commodity, grade, as_of, price, origin, by, at)


def _enter(
    commodity: Commodity, grade: str, as_of: date, price: Decimal, origin: str, by: Membership, at: datetime
) -> PriceProposal:
    proposal = PriceProposal.objects.create(
        commodity=commodity, grade=grade, as_of=as_of, price=price, origin=origin, proposed_by=by.user, proposed_at=at
    )
    audit.record(action="priceproposal.propose", subject=proposal, by=by, at=at, after=_facts(proposal))
    return proposal


@transaction.atomic
def propose_file(*, content: bytes, name: str, origin: str, by: Membership, at: datetime) -> Proposed:
    """Enter the prices of a CSV file: good rows wait for a second person, bad ones are named with what to do."""
    rows, bad = price_files.read(content, rows_max=PROPOSED_ROWS_MAX)
    good, unsound = _sound(rows, day_of(at))
    bad += unsound
    counted, waiting, kept, known = _latest(good), selectors.waiting_prices(), [], 0
    for row, commodity in good:
        key = (commodity.pk, row.grade, row.as_of)
        if row.price in (counted.get(key, (0, None))[1], waiting.get(key)):
            known += 1
        elif key in waiting:
            remedy = _("another price of this day waits to be confirmed: decide on it first")
            bad.append(BadRow(row.line, "price", remedy))
        else:
            where = f"{origin} ({name}:{row.line})"[:300]
            kept.append(_enter(commodity, row.grade, row.as_of, row.price, where, by, at))
    return Proposed(name, kept, known, sorted(bad, key=lambda found: found.line))


def _facts(proposal: PriceProposal) -> dict[str, str]:
    return {"commodity": proposal.commodity.code, "grade": proposal.grade, "day": str(proposal.as_of),
            "price": f"{proposal.price:f}"}  # fmt: skip


def _locked(proposal_ids: Sequence[int]) -> list[PriceProposal]:
    rows = PriceProposal.objects.select_for_update(of=("self",)).filter(pk__in=proposal_ids)
    return list(rows.select_related("commodity").order_by("as_of", "pk"))


@transaction.atomic
def confirm(*, proposal_ids: Sequence[int], by: Membership, at: datetime) -> int:
    """A second person has compared these with where they were read: all count from now on, or none.

    Returns how many. Raises TakesTwo, NotAllowedNow.
    """
    rows = _locked(proposal_ids)
    _hold(row.commodity_id for row in rows)
    for row in rows:
        proposals.confirm(row, facts=_facts, by=by, at=at)
        same = {"commodity": row.commodity, "grade": row.grade, "as_of": row.as_of}
        version = MarketPrice.objects.filter(**same).count() + 1
        MarketPrice.objects.create(
            price=row.price, version=version, source=MarketPrice.Source.HAND, origin=row.origin,
            entered_by_id=row.proposed_by_id, confirmed_by=by.user, known_at=at, **same,
        )  # fmt: skip
    _tell({(row.commodity_id, row.grade) for row in rows}, at)
    return len(rows)


@transaction.atomic
def refuse(*, proposal_ids: Sequence[int], note: str, by: Membership, at: datetime) -> None:
    """Refuse what colleagues entered, take back one's own. Raises WhyNotMissing, NotAllowedNow."""
    proposals.take_off(_locked(proposal_ids), note=note, facts=_facts, by=by, at=at)
