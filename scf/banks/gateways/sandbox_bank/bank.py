"""What the sandbox bank does with instructions: every answer follows from the facts in its journal."""

import dataclasses
import json
import threading
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path

from scf.domain.errors import DomainError
from scf.domain.money import exponent
from scf.kernel.sandbox.journal import Fact, Journal

from .. import iso20022
from ..base import Outcome, Party, PaymentInstruction, PaymentStatus, RawMessage, Statement, StatementEntry

CLOSED_ACCOUNT_ENDING = "0000"
ACCOUNTS = "accounts.json"
SLOW_AMOUNT_ENDING = 99  # in minor units, of currencies that have cents


class EndToEndIdReused(DomainError):
    """The id names another payment already."""

    code = "END_TO_END_ID_REUSED"


class PayInRefused(DomainError):
    """The account is not one of this bank's, or is kept in another currency; nothing was booked."""

    code = "PAY_IN_REFUSED"


@dataclasses.dataclass(frozen=True, slots=True)
class Posting:
    """A movement on an account of this bank."""

    account: str
    entry: StatementEntry


class SandboxBanks:
    """Every lender's books. Safe for threads; rebuilt from the journal at the start."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.RLock()
        self._journal = Journal(folder / "journal.jsonl")
        self._folder = folder
        self._instructions: dict[tuple[str, str], PaymentInstruction] = {}
        self._statuses: dict[tuple[str, str], PaymentStatus] = {}
        self._paid_in: set[tuple[str, str]] = set()
        self._messages: dict[str, list[RawMessage]] = defaultdict(list)
        self._postings: dict[str, list[Posting]] = defaultdict(list)
        self.facts_count = 0
        self._pending: dict[tuple[str, str], int] = {}  # number of the message that said so
        for fact in self._journal.facts():
            self._apply(fact)

    def instruct(self, bank: str, instruction: PaymentInstruction) -> bool:
        """Carry out an instruction; True where it is a repetition and nothing happened.

        Raises EndToEndIdReused.
        """
        with self._lock:
            known = self._instructions.get((bank, instruction.end_to_end_id))
            if known is not None:
                if dataclasses.replace(instruction, message_id=known.message_id) != known:
                    raise EndToEndIdReused("this end-to-end id names another payment", id=known.end_to_end_id)
                return True
            code, reason_code, reason = _verdict(instruction)
            self._record("instructed", bank, instruction=_plain(instruction), code=code,
                         reason_code=reason_code, reason=reason)  # fmt: skip
            return False

    def pay_in(self, bank: str, *, key: str, account: str, amount_minor: int, currency: str, reference: str,
               value_date: date, payer_name: str, payer_account: str) -> None:  # fmt: skip
        """Somebody pays into an account of this bank; a repeated `key` changes nothing."""
        with self._lock:
            kept_in = self.known_accounts(bank)
            if kept_in and kept_in.get(account) != currency:
                raise PayInRefused(
                    f"{bank} has no account {account} in {currency}. Its accounts: "
                    + ", ".join(f"{number} ({kept})" for number, kept in sorted(kept_in.items())),
                    account=account,
                )
            of_account = (posting.entry for posting in self._postings[bank] if posting.account == account)
            if any(entry.currency != currency for entry in of_account):
                raise PayInRefused(f"account {account} is kept in another currency than {currency}", account=account)
            if (bank, key) not in self._paid_in:
                self._record("paid_in", bank, key=key, account=account, amount_minor=amount_minor, currency=currency,
                             reference=reference, value_date=value_date.isoformat(), payer_name=payer_name,
                             payer_account=payer_account)  # fmt: skip

    def known_accounts(self, bank: str) -> dict[str, str]:
        """The bank's collection accounts with their currencies, where the demo has named them; empty: any is taken."""
        file = self._folder / ACCOUNTS
        named: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.exists() else {}
        return named.get(bank, {})

    def name_accounts(self, accounts: dict[str, dict[str, str]]) -> None:
        """Say which accounts there are, by bank: number -> currency."""
        (self._folder / ACCOUNTS).write_text(json.dumps(accounts))

    def status(self, bank: str, end_to_end_id: str) -> PaymentStatus | None:
        """What became of a payment, None where it was never instructed."""
        with self._lock:
            return self._statuses.get((bank, end_to_end_id))

    def has_news(self, *, since: int) -> bool:
        """Whether a bank may have something to say since it knew `since` facts: it does, or a payment is on its way."""
        return self.facts_count > since or bool(self._pending)

    def messages(self, bank: str, *, after: int) -> list[RawMessage]:
        """The messages behind number `after`. Who has read that a payment is pending finds it paid at the next look."""
        with self._lock:
            for (of_bank, end_to_end_id), number in list(self._pending.items()):
                if of_bank == bank and number <= after:
                    self._record("settled", bank, end_to_end_id=end_to_end_id)
            return self._messages[bank][after:]

    def statement(self, bank: str, account: str, *, first: date | None, last: date) -> Statement:
        """The account's movements from `first` to `last`, both included, with its balances."""
        with self._lock:
            entries = [posting.entry for posting in self._postings[bank] if posting.account == account]
        entries.sort(key=lambda entry: entry.booking_date)
        start = first or min((entry.booking_date for entry in entries), default=last)
        before = sum(entry.amount_minor for entry in entries if entry.booking_date < start)
        within = [entry for entry in entries if start <= entry.booking_date <= last]
        return Statement(
            account=account,
            # Another movement booked into the same days makes another statement.
            statement_id=f"{account[-12:]}-{start:%y%m%d}-{last:%y%m%d}-{len(within)}",
            currency=entries[0].currency if entries else "CNY",
            from_date=start,
            to_date=last,
            opening_minor=before,
            closing_minor=before + sum(entry.amount_minor for entry in within),
            entries=tuple(within),
            entries_count=len(within),
        )

    def accounts(self) -> dict[str, dict[str, list[StatementEntry]]]:
        """By bank and account, every movement."""
        with self._lock:
            books: dict[str, dict[str, list[StatementEntry]]] = {}
            for bank, postings in sorted(self._postings.items()):
                for posting in postings:
                    books.setdefault(bank, {}).setdefault(posting.account, []).append(posting.entry)
            return books

    def _record(self, kind: str, bank: str, **facts: object) -> None:
        fact: Fact = {"fact": kind, "bank": bank, "at": datetime.now(UTC).isoformat(), **facts}
        self._journal.append(fact)
        self._apply(fact)

    def _apply(self, fact: Fact) -> None:
        """Draw the consequences of a fact; the same facts always give the same messages."""
        self.facts_count += 1
        bank, at = str(fact["bank"]), datetime.fromisoformat(str(fact["at"]))
        if fact["fact"] == "paid_in":
            self._paid_in.add((bank, str(fact["key"])))
            self._post(bank, str(fact["account"]), _credit_of(fact), at)
            return
        if fact["fact"] == "instructed":
            instruction = _instruction(fact["instruction"])
            self._instructions[bank, instruction.end_to_end_id] = instruction
            code, reason_code, reason = str(fact["code"]), str(fact["reason_code"]), str(fact["reason"])
        else:
            instruction = self._instructions[bank, str(fact["end_to_end_id"])]
            code, reason_code, reason = "ACSC", "", ""
        self._tell(bank, instruction, code, reason_code, reason, at)

    def _tell(self, bank: str, instruction: PaymentInstruction, code: str, reason_code: str, reason: str,
              at: datetime) -> None:  # fmt: skip
        key = (bank, instruction.end_to_end_id)
        outcome = {"ACSC": Outcome.PAID, "RJCT": Outcome.FAILED}.get(code, Outcome.PENDING)
        status = PaymentStatus(
            instruction.end_to_end_id, instruction.message_id, outcome, code, reason_code=reason_code, reason=reason
        )
        self._statuses[key] = status
        number = len(self._messages[bank]) + 1
        content = iso20022.write_pain002(status, message_id=f"S{number}-{bank}", at=at)
        self._messages[bank].append(RawMessage(str(number), "pain.002", content))
        self._pending.pop(key, None)
        if outcome is Outcome.PENDING:
            self._pending[key] = number
        elif outcome is Outcome.PAID:
            debit = _transfer(instruction, -instruction.amount_minor, instruction.creditor)
            self._post(bank, instruction.debtor.account, debit, at)
            credit = _transfer(instruction, instruction.amount_minor, instruction.debtor)
            self._postings[bank].append(Posting(instruction.creditor.account, credit))

    def _post(self, bank: str, account: str, entry: StatementEntry, at: datetime) -> None:
        """Book a movement and tell of it by camt.054."""
        self._postings[bank].append(Posting(account, entry))
        number = len(self._messages[bank]) + 1
        news = Statement(account, f"N{number}-{bank}", entry.currency, None, None, None, None, (entry,), 1)
        content = iso20022.write_notification(news, message_id=f"N{number}-{bank}", at=at)
        self._messages[bank].append(RawMessage(str(number), "camt.054", content))


