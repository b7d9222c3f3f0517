"""Promises on the topics of goods. Load, call once, return."""

from datetime import datetime

from scf.kernel import outbox

from .models import Hit
from .services import converting, fingerprinting, naming


@outbox.handles("orders.document.recorded")
def recognise(*, message_id: int, at: datetime, document_id: int) -> None:
    """A document has come in: write down which commodities its lines are."""
    naming.recognise(document_id=document_id, at=at)


@outbox.handles("orders.document.recorded")
@outbox.handles("orders.document.linked")
def follow_goods(*, message_id: int, at: datetime, document_id: int) -> None:
    """Goods have come in: pledges on their order move to the receipt."""
    converting.follow_receipts(document_id=document_id, at=at)


@outbox.handles("orders.document.recorded")
@outbox.handles("orders.document.linked")
def look_up_document(*, message_id: int, at: datetime, document_id: int) -> None:
    """Make a document's fingerprint and look it up; a repetition finds what it has recorded."""
    fingerprinting.check(document_ids=[document_id], stage=Hit.Stage.IMPORT, reference="", at=at)
