"""From which order line the goods of an unlinked line may come."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum
from rapidfuzz import fuzz

from scf.domain import units

from ..models import DocumentLine, TradeDocument

ALIKE_MIN = 70  # of 100: below it two descriptions tell nothing
CANDIDATES_MAX = 500
DEAD = (TradeDocument.State.VOID, TradeDocument.State.DISPUTED)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An order line from which the goods may come.

    factor  how many of its units one unit of the line is; None where no table says so: packs differ
    left    what of it no paper of the same kind accounts for yet
    points  how alike, of 100; the same item code is 100
    """

    origin: DocumentLine
    factor: Decimal | None
    left: Decimal
    points: int


def unlinked_lines(document: TradeDocument) -> list[DocumentLine]:
    """Lines of which nobody knows the order yet."""
    if document.kind == TradeDocument.Kind.PURCHASE_ORDER or document.state in DEAD:
        return []
    return list(document.lines.filter(origin=None).select_related("document").order_by("pk")[:20])


def suggestions(line: DocumentLine, rows_max: int = 5) -> list[Suggestion]:
    """The likeliest order lines: same buyer, same code or similar words, enough left. Two queries."""
    return suggestions_on(line.document, [line], rows_max)[line.pk]


def suggestions_on(
    document: TradeDocument, lines: list[DocumentLine], rows_max: int = 5
) -> dict[int, list[Suggestion]]:
    """The likeliest order lines of each of these lines of the document, by id. Two queries, however many lines."""
    if not lines:
        return {}
    orders = DocumentLine.objects.filter(
        document__owner=document.owner_id, document__kind=TradeDocument.Kind.PURCHASE_ORDER
    ).exclude(document__state__in=DEAD)
    if document.buyer_id is not None:
        orders = orders.filter(Q(document__buyer=document.buyer_id) | Q(document__buyer=None))
    rows = list(orders.select_related("document").order_by("-pk")[:CANDIDATES_MAX])
    used = dict(
        DocumentLine.objects.filter(origin__in=rows, document__kind=document.kind)
        .exclude(document__state__in=DEAD).values_list("origin").annotate(Sum("quantity"))
    )  # fmt: skip
    found = {}
    for line in lines:
        likely = [_suggestion(line, row, used.get(row.pk) or Decimal(0)) for row in rows]
        found[line.pk] = sorted((each for each in likely if each is not None), key=_rank)[:rows_max]
    return found


def _suggestion(line: DocumentLine, row: DocumentLine, used: Decimal) -> Suggestion | None:
    has_code = bool(set(line.item_codes) & set(row.item_codes))
    points = 100 if has_code else int(fuzz.token_set_ratio(line.description.lower(), row.description.lower()))
    factor = units.factor(line.unit, row.unit)
    left = (row.ordered or Decimal(0)) - used * (factor or 1)
    is_over = factor is not None and (line.quantity or Decimal(0)) * factor > left
    return None if points < ALIKE_MIN or left <= 0 or is_over else Suggestion(row, factor, left, points)


def _rank(each: Suggestion) -> tuple[bool, int, int]:
    return each.factor is None, -each.points, -each.origin.pk
