"""Whose documents a person sees, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from scf.orders.models import DocumentLine, TradeDocument
from scf.parties import access
from scf.parties.models import Membership

PAGE_ROWS = 30
RELATED_MAX = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means all."""

    text: str = ""
    kind: str = ""
    state: str = ""
    has_problem: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first; next_after is the key to ask for the next."""

    rows: Sequence[TradeDocument]
    next_after: str


def documents_visible_to(membership: Membership | None) -> QuerySet[TradeDocument]:
    """A supplier's own; all for the platform; for a buyer or keeper what names it; nothing for a bank."""
    if not access.may(membership, "orders.view") or membership is None:
        return TradeDocument.objects.none()
    if access.is_platform(membership):
        return TradeDocument.objects.all()
    mine = membership.organisation_id
    return TradeDocument.objects.filter(Q(owner=mine) | Q(buyer=mine) | Q(warehouse=mine))


def list_documents(
    membership: Membership | None, *, filters: Filters, after: str = "", rows_max: int = PAGE_ROWS
) -> Page:
    """One page of what the person sees, by import time, newest first."""
    found = _narrowed(documents_visible_to(membership), filters)
    if key := _key_of(after):
        at, pk = key
        found = found.filter(Q(imported_at__lt=at) | Q(imported_at=at, pk__lt=pk))
    found = found.select_related("owner", "supplier", "buyer").annotate(line_count=Count("lines"))
    rows = list(found.order_by("-imported_at", "-pk")[: rows_max + 1])
    last = rows[rows_max - 1] if len(rows) > rows_max else None
    return Page(rows[:rows_max], f"{last.imported_at.isoformat()}~{last.pk}" if last else "")


def document_page(membership: Membership | None, pk: int) -> TradeDocument | None:
    """One document with its parties and file, if the person may see it."""
    parts = ("owner", "supplier", "buyer", "warehouse", "file", "imported_by", "warehouse_details")
    return documents_visible_to(membership).select_related(*parts).filter(pk=pk).first()


def lines_of(document: TradeDocument) -> QuerySet[DocumentLine]:
    """The document's lines in their order, with where each comes from."""
    return document.lines.select_related("origin__document").order_by("pk")


def related_documents(membership: Membership | None, document: TradeDocument) -> list[TradeDocument]:
    """The other papers of the same goods that the person may see, in the order of a trade."""
    roots = DocumentLine.objects.filter(document=document).values("origin")
    own = DocumentLine.objects.filter(document=document).values("pk")
    on_same_line = Q(lines__in=roots) | Q(lines__origin__in=roots) | Q(lines__origin__in=own)
    found = documents_visible_to(membership).filter(on_same_line, owner=document.owner_id).exclude(pk=document.pk)
    order = list(TradeDocument.Kind.values)
    rows = found.distinct().order_by("pk")[:RELATED_MAX]
    return sorted(rows, key=lambda row: (order.index(row.kind), row.pk))


def _narrowed(found: QuerySet[TradeDocument], filters: Filters) -> QuerySet[TradeDocument]:
    wanted: dict[str, Any] = {}
    if filters.kind in TradeDocument.Kind.values:
        wanted["kind"] = filters.kind
    if filters.state in TradeDocument.State.values:
        wanted["state"] = filters.state
    found = found.filter(**wanted)
    if filters.has_problem:
        found = found.exclude(problems=[])
    if text := filters.text.strip()[:100]:
        parties = Q(supplier_name__icontains=text) | Q(buyer_name__icontains=text) | Q(buyer__name__icontains=text)
        found = found.filter(Q(number__icontains=text) | parties)
    return found


def _key_of(after: str) -> tuple[datetime, int] | None:
    at, _, pk = after.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, int(pk)) if moment.tzinfo is not None and pk.isascii() and pk.isdigit() and len(pk) < 19 else None
