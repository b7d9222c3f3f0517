"""Sealed quotes: the key comes, makers propose unseen, checkers seal, and at the deadline all are opened together.

Nothing of a quote stands in the database before: no column, no audit fact, no message. Between a maker's entry and its
checker's seal the proposal is locked with a key that only the running processes have; from the seal on not even these
can open it, because the other half of the auction's key is with a keeper whose clock is its own.
"""

# budget: the seam where keys, boxes, quotes and the cases that they answer meet
import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scf.banks.gateways.keeper import KeeperSilent
from scf.banks.gateways.key_keeper.vault import TooEarly
from scf.banks.services import keeper_line
from scf.domain import sealing
from scf.domain.errors import DomainError
from scf.domain.sealing import Opened, Quote, QuoteBroken
from scf.kernel import audit, boxes, lifecycle, outbox
from scf.parties import refusals
from scf.parties.models import Membership

from ..models import Application, Auction, BankCase, QuoteDraft, SealedQuote
from .applying import LAPSING

logger = logging.getLogger(__name__)
TRY_AGAIN_AFTER = timedelta(minutes=1)


class KeyNotThere(DomainError):
    """The keeper has not issued the auction's key yet."""

    code = "KEY_NOT_THERE"


class QuoteTooLate(DomainError):
    """The deadline of the auction has passed."""

    code = "QUOTE_TOO_LATE"


refusals.register(
    {
        "KEY_NOT_THERE": _(
            "The key to seal quotes with is not here yet. Try again in a minute; the deadline waits for it."
        ),
        "QUOTE_TOO_LATE": _("The deadline was %(deadline)s: no quote is taken any more. Nothing was sent."),
    }
)


def arrange(application: Application, *, hours: int, at: datetime) -> Auction:
    """An auction for a case that is being routed; its key is asked for. Within the caller's transaction."""
    auction = Auction.objects.create(application=application, reference=application.number, hours=hours, asked_at=at)
    outbox.put(topic="financing.auction.asked", payload={"auction_id": auction.pk}, at=at)
    return auction


def take_key(*, auction_id: int, at: datetime) -> None:
    """Ask the keeper for the auction's key; asked again in a minute where it is silent. Safe to repeat."""
    auction = Auction.objects.get(pk=auction_id)
    if auction.public_key:
        return
    try:
        issued = keeper_line.line().issue(auction.reference, hours=auction.hours)
    except KeeperSilent:
        _try_again("financing.auction.asked", auction, at)
        return
    with transaction.atomic():
        auction = Auction.objects.select_for_update().select_related("application").get(pk=auction_id)
        if auction.public_key:
            return
        auction.public_key, auction.deadline = issued.public_key, issued.deadline
        auction.save(update_fields=["public_key", "deadline"])
        audit.record(
            action="auction.begin", subject=auction, by=None, at=at, thread=auction.application.thread,
            after={"deadline": _said(issued.deadline), "key": issued.public_key},
        )  # fmt: skip
        outbox.put(topic="financing.auction.due", payload={"auction_id": auction_id}, at=issued.deadline)


def _said(instant: datetime) -> str:
    return f"{timezone.localtime(instant):%Y-%m-%d %H:%M}"


def _try_again(topic: str, auction: Auction, at: datetime) -> None:
    """A silent keeper is asked again for as long as the case waits; nothing is lost meanwhile."""
    logger.warning("the keeper of keys is silent about %s", auction.reference)
    with transaction.atomic():
        if Application.objects.filter(pk=auction.application_id, state=Application.State.ROUTED).exists():
            outbox.put(topic=topic, payload={"auction_id": auction.pk}, at=at + TRY_AGAIN_AFTER)


def _purpose(case: BankCase) -> str:
    return f"quote-draft:{case.bank_id}:{case.pk}"


def propose(case: BankCase, quote: Quote, *, by: Membership, at: datetime) -> BankCase:
    """Lock a maker's proposal away for its checker. The caller holds the case. Raises QuoteTooLate, NotAllowedNow."""
    require_time(case, at)
    _keep_draft(case, quote, at)
    return lifecycle.fire(case, "propose_sealed", by=by, at=at, private_to=case.bank)


def send_back(case: BankCase, *, note: str, by: Membership, at: datetime) -> BankCase:
    """The checker's word goes to the maker with the draft, and nowhere else."""
    draft = draft_of(case)
    if draft is not None:
        _keep_draft(case, replace(draft, note=note), at)
    return lifecycle.fire(case, "send_back", by=by, at=at, private_to=case.bank)


def _keep_draft(case: BankCase, quote: Quote, at: datetime) -> None:
    locked = boxes.lock(sealing.encode(quote), secret=settings.QUOTE_DRAFT_KEY, purpose=_purpose(case))
    QuoteDraft.objects.update_or_create(bank_case=case, defaults={"locked": locked, "made_at": at})


def draft_of(case: BankCase) -> Quote | None:
    """What waits for the checker, for pages of the lender's own officers; None where nothing does."""
    draft = QuoteDraft.objects.filter(bank_case=case).first()
    if draft is None:
        return None
    content = boxes.unlock(draft.locked, secret=settings.QUOTE_DRAFT_KEY, purpose=_purpose(case))
    return sealing.decode(content, bank_case=case.pk)


