"""Pairs of papers that were found alike, as the platform's reviewers see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from scf.orders.models import DocumentLine, TradeDocument
from scf.parties import access
from scf.parties.models import Membership

from ..models import Hit, Resemblance

LINES_SHOWN_MAX = 50
WAITING = (Resemblance.State.OPEN, Resemblance.State.SECOND_LOOK)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two papers, with its first lines."""

    document: TradeDocument
    lines: Sequence[DocumentLine]


def resemblances_visible_to(membership: Membership | None) -> QuerySet[Resemblance]:
    """All for the platform's reviewers; nothing for anybody else: a pair names two suppliers to each other."""
    if not access.may(membership, "collateral.judge"):
        return Resemblance.objects.none()
    parts = ("low__owner", "high__owner", "low__buyer", "looked_by__user", "first_looked_by__user")
    return Resemblance.objects.select_related(*parts)


def listed(
    membership: Membership | None, *, is_waiting: bool, grade: str = "", after: str = "", rows_max: int = 30
) -> tuple[list[Resemblance], int | None]:
    """One page, newest first, and the key of the next."""
    found = resemblances_visible_to(membership)
    found = found.filter(state__in=WAITING) if is_waiting else found.exclude(state__in=WAITING)
    if grade:
        found = found.filter(grade=grade)
    if after.isascii() and after.isdecimal() and len(after) < 19:
        found = found.filter(pk__lt=int(after))
    rows = list(found.order_by("-pk")[: rows_max + 1])
    return rows[:rows_max], rows[rows_max - 1].pk if len(rows) > rows_max else None


def sides_of(row: Resemblance) -> list[Side]:
    """Both papers; four queries."""
    parts = ("owner", "supplier", "buyer", "warehouse", "file", "imported_by")
    documents = TradeDocument.objects.select_related(*parts).in_bulk([row.low_id, row.high_id])
    return [
        Side(documents[pk], list(DocumentLine.objects.filter(document=pk).order_by("pk")[:LINES_SHOWN_MAX]))
        for pk in (row.low_id, row.high_id)
    ]


def hits_of(row: Resemblance) -> list[Hit]:
    """Every look-up that found the pair, newest first."""
    return list(row.hits.order_by("-pk")[:100])


def grade_told(reference: str) -> str:
    """What a lender may know of matches of its case: the surest grade, "" for none. Nothing of the other side."""
    hits = Hit.objects.filter(reference=reference).filter(~Q(resemblance__state=Resemblance.State.DIFFERENT))
    grades = set(hits.values_list("grade", flat=True))
    return next((grade for grade in ("EXACT", "STRONG", "WEAK") if grade in grades), "")