def _verdict(instruction: PaymentInstruction) -> tuple[str, str, str]:
    """Code, reason code and reason: the rules by which a test chooses what happens."""
    if instruction.creditor.account.endswith(CLOSED_ACCOUNT_ENDING):
        return "RJCT", "AC04", "The creditor's account is closed"
    if exponent(instruction.currency) == 2 and instruction.amount_minor % 100 == SLOW_AMOUNT_ENDING:
        return "PDNG", "", ""
    return "ACSC", "", ""


def _transfer(instruction: PaymentInstruction, amount_minor: int, other: Party) -> StatementEntry:
    return StatementEntry(
        reference=f"T{instruction.end_to_end_id}"[:35],
        amount_minor=amount_minor,
        currency=instruction.currency,
        booking_date=instruction.execution_date,
        value_date=instruction.execution_date,
        end_to_end_id=instruction.end_to_end_id,
        remittance=instruction.remittance,
        counterparty_name=other.name,
        counterparty_account=other.account,
    )


def _credit_of(fact: Fact) -> StatementEntry:
    value_date = date.fromisoformat(str(fact["value_date"]))
    return StatementEntry(
        reference=f"C{fact['key']}"[:35],
        amount_minor=int(str(fact["amount_minor"])),
        currency=str(fact["currency"]),
        booking_date=value_date,
        value_date=value_date,
        remittance=str(fact["reference"]),
        counterparty_name=str(fact["payer_name"]),
        counterparty_account=str(fact["payer_account"]),
    )


def _plain(instruction: PaymentInstruction) -> dict[str, object]:
    return {**dataclasses.asdict(instruction), "execution_date": instruction.execution_date.isoformat()}


def _instruction(plain: object) -> PaymentInstruction:
    assert isinstance(plain, dict)
    parties = {role: Party(**plain[role]) for role in ("debtor", "creditor")}
    return PaymentInstruction(**{**plain, **parties, "execution_date": date.fromisoformat(plain["execution_date"])})
