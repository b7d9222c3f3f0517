"""A document's fingerprint, computed from the document as it stands."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from scf.domain import likeness
from scf.domain.likeness import Facts
from scf.domain.money import Money, exponent
from scf.orders.models import DocumentLine, TradeDocument


@dataclass(frozen=True, slots=True)
class Print:
    """What a document is recognised by. Hashes are "" where too little is known."""

    document_id: int
    facts: Facts
    file_sha256: str
    facts_hash: str
    trade_hash: str


def prints_of(document_ids: Iterable[int]) -> list[Print]:
    """The fingerprints of documents, two queries whatever their number."""
    found = TradeDocument.objects.filter(pk__in=set(document_ids)).order_by("pk")
    documents = list(found.select_related("supplier", "buyer", "warehouse", "file"))
    sums = _sums([document for document in documents if document.total_minor is None])
    return [_print(document, sums.get(document.pk, document.total_minor)) for document in documents]


def _print(document: TradeDocument, amount_minor: int | None) -> Print:
    is_stored = document.kind == TradeDocument.Kind.WAREHOUSE_RECEIPT
    other, other_name = (
        (document.warehouse, document.warehouse_name) if is_stored else (document.buyer, document.buyer_name)
    )
    facts = Facts(
        owner=document.owner_id,
        kind=document.kind,
        supplier=likeness.party_key(
            uscc=document.supplier.uscc if document.supplier else "", name=document.supplier_name
        ),
        counterparty=likeness.party_key(uscc=other.uscc if other else "", name=other_name),
        number=likeness.skeleton(document.number),
        issue_date=document.issue_date,
        currency=document.currency,
        amount_minor=amount_minor,
    )
    is_own_number = likeness.is_numbered_by_supplier(document.kind)
    return Print(
        document_id=document.pk,
        facts=facts,
        file_sha256=document.file.sha256 if document.file else "",
        facts_hash=_keyed(likeness.facts_text(facts, with_supplier=True)),
        trade_hash="" if is_own_number else _keyed(likeness.facts_text(facts, with_supplier=False)),
    )


def _keyed(text: str) -> str:
    """A keyed hash: who reads the table cannot try out facts against it."""
    return hmac.new(settings.FINGERPRINT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest() if text else ""


def _sums(documents: list[TradeDocument]) -> dict[int, int]:
    """What the lines of documents without a stated total come to, in minor units."""
    currencies = {document.pk: document.currency for document in documents if document.currency}
    lines = DocumentLine.objects.filter(document__in=currencies).values_list(
        "document_id", "amount_minor", "quantity", "unit_price"
    )
    found: dict[int, int] = defaultdict(int)
    for document_id, amount_minor, quantity, price in lines:
        found[document_id] += _line_minor(amount_minor, quantity, price, currencies[document_id])
    return {document_id: amount for document_id, amount in found.items() if amount}


def _line_minor(amount_minor: int | None, quantity: Decimal | None, price: Decimal | None, currency: str) -> int:
    if amount_minor is not None:
        return amount_minor
    if quantity is None or price is None:
        return 0
    return Money(1, currency).times((quantity * price).scaleb(exponent(currency))).minor
