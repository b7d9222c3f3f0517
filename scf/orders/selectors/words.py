"""What waits for a signer's word, what was said, and who may speak."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from scf.orders.models import ConfirmationRequest, SignerRegistration, SignerWord, TradeDocument
from scf.parties import access
from scf.parties.models import Membership


@dataclass(frozen=True, slots=True)
class Asked:
    """One document that waits for the word of an organisation."""

    request: ConfirmationRequest
    days_left: int

    @property
    def is_late(self) -> bool:
        """The deadline has passed."""
        return self.days_left < 0


def requests_for(membership: Membership | None) -> QuerySet[ConfirmationRequest]:
    """What was asked of the signer's organisation and is not answered, the most urgent first."""
    if membership is None or not access.may(membership, "orders.confirm"):
        return ConfirmationRequest.objects.none()
    found = ConfirmationRequest.objects.filter(organisation=membership.organisation_id, word=None)
    found = found.filter(document__state=TradeDocument.State.MATCHED)
    return found.select_related("document__supplier", "document__owner", "asked_by").order_by("deadline", "id")


def asked(rows: list[ConfirmationRequest], on: date) -> list[Asked]:
    """With the days that are left."""
    return [Asked(row, (row.deadline - on).days) for row in rows]


def words_of(membership: Membership | None) -> QuerySet[SignerWord]:
    """What this signer has said, the newest first."""
    if membership is None or not access.may(membership, "orders.confirm"):
        return SignerWord.objects.none()
    return SignerWord.objects.filter(signer=membership).select_related("document__supplier").order_by("-id")


def request_about(document: TradeDocument) -> ConfirmationRequest | None:
    """The latest request about a document, answered or not."""
    found = document.confirmation_requests.select_related("organisation", "asked_by__organisation", "word")
    return found.order_by("-id").first()


def last_word_on(document: TradeDocument) -> SignerWord | None:
    """Whether it is true: what was last said of that."""
    found = document.words.exclude(word=SignerWord.Word.PAID).select_related("signer__user", "signer__organisation")
    return found.order_by("-id").first()


def last_word_of_payment(document: TradeDocument) -> SignerWord | None:
    """What the buyer has last said it has paid for the goods to the supplier itself."""
    found = document.words.filter(word=SignerWord.Word.PAID).select_related("signer__user", "signer__organisation")
    return found.order_by("-id").first()


def registrations(state: str) -> QuerySet[SignerRegistration]:
    """Signers that were entered, newest first; for the platform only."""
    rows = SignerRegistration.objects.filter(state=state)
    return rows.select_related("organisation", "proposed_by", "decided_by", "revoked_by", "evidence").order_by("-id")
