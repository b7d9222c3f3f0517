"""What a message of a bank changes: payments, recalls, statements. In the transaction of whoever keeps the message."""

# budget: one door for all that banks say: statuses, movements, recalls, statements
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from scf.documents.services import read_file
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import audit, outbox
from scf.kernel.models import OutboxMessage
from scf.parties.models import BankAccount, Organisation

from ..gateways import iso20022, statement_files
from ..gateways.base import Outcome, PaymentStatus, StatementEntry
from ..gateways.file_line import ANOTHER_FILE
from ..gateways.readings import Reading
from ..gateways.transports.browser import TRANSPORT
from ..models import BankMessage, Payment
from ..models import StatementEntry as EntryRow
from . import investigations, recalls, statements
from .statuses import apply_return, apply_status

BY_HAND = TRANSPORT.name
# What is wrong with a message itself: the same again would fail again.
UNTAKEN = (
    iso20022.MessageUnreadable, statements.StatementUnreadable, statements.AccountUnknown, statements.AccountNotNamed,
    statements.StatementOutOfBalance, statements.StatementDoubtful,
)  # fmt: skip

OURS = re.compile(r"PO-\d{8}-\d{4,}")  # how our end-to-end ids look, see payments.instruct
GATHERING = timedelta(seconds=5)
FINDINGS_MAX = 30
WITHOUT_AN_ANSWER = (Payment.State.SENT, Payment.State.UNKNOWN)


@dataclass(slots=True)
class Came:
    """What a message brought, by kinds, as its row keeps it: numbers of payments, names of statements, findings."""

    named: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    findings: list[dict[str, object]] = field(default_factory=list)
    strangers: int = 0  # what it says of instructions that are not ours

    def note(self, kind: str, name: str) -> None:
        """One more of a kind; each name once."""
        if name not in self.named[kind]:
            self.named[kind].append(name)

    @property
    def payments(self) -> set[str]:
        """The instructions of ours that it speaks of."""
        return {name for kind in ("PAID", "RETURNED") for name in self.named.get(kind, [])}

    def as_json(self) -> dict[str, object]:
        """As the row keeps it."""
        more: dict[str, object] = {"findings": self.findings[:FINDINGS_MAX]} if self.findings else {}
        return {**self.named, **more, **({"strangers": self.strangers} if self.strangers else {})}


def act_on(message: BankMessage, content: bytes, *, at: datetime) -> Came:
    """Let a kept message have its effect. Raises MessageUnreadable, and what statements.take_statements raises."""
    came, bank = Came(), message.bank
    if message.kind.startswith("pain.002"):
        for status in map(_meant, iso20022.read_pain002(content)):
            _note_payment(came, status.outcome.value, apply_status(status=status, bank=bank, at=at))
    elif message.kind.startswith("camt.029"):
        for answer in iso20022.read_camt029(content):
            if recalls.take_answer(answer=answer, bank=bank, at=at) is None:
                came.strangers += 1
            else:
                came.note("recall", answer.end_to_end_id)
    elif message.kind.startswith("camt.054"):
        for statement in iso20022.read_camt(content):
            for entry in (entry for entry in statement.entries if entry.is_booked):
                if entry.end_to_end_id:
                    take_movement(entry, account=statement.account, bank=bank, at=at, came=came)
                if entry.amount_minor > 0:
                    _promise_statement(bank, statement.account, entry, at)
    else:
        _take_statements(message, content, at, came)
    return came


def _meant(status: PaymentStatus) -> PaymentStatus:
    """A verdict over a whole message is one over its payment: we put one into each, and name the message after it."""
    message_id = status.original_message_id
    if status.end_to_end_id or not OURS.fullmatch(message_id.removeprefix("M")):
        return status
    return replace(status, end_to_end_id=message_id.removeprefix("M"))


def _note_payment(came: Came, kind: str, payment: Payment | None) -> None:
    if payment is None:
        came.strangers += 1
    else:
        came.note(kind, payment.end_to_end_id)


