"""What every bank's machine can be asked, whatever it speaks."""

import enum
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from scf.domain.errors import DomainError
from scf.domain.money import Money

from .cases import Recall

ID_CHARACTERS_MAX = 35  # Max35Text of ISO 20022
ACCOUNT_CHARACTERS_MAX = 34
NAME_CHARACTERS_MAX = 140
IDENTIFIER = re.compile(r"[A-Za-z0-9/\-?:().,'+_ ]+")
BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


class InstructionInvalid(DomainError):
    """A payment instruction that no bank could carry out."""

    code = "PAYMENT_INSTRUCTION_INVALID"


class BankUnreachable(DomainError):
    """The bank's machine could not be reached; it has not received the request."""

    code = "BANK_UNREACHABLE"


class AnswerLost(DomainError):
    """The request may have arrived and been carried out: ask about it, do not assume either way."""

    code = "BANK_ANSWER_LOST"


class BankRefused(DomainError):
    """The bank's machine received the request and refused it; nothing was carried out."""

    code = "BANK_REFUSED"


class NotOffered(DomainError):
    """This line has no such question: answers come by messages alone. Silence on it says nothing about anything."""

    code = "BANK_NOT_OFFERED"


class Outcome(enum.StrEnum):
    """What a payment status means for us, whatever code the bank used."""

    PAID = "PAID"
    FAILED = "FAILED"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with an account. `bic` is empty where only the account is known."""

    name: str
    account: str
    bic: str = ""


@dataclass(frozen=True, slots=True)
class PaymentInstruction:
    """One payment that a bank is asked to make.

    end_to_end_id   names the payment for ever, on both sides; the same id is paid once
    message_id      names this message; a repetition may carry another
    """

    end_to_end_id: str
    message_id: str
    amount_minor: int
    currency: str
    debtor: Party
    creditor: Party
    execution_date: date
    remittance: str = ""

    def __post_init__(self) -> None:
        for name in ("end_to_end_id", "message_id"):
            text = getattr(self, name)
            if len(text) > ID_CHARACTERS_MAX or not IDENTIFIER.fullmatch(text) or text != text.strip():
                raise InstructionInvalid("an identifier has 1 to 35 plain characters", field=name, text=text)
        if self.amount_minor <= 0 or not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise InstructionInvalid("an amount is positive, in an ISO 4217 currency", amount_minor=self.amount_minor)
        for party in (self.debtor, self.creditor):
            if not party.account or len(party.account) > ACCOUNT_CHARACTERS_MAX or not party.name:
                raise InstructionInvalid("a party has a name and an account of at most 34 characters", name=party.name)
            if party.bic and not BIC.fullmatch(party.bic):
                raise InstructionInvalid("this is not a BIC", bic=party.bic)
        if not all(text.isprintable() for text in (self.remittance, self.debtor.name, self.creditor.name)):
            raise InstructionInvalid("names and remittance text are printable characters")

    @property
    def amount(self) -> Money:
        """What is to be paid."""
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """What a bank says about a payment (pain.002).

    end_to_end_id        empty where the bank speaks of the whole message
    original_message_id  the message it answers
    code                 as the bank said it: ACCP, ACSC, RJCT, PDNG ...
    reason_code, reason  why, where it says so: AC04, "closed account"
    """

    end_to_end_id: str
    original_message_id: str
    outcome: Outcome
    code: str
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One movement on an account; credits are positive. A batch that says its parts is several of these.

    reference    the bank's own, empty where it gives none
    is_booked    False for what the bank only announces
    is_reversal  takes an earlier movement back; the sign is already that of this movement
    return_reason  why a payment comes back (as pacs.004 has it), empty where the bank calls it no return
    """

    reference: str
    amount_minor: int
    currency: str
    booking_date: date
    value_date: date
    end_to_end_id: str = ""
    remittance: str = ""
    counterparty_name: str = ""
    counterparty_account: str = ""
    is_reversal: bool = False
    is_booked: bool = True
    return_reason: str = ""

    @property
    def money(self) -> Money:
        """The movement with its currency."""
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's movements (camt.053), or news of some of them (camt.054, without balances).

    from_date, to_date   both included, None where the bank does not say
    entries_count        bookings as the bank counts them, a batch as one
    is_of_one_currency   False where a balance is in another currency than the account
    """

    account: str
    statement_id: str
    currency: str
    from_date: date | None
    to_date: date | None
    opening_minor: int | None
    closing_minor: int | None
    entries: tuple[StatementEntry, ...] = field(default=())
    entries_count: int = 0
    is_of_one_currency: bool = True

    @property
    def ties_out(self) -> bool | None:
        """Whether opening + booked movements = closing; None without both balances."""
        if self.opening_minor is None or self.closing_minor is None:
            return None
        movements = [entry for entry in self.entries if entry.is_booked]
        if not self.is_of_one_currency or any(entry.currency != self.currency for entry in movements):
            return False
        return self.opening_minor + sum(entry.amount_minor for entry in movements) == self.closing_minor


@dataclass(frozen=True, slots=True)
class Receipt:
    """The bank has the instruction. Whether it pays is told by its messages.

    is_repetition   it had it already and will not pay twice
    """

    end_to_end_id: str
    is_repetition: bool


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as the bank sent it.

    id     unique on this line; also the cursor behind which the next ones come, where the line has one
    kind   such as pain.002 or camt.054; "file" for what is no message of ISO 20022
    name   of the file, where it came as one
    """

    id: str
    kind: str
    content: bytes
    name: str = ""


class BankGateway(Protocol):
    """A line to one bank. Every method may raise BankUnreachable, AnswerLost or BankRefused.

    What a line has no way to ask raises NotOffered, which must never be read as an answer.
    """

    def send_payment(self, instruction: PaymentInstruction, *, at: datetime) -> Receipt:
        """Ask for a payment; repeating it with its end-to-end id pays once."""

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """What became of a payment; None only where it is certain that the bank has never heard of it.

        Raises NotOffered where the bank has it and cannot be asked.
        """

    def recall_payment(self, recall: Recall, *, at: datetime) -> None:
        """Ask for a payment back, once for each recall's id; whether it comes is told by a message (camt.029)."""

    def fetch_messages(self, *, after: str) -> list[RawMessage]:
        """The messages behind the cursor, oldest first; "" starts at the beginning.

        A line without a cursor gives what is not kept here yet.
        """

    def fetch_statement(self, account: str, *, first: date, last: date) -> RawMessage:
        """The camt.053 of `account` for these days, both included. Raises NotOffered."""