def show_draft(case: BankCase) -> BankCase:
    """The case with its draft filled in, to be shown and never saved: the database would refuse it."""
    quote = draft_of(case) if case.is_sealed else None
    if quote is not None:
        case.proposal, case.note, case.decline_reason = quote.action, quote.note, quote.decline_reason
        case.amount_minor = quote.amount.minor if quote.amount is not None else None
        case.annual_rate, case.agreement, case.tenor_days = quote.annual_rate, quote.agreement, quote.tenor_days
        case.conditions, case.precedents, case.expires_on = quote.conditions, quote.precedents, quote.expires_on
        case.fee_bp = quote.fee_bp
    return case


def require_time(case: BankCase, at: datetime) -> Auction:
    """The auction of a case, while quotes are taken. Raises QuoteTooLate."""
    auction = Auction.objects.get(application=case.application_id)
    if auction.deadline is not None and at >= auction.deadline:
        raise QuoteTooLate("the deadline has passed", deadline=_said(auction.deadline))
    return auction


def seal(case: BankCase, quote: Quote, *, by: Membership, at: datetime) -> BankCase:
    """Seal what the maker proposed, for good; the draft is gone. The caller holds the case and has checked the officer.

    Raises KeyNotThere, QuoteTooLate, NotAllowedNow.
    """
    auction = require_time(case, at)
    if not auction.public_key:
        raise KeyNotThere("no key yet", reference=auction.reference)
    lifecycle.fire(case, "seal", by=by, at=at, private_to=case.bank, checker=by.user)
    SealedQuote.objects.create(
        auction=auction, bank_case=case, sealed=boxes.seal(sealing.encode(quote), public=auction.public_key),
        sealed_at=at, sealed_by=by,
    )  # fmt: skip
    QuoteDraft.objects.filter(bank_case=case).delete()
    return case


def open_all(*, auction_id: int, at: datetime) -> None:
    """Ask for the private key and open every quote at once; again in a minute where the keeper cannot say it yet."""
    auction = Auction.objects.select_related("application").get(pk=auction_id)
    if auction.is_open or auction.application.state != Application.State.ROUTED:
        return
    try:
        private = keeper_line.line().hand_out(auction.reference)
    except (KeeperSilent, TooEarly):
        _try_again("financing.auction.due", auction, at)
        return
    _open(auction_id, private, at)


@transaction.atomic
def _open(auction_id: int, private: str, at: datetime) -> None:
    auction = Auction.objects.select_for_update(of=("self",)).select_related("application").get(pk=auction_id)
    application = Application.objects.select_for_update().get(pk=auction.application_id)
    if auction.is_open or application.state != Application.State.ROUTED:
        return
    assert boxes.belong_together(private, auction.public_key), "the keeper gave another auction's key"
    auction.private_key, auction.opened_at = private, at
    auction.save(update_fields=["private_key", "opened_at"])
    quotes = {quote.bank_case_id: quote for quote in auction.quotes.all()}
    cases = application.bank_cases.select_for_update(of=("self",)).select_related("bank").order_by("pk")
    for case in cases:
        _open_one(case, quotes.get(case.pk), private, at)
        outbox.put(topic="financing.bank_case.decided", payload={"bank_case_id": case.pk}, at=at)
    forget_drafts(application.pk)
    facts = {"quotes": len(quotes), "lenders": len(cases)}
    audit.record(action="auction.open", subject=auction, by=None, at=at, thread=application.thread, after=facts)
    outbox.put(topic="financing.auction.opened", payload={"application_id": application.pk}, at=at)


def _open_one(case: BankCase, quote: SealedQuote | None, private: str, at: datetime) -> None:
    """An offer, a decline, or nothing that came in time; a quote that does not open harms no other."""
    common = {"by": None, "at": at, "private_to": case.bank}
    try:
        said = open_quote(quote, private) if quote is not None else None
    except (boxes.BoxBroken, QuoteBroken):
        logger.exception("the quote of bank case %s does not open", case.pk)
        said = None
    if said is None and case.state in LAPSING:
        lifecycle.fire(case, "lapse", note="no quote by the deadline", **common)  # type: ignore[arg-type]
    elif said is not None and said.action == sealing.DECLINE:
        lifecycle.fire(case, "open_decline", reason=said.decline_reason, note=said.note, **common)  # type: ignore[arg-type]
    elif said is not None:
        lifecycle.fire(case, "open_quote", quote=said, **common)  # type: ignore[arg-type]


def open_quote(quote: SealedQuote, private: str) -> Quote:
    """What a sealed quote says; anybody with the auction's key may prove it. Raises BoxBroken, QuoteBroken."""
    return sealing.decode(boxes.unseal(quote.sealed, private=private), bank_case=quote.bank_case_id)


def forget_drafts(application_id: int) -> None:
    """Remove what was proposed and never sealed."""
    QuoteDraft.objects.filter(bank_case__application=application_id).delete()


def in_order(application: Application, offers: list[Opened]) -> list[Opened]:
    """Opened offers as they stand: by annual cost, then amount, then by lot; of open offers the lot is the number."""
    auction = Auction.objects.filter(application=application).first()
    return sealing.ranked(offers, lot=auction.private_key if auction is not None else application.number)
