"""Promises on the topics of goods. Load, call once, return."""

from datetime import datetime

from scf.kernel import outbox

from .models import Hit
from .services import converting, fingerprinting, naming, register_sending


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


@outbox.handles("collateral.register.asked")
def ask_register(*, message_id: int, at: datetime, request_id: int) -> None:
    """Bring a request to its register; tried again until there is an answer."""
    register_sending.send(request_id=request_id, at=at)
