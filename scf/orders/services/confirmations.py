"""The buyer's and the keeper's word on a document."""

from datetime import datetime

from django.db import IntegrityError, transaction

from scf.domain.errors import DomainError
from scf.kernel import lifecycle, outbox
from scf.orders.models import TradeDocument
from scf.parties.models import Membership


class NotYoursToConfirm(DomainError):
    """Only the buyer (of a warehouse receipt: the keeper) speaks for a document, never its supplier."""

    code = "NOT_YOURS_TO_CONFIRM"


class BehindACase(DomainError):
    """Goods of the document stand behind a case: it cannot be taken back from under it."""

    code = "BEHIND_A_CASE"


@transaction.atomic
def confirm_document(*, document_id: int, by: Membership, at: datetime) -> TradeDocument:
    """Say that the document is true. Raises NotYoursToConfirm, lifecycle.NotAllowedNow."""
    return _speak(document_id, "confirm", by=by, at=at, topic="orders.document.confirmed")


@transaction.atomic
def dispute_document(*, document_id: int, by: Membership, at: datetime, note: str) -> TradeDocument:
    """Say that the document is not true, and why. Raises NotYoursToConfirm, lifecycle.NotAllowedNow."""
    return _speak(document_id, "dispute", by=by, at=at, topic="orders.document.disputed", note=note)


@transaction.atomic
def void_document(*, document_id: int, by: Membership | None, at: datetime, note: str) -> TradeDocument:
    """Take a document back; its owner's step. Raises NotYoursToConfirm, BehindACase, lifecycle.NotAllowedNow."""
    row = TradeDocument.objects.select_for_update().get(pk=document_id)
    if by is not None and by.organisation_id != row.owner_id:
        raise NotYoursToConfirm("only its owner takes a document back", document=row.number)
    try:
        with transaction.atomic():
            return lifecycle.fire(row, "void", by=by, at=at, note=note)
    except IntegrityError as refusal:  # the registry's trigger
        raise BehindACase("goods of this document are pledged", document=row.number) from refusal


def speaker_id(row: TradeDocument) -> int | None:
    """The organisation whose word counts for the document."""
    return row.warehouse_id if row.kind == TradeDocument.Kind.WAREHOUSE_RECEIPT else row.buyer_id


def _speak(
    document_id: int, transition: str, *, by: Membership, at: datetime, topic: str, note: str = ""
) -> TradeDocument:
    row = TradeDocument.objects.select_for_update().get(pk=document_id)
    if by.organisation_id != speaker_id(row) or by.organisation_id == row.supplier_id:
        raise NotYoursToConfirm("only the buyer or the keeper can say so", document=row.number)
    lifecycle.fire(row, transition, by=by, at=at, note=note)
    outbox.put(topic=topic, payload={"document_id": row.pk}, at=at)
    return row