def _promise_statement(bank: Organisation, account: str, entry: StatementEntry, at: datetime) -> None:
    """Money came in: its day's statement is fetched in a moment, once for all that come until then.

    A notification is news, not a book: what is booked comes from the statement. The promise names what the statement
    must show; one that does not yet is asked for again.
    """
    payload = {"bank_id": bank.pk, "account": account, "on": entry.booking_date.isoformat()}
    waiting = OutboxMessage.objects.select_for_update(skip_locked=True).filter(
        topic="banks.account.credited", delivered_at=None, attempts=0, payload__contains=payload
    )
    shown = [[entry.reference, entry.amount_minor]] if entry.reference else []
    found = waiting.first()
    if found is None:
        outbox.put(topic="banks.account.credited", payload={**payload, "expected": shown}, at=at + GATHERING)
        return
    expected = found.payload.get("expected", [])
    found.payload["expected"] = expected + [each for each in shown if each not in expected]
    found.save(update_fields=["payload"])


def take_movement(
    entry: StatementEntry, *, account: str, bank: Organisation, at: datetime, came: Came | None = None
) -> None:
    """A booked movement that names an instruction: it was paid, or its money came back. In the caller's transaction."""
    amount, came = Money(abs(entry.amount_minor), entry.currency), came or Came()
    if entry.amount_minor > 0:
        found = apply_return(
            end_to_end_id=entry.end_to_end_id, bank=bank, amount=amount, on=entry.value_date,
            reason=entry.remittance or "returned", code=entry.return_reason or "RTRN", at=at,
            reference=entry.reference,
        )  # fmt: skip
        _note_payment(came, "RETURNED", found)
    elif not entry.is_reversal:
        paid = PaymentStatus(entry.end_to_end_id, "", Outcome.PAID, "BOOK")
        found = apply_status(status=paid, bank=bank, at=at, value_date=entry.value_date, amount=amount)
        _note_payment(came, "PAID", found)
        if found is None and OURS.fullmatch(entry.end_to_end_id):
            investigations.open_unknown_debit(
                bank=bank, key=f"{account}:{entry.end_to_end_id}:{amount}", at=at, account=account, paid=str(amount),
                on=entry.value_date.isoformat(), id=entry.end_to_end_id,
            )  # fmt: skip


def _take_statements(message: BankMessage, content: bytes, at: datetime, came: Came) -> None:
    """A statement of whatever format: what it says of instructions, and what came in on accounts that collect."""
    name = message.file.name
    readings = statement_files.read_bytes(content, name=name, keep=True)
    given = message.account
    for reading in readings:
        came.findings += [statements.as_kept(finding) for finding in reading.findings]
    taken = statements.take_statements(content=content, name=name, by=None, at=at, account=given, bank=message.bank)
    for each in taken:
        came.note("known" if each.is_duplicate else "statement", str(each.statement))
        if not each.is_duplicate:
            outbox.put(topic="banks.statement.taken", payload={"statement_id": each.statement.pk}, at=at)
            facts = {"file": name, "new_entries": len(each.new_entries)}
            audit.record(action="statement.import", subject=each.statement, by=None, at=at, after=facts)
    for reading in readings:
        account = _paying_account(reading, message)
        for entry in reading.movements:
            if account is not None and entry.is_booked:
                sure = replace(entry, currency=entry.currency or account.currency)
                _take_named(sure, account=account, at=at, came=came)


def prove(*, entries: Iterable[EntryRow], at: datetime) -> Came:
    """What booked movements of a statement that a person brought, or we fetched, say of instructions of ours.

    A debit with the id of an instruction is the bank's own proof that it was paid, on its value date; what it is of
    another amount, or of an instruction that we never gave, is a person's task. In the caller's transaction.
    """
    came = Came()
    for row in entries:
        said = StatementEntry(
            row.bank_reference, row.amount_minor, row.currency, row.booking_date, row.value_date,
            end_to_end_id=row.end_to_end_id, remittance=row.text, counterparty_name=row.counterparty,
            counterparty_account=row.counterparty_account, is_reversal=row.is_reversal,
        )  # fmt: skip
        _take_named(said, account=row.account, at=at, came=came)
    return came


