"""What makes a reviewer look twice at papers: related parties, goods that go in circles, prices above the order's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q

from scf.collateral.selectors import Offerable
from scf.orders.models import DocumentLine, TradeDocument
from scf.orders.selectors import unit_prices
from scf.parties.selectors import related

CIRCLE_DAYS = 180  # goods that come back later than this have been used or sold on meanwhile
_SALES = ("PURCHASE_ORDER", "GOODS_RECEIPT", "INVOICE", "DESPATCH_ADVICE")


@dataclass(frozen=True, slots=True)
class Suspicions:
    """Ids of documents whose keeper or buyer is related to the owner, and of those above their order's price."""

    keepers: set[int]
    buyers: set[int]
    overpriced: set[int]


def suspicions_of(documents: Iterable[TradeDocument], chosen: Sequence[Offerable]) -> Suspicions:
    """What is suspicious about each document by itself. Three queries."""
    found = list(documents)
    relations = related({document.owner_id for document in found})
    prices = unit_prices({o.line.root_line_id for o in chosen})
    over = {
        o.line.document_id
        for o in chosen
        if o.line.root_line_id != o.line.line_id and o.line.unit_price is not None
        and (ordered := prices.get(o.line.root_line_id)) is not None
        and o.line.unit_price > ordered * o.line.root_factor
    }  # fmt: skip
    return Suspicions(
        {document.pk for document in found if document.warehouse_id in relations[document.owner_id]},
        {document.pk for document in found if document.buyer_id in relations[document.owner_id]},
        over,
    )


def round_trips(documents: Iterable[TradeDocument]) -> set[int]:
    """Documents whose goods the buyer, or somebody related to it, sold to the supplier's side within CIRCLE_DAYS.

    The same goods: the same item code, else the same description. Three queries, and one for each pair of parties.
    """
    found = [document for document in documents if document.buyer_id and document.supplier_id]
    parties = {pk for document in found for pk in (document.buyer_id, document.supplier_id) if pk}
    relations = related(parties)
    suspect = set()
    for document in found:
        assert document.buyer_id is not None and document.supplier_id is not None, "chosen so"
        sellers = {document.buyer_id, *relations[document.buyer_id]} - {document.supplier_id}
        buyers = {document.supplier_id, *relations[document.supplier_id]} - {document.buyer_id}
        if _sold(document, sellers, buyers):
            suspect.add(document.pk)
    return suspect


def _sold(document: TradeDocument, sellers: set[int], buyers: set[int]) -> bool:
    lines = list(document.lines.values_list("item_code", "description"))
    codes = {code for code, _text in lines if code}
    texts = {text for _code, text in lines if text}
    back = DocumentLine.objects.filter(
        Q(item_code__in=codes) | Q(description__in=texts),
        document__kind__in=_SALES, document__supplier__in=sellers, document__buyer__in=buyers,
    ).exclude(document__state=TradeDocument.State.VOID).exclude(document__supplier=F("document__buyer"))  # fmt: skip
    if document.issue_date is not None:
        window = timedelta(days=CIRCLE_DAYS)
        day = document.issue_date
        back = back.filter(Q(document__issue_date=None) | Q(document__issue_date__range=(day - window, day + window)))
    return back.exists()
