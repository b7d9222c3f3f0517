"""Promises on the topics of goods. Load, call once, return."""

from datetime import datetime

from scf.kernel import outbox

from .services import naming


@outbox.handles("orders.document.recorded")
def recognise(*, message_id: int, at: datetime, document_id: int) -> None:
    """A document has come in: write down which commodities its lines are."""
    naming.recognise(document_id=document_id, at=at)
