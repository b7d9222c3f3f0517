"""What a lender's officers carry by hand: our files to their bank, and their bank's answers to us.

Nobody confirms an answer a second time: it is their bank's own word, decided there. Who brought it is on record with
its bytes. The same file again changes nothing; one that could not be taken may be brought again.
"""

# budget: both ways of one counter: what is given out, and what is taken in, kept and acted on
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.documents.services import read_file, store_file
from scf.domain.errors import DomainError
from scf.kernel import audit, outbox
from scf.parties import access, refusals
from scf.parties.models import BankAccount, Membership, Organisation

from ..gateways.file_line import kind_of
from ..models import BankMessage, OutgoingFile
from . import effects, messages


class NotYoursToCarry(DomainError):
    """Only officers of the lender carry its files."""

    code = "NOT_YOURS_TO_CARRY"


class BankFileSize(DomainError):
    """A file is empty, or larger than uploads may be."""

    code = "BANK_FILE_SIZE"


refusals.register(
    {
        "NOT_YOURS_TO_CARRY": _("Files of a lender are carried by its makers and checkers. Ask one of them."),
        "BANK_FILE_SIZE": _("The file is empty or larger than %(max)s MB. Export it again, or fewer days at once."),
        "BANK_MESSAGE_UNREADABLE": _(
            "This is no message of a bank that can be read: %(why)s. Export it from your bank's system again, "
            "and bring it unchanged."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a file that somebody brought.

    message    as it is kept; None where it was refused unread
    is_known   it came before, and nothing changed
    """

    name: str
    message: BankMessage | None
    is_known: bool = False
    refusal: DomainError | None = None


@transaction.atomic
def take(*, file: OutgoingFile, by: Membership, at: datetime) -> tuple[str, bytes]:
    """An officer takes a file to the bank: its name and bytes, the same every time. Raises NotYoursToCarry."""
    row = OutgoingFile.objects.select_for_update(of=("self",)).select_related("payment", "file", "bank").get(pk=file.pk)
    _require_officer(by, row.bank_id)
    is_first = row.taken_at is None
    if is_first:
        row.taken_at, row.taken_by = at, by
        row.save(update_fields=["taken_at", "taken_by"])
    payment = row.payment
    facts = {"payment": payment.end_to_end_id, "file": row.name, "sha256": row.file.sha256, "is_first": is_first}
    audit.record(
        action="payment.take_file", subject=payment, by=by, at=at, thread=payment.thread, after=facts,
        private_to=row.bank,
    )  # fmt: skip
    return row.name, read_file(row.file)


def bring(
    *, files: Sequence[tuple[str, bytes]], by: Membership, at: datetime, account: BankAccount | None = None
) -> list[Brought]:
    """Take what the bank said, each file for itself: the good ones come in beside the bad ones.

    account   of files that name none. Raises NotYoursToCarry.
    """
    _require_officer(by, by.organisation_id)
    return [_bring(name, content, by, at, account) for name, content in files]


def _bring(name: str, content: bytes, by: Membership, at: datetime, account: BankAccount | None) -> Brought:
    if not content or len(content) > settings.UPLOAD_BYTES_MAX:
        refusal = BankFileSize("wrong size", max=settings.UPLOAD_BYTES_MAX // 1024 // 1024)
        return Brought(name, None, refusal=refusal)
    message, is_known = _keep(name, content, by, at, account)
    if not is_known:
        message = messages.handle(bank_message_id=message.pk, at=at)
    return Brought(name, message, is_known)


@transaction.atomic
def _keep(
    name: str, content: bytes, by: Membership, at: datetime, account: BankAccount | None
) -> tuple[BankMessage, bool]:
    """The message, and whether it came before with effect. Killed before it takes effect, the promise is kept later."""
    bank = Organisation.objects.select_for_update().get(pk=by.organisation_id)
    digest = hashlib.sha256(content).hexdigest()
    row = BankMessage.objects.select_for_update(of=("self",)).select_related("file").filter(
        bank=bank, gateway=effects.BY_HAND, external_id=digest
    ).first()  # fmt: skip
    is_known = row is not None and not row.problem
    if row is None:
        stored = store_file(content=content, name=name, media_type="application/octet-stream", owner=bank, by=by, at=at)
        row = BankMessage.objects.create(
            bank=bank, gateway=effects.BY_HAND, external_id=digest, kind=kind_of(content), file=stored,
            account=account, received_at=at,
        )  # fmt: skip
    elif row.problem:  # what could not be taken then may be taken now, say with the account named
        row.problem, row.handled_at, row.account = "", None, account or row.account
        row.save(update_fields=["problem", "handled_at", "account"])
    if not is_known:
        outbox.put(topic="banks.message.received", payload={"bank_message_id": row.pk}, at=at)
    facts = {"file": name, "sha256": digest, "kind": row.kind, "is_known": is_known}
    audit.record(action="bankmessage.bring", subject=row, by=by, at=at, after=facts, private_to=bank)
    return row, is_known


def _require_officer(by: Membership, bank_id: int) -> None:
    if not access.may(by, "banks.carry_files") or by.organisation_id != bank_id:
        raise NotYoursToCarry("only the lender's officers")
