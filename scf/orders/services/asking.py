"""Asking a buyer or a keeper to confirm a document: a link for each registered signer, good for that one only."""

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit
from scf.kernel.clock import day_of
from scf.notifications import services as notifications
from scf.orders.models import ConfirmationRequest, TradeDocument
from scf.parties import access, refusals
from scf.parties.models import Membership, Organisation, Role
from scf.parties.selectors import members_with_role

from .confirmations import acts_for_supplier, speaker_id

SALT = "orders.confirmation"
LINK_LIFE = timedelta(days=14)
AGAIN_AFTER = timedelta(hours=24)
BUYER_DAYS = 30  # 保障中小企业款项支付条例: a large buyer confirms a receivable within 30 days of being asked
KEEPER_DAYS = 5


class NothingToConfirm(DomainError):
    """The document does not wait for anybody's word."""

    code = "NOTHING_TO_CONFIRM"


class NoSigner(DomainError):
    """The organisation has no registered signer who could answer."""

    code = "NO_SIGNER"


class AskedToday(DomainError):
    """The signers were mailed less than a day ago."""

    code = "ASKED_TODAY"


class LinkExpired(DomainError):
    """The link was mailed too long ago."""

    code = "CONFIRMATION_LINK_EXPIRED"


refusals.register(
    {
        "NOTHING_TO_CONFIRM": _(
            "%(document)s cannot be asked about: its parties are not known yet, or it is answered or taken back."
        ),
        "NO_SIGNER": _(
            "%(organisation)s has no registered signer who could answer. "
            "Ask the platform to register one with a letter of authority."
        ),
        "ASKED_TODAY": _("The signers of %(organisation)s were mailed within the last day. Ask again tomorrow."),
        "CONFIRMATION_LINK_EXPIRED": _(
            "This link is no longer good. The document still waits on your page of confirmations; open it there."
        ),
        "SIGNER_NOT_INDEPENDENT": _(
            "You also act for the supplier of %(document)s, so your word on it does not count. "
            "Another registered signer has to answer."
        ),
        "DISPUTE_WITHOUT_REASON": _("Say what is wrong, with the right figure where one is wrong."),
    }
)  # fmt: skip
notifications.register(
    {"confirmation.asked": _("%(supplier)s asks you to confirm %(number)s by %(deadline)s. The link is yours alone.")}
)


@transaction.atomic
def ask(*, document_id: int, by: Membership, at: datetime) -> ConfirmationRequest:
    """Ask the signers of whose word counts; asked before and not answered, they are mailed again.

    Raises NothingToConfirm, NoSigner, AskedToday.
    """
    row = TradeDocument.objects.select_for_update().get(pk=document_id)
    is_theirs = access.is_platform(by) or by.organisation_id == row.owner_id
    speaker = Organisation.objects.filter(pk=speaker_id(row) or 0).first()
    if row.state != TradeDocument.State.MATCHED or speaker is None or not is_theirs or not access.may(by, "orders.ask"):
        raise NothingToConfirm("does not wait for a word", document=row.number)
    signers = [who for who in members_with_role(speaker, Role.SIGNER) if not acts_for_supplier(who.user_id, row)]
    if not signers:
        raise NoSigner("nobody could answer", organisation=str(speaker))
    request = ConfirmationRequest.objects.select_for_update().filter(document=row, word=None).first()
    if request is None:
        request = ConfirmationRequest(
            document=row, organisation=speaker, asked_by=by, asked_at=at, deadline=day_of(at) + _time_for(speaker)
        )
    elif at - request.asked_again_at < AGAIN_AFTER:
        raise AskedToday("mailed within a day", organisation=str(speaker))
    request.asked_again_at = at
    request.save()
    _mail(request, signers, at)
    facts = {"organisation": speaker.name, "deadline": request.deadline.isoformat()}
    audit.record(action="tradedocument.ask", subject=row, by=by, at=at, after=facts)
    return request


def link_for(*, request: ConfirmationRequest, signer: Membership, until: datetime) -> str:
    """The path that opens the document's page of words for this one signer, until that instant."""
    content = {"r": request.pk, "s": signer.pk, "until": int(until.timestamp())}
    return reverse("orders:confirmation-link", args=[signing.Signer(salt=SALT).sign_object(content)])


def follow(*, token: str, user_id: int, at: datetime) -> tuple[ConfirmationRequest, Membership] | None:
    """What a link opens: nothing for anybody but the signer to whom it was mailed. Raises LinkExpired."""
    try:
        content = signing.Signer(salt=SALT).unsign_object(token)
    except signing.BadSignature:
        return None
    signer = Membership.objects.filter(pk=content["s"], user=user_id, role=Role.SIGNER, is_active=True).first()
    request = ConfirmationRequest.objects.select_related("document").filter(pk=content["r"]).first()
    if signer is None or request is None or request.organisation_id != signer.organisation_id:
        return None
    if at.timestamp() > content["until"] or request.word_id is not None:
        raise LinkExpired("mailed too long ago, or answered")
    return request, signer


def _time_for(speaker: Organisation) -> timedelta:
    return timedelta(days=KEEPER_DAYS if speaker.kind == Organisation.Kind.WAREHOUSE else BUYER_DAYS)


def _mail(request: ConfirmationRequest, signers: list[Membership], at: datetime) -> None:
    """One message each, as the link differs; only the signer's own inbox and mail carry it."""
    document = request.document
    facts = {
        "supplier": document.supplier.name if document.supplier else document.owner.name, "number": document.number,
        "deadline": request.deadline.isoformat(),
    }  # fmt: skip
    for signer in signers:
        notifications.tell(
            to=[signer], code="confirmation.asked", facts=facts,
            link=link_for(request=request, signer=signer, until=at + LINK_LIFE),
            dedupe_key=f"confirmation:{request.pk}:{int(at.timestamp())}", at=at,
        )  # fmt: skip
