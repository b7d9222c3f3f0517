"""Reading the market: prices as they stand, and which commodity a line of goods is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.db.models import QuerySet

from scf.domain.market import Quote

from ..models import Commodity, CommodityName, LineCommodity, MarketPrice, PriceProposal

Grade = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a line is, as far as prices go. by_person: somebody has said so; else its names tell."""

    commodity: Commodity
    grade: str
    by_person: bool = False


class Named(Protocol):
    """A line of goods as its document names it."""

    @property
    def line_id(self) -> int:
        """Its key."""

    @property
    def item_code(self) -> str:
        """The item code, as written."""

    @property
    def description(self) -> str:
        """The description, as written."""


class Names:
    """How documents name commodities, loaded once. An item code wins over words; the longest words win."""

    def __init__(self, rows: Iterable[CommodityName]) -> None:
        found = list(rows)
        self._codes = {row.value: row for row in found if row.kind == CommodityName.Kind.CODE}
        words = [row for row in found if row.kind == CommodityName.Kind.WORDS]
        self._words = sorted(words, key=lambda row: (-len(row.value), row.value))

    def kind_of(self, item_code: str, description: str) -> Kind | None:
        """What the names say; None where they say nothing, or two things at once."""
        row = self._codes.get(plain(item_code))
        if row is not None:
            return Kind(row.commodity, row.grade)
        text = plain(description)
        hits = [row for row in self._words if row.value in text]
        best = [row for row in hits if len(row.value) == len(hits[0].value)]
        if len({(row.commodity_id, row.grade) for row in best}) != 1:
            return None
        return Kind(best[0].commodity, best[0].grade)


def plain(text: str) -> str:
    """As names are compared: folded, without double spaces."""
    return " ".join(text.casefold().split())


def names() -> Names:
    """All names. One query."""
    return Names(CommodityName.objects.select_related("commodity"))


def kinds_of(lines: Iterable[Named]) -> dict[int, Kind]:
    """What each line is, by its key; lines that are nothing known are left out. Two queries."""
    rows = list(lines)
    if not rows:
        return {}
    known = LineCommodity.objects.filter(line_id__in=[row.line_id for row in rows]).select_related("commodity")
    found = {row.line_id: Kind(row.commodity, row.grade, row.set_by_id is not None) for row in known}
    unknown = [row for row in rows if row.line_id not in found]
    if unknown:
        told = names()
        told_kinds = ((row.line_id, told.kind_of(row.item_code, row.description)) for row in unknown)
        found |= {line_id: kind for line_id, kind in told_kinds if kind is not None}
    return found


def quotes(grades: Iterable[Grade], on: date) -> dict[Grade, Quote]:
    """The last price of each commodity and grade up to `on`, corrections counting. One query.

    A grade without prices of its own has none: another grade's price may be too high for it.
    """
    wanted = set(grades)
    rows = MarketPrice.objects.filter(commodity_id__in={pk for pk, _grade in wanted}, as_of__lte=on)
    rows = rows.order_by("commodity_id", "grade", "-as_of", "-version").distinct("commodity_id", "grade")
    found = {(row.commodity_id, row.grade): Quote(row.price, row.as_of) for row in rows}
    return {grade: quote for grade, quote in found.items() if grade in wanted}


def commodities() -> QuerySet[Commodity]:
    """By code."""
    return Commodity.objects.order_by("code")


def by_code() -> Mapping[str, Commodity]:
    """Every commodity by its code."""
    return {row.code.casefold(): row for row in commodities()}


def priced_grades() -> list[Grade]:
    """Every commodity and grade that has a price or a name, and every commodity itself."""
    prices = MarketPrice.objects.order_by().values_list("commodity_id", "grade").distinct()
    named = CommodityName.objects.order_by().values_list("commodity_id", "grade").distinct()
    found = set(prices) | set(named)
    with_grade = {pk for pk, _grade in found}
    return sorted(found | {(pk, "") for pk in commodities().values_list("pk", flat=True) if pk not in with_grade})


def history(commodity_id: int, grade: str) -> QuerySet[MarketPrice]:
    """Every price and correction of one grade, the newest day first, a correction before what it corrects."""
    rows = MarketPrice.objects.filter(commodity_id=commodity_id, grade=grade)
    return rows.select_related("commodity", "entered_by", "confirmed_by").order_by("-as_of", "-version")


def series(commodity_id: int, grade: str, since: date, until: date) -> list[Quote]:
    """The prices that count from `since` to `until`, the oldest first. One query."""
    rows = MarketPrice.objects.filter(commodity_id=commodity_id, grade=grade, as_of__range=(since, until))
    rows = rows.order_by("as_of", "-version").distinct("as_of")
    return [Quote(price, day) for price, day in rows.values_list("price", "as_of")]


def price_proposals() -> QuerySet[PriceProposal]:
    """What waits for a second person, the oldest day first."""
    waiting = PriceProposal.objects.filter(state=PriceProposal.State.PROPOSED)
    return waiting.select_related("commodity", "proposed_by").order_by("as_of", "commodity__code", "grade", "id")


def waiting_prices() -> dict[tuple[int, str, date], Decimal]:
    """What waits for a second person, by commodity, grade and day. One query."""
    rows = PriceProposal.objects.filter(state=PriceProposal.State.PROPOSED).order_by()
    found = rows.values_list("commodity_id", "grade", "as_of", "price")
    return {(pk, grade, day): price for pk, grade, day, price in found}