def put_aside(message: BankMessage, refusal: DomainError, at: datetime) -> None:
    """Nothing came of a message: its row says why, and a person is told."""
    why = str(refusal.detail.get("why") or refusal.detail.get("where") or refusal.message)
    findings = doubts(message, read_file(message.file))
    message.problem = str(refusal)[:300]
    message.result = {"refusal": {"code": refusal.code, "facts": {**refusal.detail, "why": why}}}
    message.result |= {"findings": findings} if findings else {}
    if message.gateway != BY_HAND:  # who brought it by hand is told at once
        investigations.open_unreadable(message=message, at=at)


def doubts(message: BankMessage, content: bytes) -> list[dict[str, object]]:
    """What keeps a statement from being taken, place by place; nothing for other messages."""
    if message.kind != ANOTHER_FILE and not message.kind.startswith(("camt.052", "camt.053")):
        return []
    readings = statement_files.read_bytes(content, name=message.file.name)
    found = [each for reading in readings for each in reading.findings if each.is_blocking]
    found = [each for each in found if each.code not in ("UNREADABLE", "EMPTY")]  # the refusal itself says so
    return [statements.as_kept(finding) for finding in found[:FINDINGS_MAX]]


def _paying_account(reading: Reading, message: BankMessage) -> BankAccount | None:
    """The lender's account from which it pays, where the statement is of one."""
    rows = BankAccount.objects.filter(organisation=message.bank)
    if not reading.account:
        given = message.account
        return given if given is not None and given.organisation_id == message.bank_id else None
    numbers = statements.spellings(reading.account, reading.currency)
    rows = rows.filter(number__in=numbers)
    return (rows.filter(currency=reading.currency) if reading.currency else rows).first()


def _take_named(entry: StatementEntry, *, account: BankAccount, at: datetime, came: Came) -> None:
    """A movement by the id that it carries; or, going out, by our words in its text where only one payment fits."""
    said = "".join(entry.remittance.split())
    named = entry.end_to_end_id if OURS.fullmatch(entry.end_to_end_id) else _named_in(said, account)
    if named and entry.amount_minor > 0 and _named_in(named, account) != named:
        return  # what comes back goes to the account that paid; on another it is other money
    if named:
        sure = replace(entry, end_to_end_id=named)
        take_movement(sure, account=account.number, bank=account.organisation, at=at, came=came)
        return
    if entry.amount_minor >= 0 or entry.is_reversal:
        return
    silent = Payment.objects.filter(
        debtor_account=account, amount_minor=-entry.amount_minor, currency=account.currency,
        state__in=WITHOUT_AN_ANSWER,
    )  # fmt: skip
    meant = [each for each in silent if each.reference in said]
    amount = Money(-entry.amount_minor, account.currency)
    if len(meant) == 1:
        paid = PaymentStatus(meant[0].end_to_end_id, "", Outcome.PAID, "BOOK")
        found = apply_status(
            status=paid, bank=account.organisation, at=at, value_date=entry.value_date, amount=amount
        )  # fmt: skip
        _note_payment(came, "PAID", found)
    elif not meant and _is_payees(entry.counterparty_account):
        name = entry.reference or said[:40] or f"{entry.booking_date}"
        investigations.open_unknown_debit(
            bank=account.organisation, key=f"{account.number}:{name}:{amount}", at=at, account=account.number,
            paid=str(amount), on=entry.value_date.isoformat(), id=name,
        )  # fmt: skip


def _named_in(text: str, account: BankAccount) -> str:
    """The id of an instruction from this account in a text: others number their papers as we do, too."""
    found = set(OURS.findall(text))
    known = Payment.objects.filter(end_to_end_id__in=found, debtor_account=account) if found else []
    names = [payment.end_to_end_id for payment in known]
    return names[0] if len(names) == 1 else ""


def _is_payees(number: str) -> bool:
    """Whether it is an account into which loans are paid here: money for it that names no instruction is strange."""
    return bool(number) and BankAccount.objects.filter(purpose=BankAccount.Purpose.PAYEE, number=number).exists()
