"""Which of a supplier's lines can still carry a loan, where it has brought too many to read them all."""

from decimal import Decimal

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from scf.orders.models import DocumentLine, TradeDocument
from scf.orders.selectors import LINES_MAX
from scf.parties.models import Organisation

from ..models import Holding

WHOLE_MAX = 5_000  # lines of orders, receipts and warehouse receipts that are read whatever is left of them
Kind, State = TradeDocument.Kind, TradeDocument.State
DEAD = (State.VOID, State.DISPUTED)
STATED = Case(
    When(document__kind=Kind.PURCHASE_ORDER, then=F("ordered")),
    When(document__kind=Kind.GOODS_RECEIPT, then=F("received")),
    default=F("quantity"),
)


def lines_to_read(organisation: Organisation) -> list[int] | None:
    """Ids of the lines of which something is left; None where the organisation has few, and all are read.

    A supplier with some hundred thousand lines has financed, or been paid for, nearly all of them. Where there are more
    than WHOLE_MAX, the database leaves out those that carry nothing for certain: order lines that have come in full,
    receipts of which all was rejected, and what is wholly behind cases or was (goods that are paid for go on counting).
    So what can be borrowed does not change; the lines that would be shown as used up are missing, and in the total on
    paper. What remains is valued whole, since limits are spent over all of it: where that is more than is read at once,
    `financeable_lines` says so.

    One query where there are few lines, two else.
    """
    lines = _of_goods(organisation)
    if lines[: WHOLE_MAX + 1].count() <= WHOLE_MAX:
        return None
    return list(_open(lines).values_list("pk", flat=True)[: LINES_MAX + 1])


def _of_goods(organisation: Organisation) -> QuerySet[DocumentLine]:
    kinds = [Kind.PURCHASE_ORDER, Kind.GOODS_RECEIPT, Kind.WAREHOUSE_RECEIPT]
    lines = DocumentLine.objects.filter(document__owner=organisation, document__kind__in=kinds)
    return lines.exclude(document__state__in=DEAD).order_by()


def _open(lines: QuerySet[DocumentLine]) -> QuerySet[DocumentLine]:
    came = DocumentLine.objects.filter(origin=OuterRef("pk"), document__kind=Kind.GOODS_RECEIPT)
    grouped = came.exclude(document__state__in=DEAD).order_by().values("origin")
    total = grouped.annotate(total=Sum(F("received") * F("origin_factor"))).values("total")
    behind = Holding.objects.filter(line=OuterRef("pk"), scope=Holding.Scope.LINE, committed__gte=OuterRef("stated"))
    found = lines.annotate(stated=STATED).filter(stated__gt=0).exclude(Exists(behind))
    orders = found.filter(document__kind=Kind.PURCHASE_ORDER)
    orders = orders.filter(stated__gt=Coalesce(Subquery(total), Decimal(0)))
    others = found.exclude(document__kind=Kind.PURCHASE_ORDER)
    others = others.exclude(Q(document__kind=Kind.GOODS_RECEIPT) & Q(rejected__gte=F("stated")))
    return orders | others
