"""The buyer's and the keeper's word on a document, said by their registered signers."""

from datetime import datetime

from django.db import IntegrityError, transaction

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import audit, lifecycle, outbox
from scf.orders.models import ConfirmationRequest, SignerWord, TradeDocument
from scf.parties import access
from scf.parties.models import Membership

Word, State = SignerWord.Word, TradeDocument.State


class NotYoursToConfirm(DomainError):
    """Only a registered signer of the buyer (of a warehouse receipt: of the keeper) speaks, never the supplier."""

    code = "NOT_YOURS_TO_CONFIRM"


class SignerNotIndependent(DomainError):
    """The signer also acts for the supplier whose paper it is."""

    code = "SIGNER_NOT_INDEPENDENT"


class DisputeWithoutReason(DomainError):
    """A document is disputed without a word on what is wrong."""

    code = "DISPUTE_WITHOUT_REASON"


class NotAReceipt(DomainError):
    """What was paid is said of goods that were received."""

    code = "NOT_A_RECEIPT"


class BehindACase(DomainError):
    """Goods of the document stand behind a case: it cannot be taken back from under it."""

    code = "BEHIND_A_CASE"


@transaction.atomic
def confirm_document(*, document_id: int, by: Membership, at: datetime) -> TradeDocument:
    """Say that the document is true, as a registered signer whose person has just been confirmed.

    Raises NotYoursToConfirm, SignerNotIndependent, lifecycle.NotAllowedNow.
    """
    return _speak(document_id, Word.CONFIRMED, by=by, at=at)


@transaction.atomic
def dispute_document(*, document_id: int, by: Membership, at: datetime, note: str) -> TradeDocument:
    """Say that the document is not true, or not in full, and why.

    Raises DisputeWithoutReason, NotYoursToConfirm, SignerNotIndependent, lifecycle.NotAllowedNow.
    """
    if not note.strip():
        raise DisputeWithoutReason("say what is wrong")
    return _speak(document_id, Word.DISPUTED, by=by, at=at, note=note.strip()[:500])


@transaction.atomic
def say_paid(*, document_id: int, paid: Money, by: Membership, at: datetime) -> SignerWord:
    """Say what the buyer has paid for a receipt's goods to the supplier itself, all in all; nothing takes it back.

    What is paid cannot carry a loan; the cover of running ones is looked at again. What came in at the lender's
    account the lender counts by itself.
    Raises NotAReceipt, NotYoursToConfirm, SignerNotIndependent.
    """
    row = _speakable(document_id, by)
    if (
        not paid.currency
        or row.kind != TradeDocument.Kind.GOODS_RECEIPT
        or row.state not in (State.MATCHED, State.CONFIRMED)
    ):
        raise NotAReceipt("what was paid is said of receipts in force", document=row.number)
    said = SignerWord.objects.create(
        document=row, signer=by, word=Word.PAID, amount_minor=paid.minor, currency=paid.currency, at=at
    )
    audit.record(action="document.paid", subject=row, by=by, at=at, after={"amount": str(paid)})
    outbox.put(topic="orders.document.paid", payload={"document_id": row.pk}, at=at)
    return said


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


def speaks_for(by: Membership, row: TradeDocument) -> bool:
    """True for a registered signer of the organisation whose word counts, which is not the supplier itself."""
    is_signer = by.is_active and access.may(by, "orders.confirm")
    return is_signer and by.organisation_id == speaker_id(row) and by.organisation_id not in _brought_by(row)


def acts_for_supplier(user_id: int, row: TradeDocument) -> bool:
    """True where the person also belongs to who brought the document, or is its supplier."""
    return Membership.objects.filter(user=user_id, organisation__in=_brought_by(row), is_active=True).exists()


def _brought_by(row: TradeDocument) -> set[int]:
    return {row.owner_id} | ({row.supplier_id} if row.supplier_id else set())


def _speak(document_id: int, word: str, *, by: Membership, at: datetime, note: str = "") -> TradeDocument:
    row = _speakable(document_id, by)
    said = SignerWord.objects.create(document=row, signer=by, word=word, note=note, at=at)
    lifecycle.fire(row, "confirm" if word == Word.CONFIRMED else "dispute", by=by, at=at, note=note)
    asked = ConfirmationRequest.objects.select_for_update().filter(document=row, word=None)
    asked.update(word=said)
    outbox.put(topic=f"orders.document.{word.lower()}", payload={"document_id": row.pk}, at=at)
    return row


def _speakable(document_id: int, by: Membership) -> TradeDocument:
    row = TradeDocument.objects.select_for_update().get(pk=document_id)
    if not speaks_for(by, row):
        raise NotYoursToConfirm("only a signer of the buyer or the keeper can say so", document=row.number)
    if acts_for_supplier(by.user_id, row):
        raise SignerNotIndependent("the signer acts for the supplier too", document=row.number)
    return row
