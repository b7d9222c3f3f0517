"""Reading what stored goods are said to be, and which of them no price is known for."""

from collections.abc import Iterable

from django.db.models import QuerySet

from scf.domain import units
from scf.orders.models import DocumentLine, TradeDocument

from ..models import Commodity
from . import prices

STORED = TradeDocument.Kind.WAREHOUSE_RECEIPT
DEAD = (TradeDocument.State.VOID, TradeDocument.State.DISPUTED)


def stored_lines(document: TradeDocument) -> QuerySet[DocumentLine]:
    """The lines of a document that are lent on at market prices, with what each is said to be."""
    rows = document.lines.filter(document__kind=STORED)
    return rows.select_related("commodity__commodity", "commodity__set_by").order_by("pk")


def unnamed_lines() -> QuerySet[DocumentLine]:
    """Stored goods that are in force and that nothing names, the newest paper first."""
    rows = DocumentLine.objects.filter(document__kind=STORED, commodity=None).exclude(document__state__in=DEAD)
    return rows.select_related("document__owner").order_by("-document_id", "pk")


def is_comparable(line: DocumentLine, commodity: Commodity) -> bool:
    """Whether the line's unit converts into the one that prices are for."""
    return units.factor(line.unit, commodity.unit) is not None


def choices() -> list[tuple[prices.Grade, Commodity, str]]:
    """Every commodity and grade that goods can be said to be, by code and grade."""
    known = {row.pk: row for row in prices.commodities()}
    found: Iterable[prices.Grade] = prices.priced_grades()
    named = [((pk, grade), known[pk], grade) for pk, grade in found]
    return sorted(named, key=lambda row: (row[1].code, row[2]))
