"""What the sandbox bank does with instructions: every answer follows from the facts in its journal."""

import dataclasses
import json
import threading
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from scf.domain.errors import DomainError
from scf.domain.money import exponent
from scf.kernel.sandbox.journal import Fact, Journal

from .. import iso20022
from ..base import PaymentInstruction, PaymentStatus, RawMessage, Statement, StatementEntry
from ..cases import Recall, RecallAnswer, RecallOutcome
from . import conduct
from .facts import Owed, Posting, Said, credit_of, instruction_of, plain, status_of

CLOSED_ACCOUNT_ENDING = "0000"
ACCOUNTS = "accounts.json"
SLOW_AMOUNT_ENDING = 99  # in minor units, of currencies that have cents
WITHOUT_CONSEQUENCES = ("struck", "repeated")  # kept for whoever asks what happened


class EndToEndIdReused(DomainError):
    """The id names another payment already."""

    code = "END_TO_END_ID_REUSED"


class PayInRefused(DomainError):
    """The account is not one of this bank's, or is kept in another currency; nothing was booked."""

    code = "PAY_IN_REFUSED"


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
        self.conduct = conduct.Conduct(self._note_strike)
        self._owes: dict[tuple[str, str], Owed] = {}  # what it will still do with an instruction
        self._paid: dict[tuple[str, str], int] = {}
        self._recalls: set[str] = set()
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
                self._record("repeated", bank, end_to_end_id=known.end_to_end_id)
                return True
            mode = self.conduct.payments.strike(bank)
            code, reason_code, reason = _verdict(instruction, mode)
            self._record("instructed", bank, instruction=plain(instruction), code=code,
                         reason_code=reason_code, reason=reason, mode=mode)  # fmt: skip
            return False

    def recall(self, bank: str, recall: Recall) -> None:
        """Ask the payee to give a payment back; the answer comes by camt.029. A repetition changes nothing."""
        with self._lock:
            if recall.id in self._recalls:
                return
            is_agreed = (bank, recall.end_to_end_id) in self._paid and self.conduct.recalls.strike(bank) == "off"
            self._record("recalled", bank, recall_id=recall.id, end_to_end_id=recall.end_to_end_id,
                         is_agreed=is_agreed)  # fmt: skip

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

    def customers(self, bank: str) -> set[str]:
        """Accounts that a lender keeps at this bank: those it pays from, those it collects on."""
        with self._lock:
            pays = {told.debtor.account for (of, _id), told in self._instructions.items() if of == bank}
            collects = {each.account for each in self._postings[bank] if not each.entry.end_to_end_id}
        return pays | collects | set(self.known_accounts(bank))

    def name_accounts(self, accounts: dict[str, dict[str, str]]) -> None:
        """Say which accounts there are, by bank: number -> currency."""
        (self._folder / ACCOUNTS).write_text(json.dumps(accounts))

    def status(self, bank: str, end_to_end_id: str) -> PaymentStatus | None:
        """What became of a payment, None where it was never instructed."""
        with self._lock:
            return self._statuses.get((bank, end_to_end_id))

    def has_news(self, *, since: int) -> bool:
        """Whether a bank may have something to say since it knew `since` facts: it does, or a payment is on its way."""
        return self.facts_count > since or bool(self._owes)

    def messages(self, bank: str, *, after: int) -> list[RawMessage]:
        """The messages behind number `after`. Who has read that a payment is pending finds it paid at the next look."""
        with self._lock:
            now = datetime.now(UTC)
            for (of_bank, end_to_end_id), owed in list(self._owes.items()):
                if of_bank == bank and owed.behind <= after and owed.not_before <= now:
                    on = self._instructions[of_bank, end_to_end_id].execution_date.isoformat()
                    self._record(owed.fact, bank, end_to_end_id=end_to_end_id, why=owed.why, on=on)
            return self._messages[bank][after:]

    def statement(self, bank: str, account: str, *, first: date | None, last: date) -> Statement:
        """The account's movements from `first` to `last`, both included, with its balances."""
        with self._lock:
            entries = [posting.entry for posting in self._postings[bank] if posting.account == account]
        entries.sort(key=lambda entry: entry.booking_date)
        start = first or min((entry.booking_date for entry in entries), default=last)
        before = sum(entry.amount_minor for entry in entries if entry.booking_date < start)
        within = [entry for entry in entries if start <= entry.booking_date <= last]
        whole = Statement(
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
        return conduct.spoilt(whole, self.conduct.statements.strike(bank))

    def accounts(self) -> dict[str, dict[str, list[StatementEntry]]]:
        """By bank and account, every movement."""
        with self._lock:
            books: dict[str, dict[str, list[StatementEntry]]] = {}
            for bank, postings in sorted(self._postings.items()):
                for posting in postings:
                    books.setdefault(bank, {}).setdefault(posting.account, []).append(posting.entry)
            return books

    def _note_strike(self, bank: str, mode: str) -> None:
        with self._lock:
            self._record("struck", bank, mode=mode)

    def _record(self, kind: str, bank: str, **facts: object) -> None:
        fact: Fact = {"fact": kind, "bank": bank, "at": datetime.now(UTC).isoformat(), **facts}
        self._journal.append(fact)
        self._apply(fact)

    def _apply(self, fact: Fact) -> None:
        """Draw the consequences of a fact; the same facts always give the same messages."""
        if fact["fact"] in WITHOUT_CONSEQUENCES:
            return
        self.facts_count += 1
        bank, at = str(fact["bank"]), datetime.fromisoformat(str(fact["at"]))
        if fact["fact"] == "paid_in":
            self._paid_in.add((bank, str(fact["key"])))
            self._post(bank, str(fact["account"]), credit_of(fact), at)
            return
        if fact["fact"] == "instructed":
            instruction = instruction_of(fact["instruction"])
            self._instructions[bank, instruction.end_to_end_id] = instruction
            said = Said(str(fact["code"]), str(fact["reason_code"]), str(fact["reason"]), str(fact.get("mode", "off")))
            self._begin(bank, instruction, said, at)
            return
        if fact["fact"] == "recalled":
            self._answer_recall(bank, fact, at)
            return
        instruction = self._instructions[bank, str(fact["end_to_end_id"])]
        self._owes.pop((bank, instruction.end_to_end_id), None)
        if fact["fact"] == "sent_back":
            self._send_back(bank, instruction, date.fromisoformat(str(fact["on"])), str(fact["why"]), at)
        else:
            self._pay(bank, instruction, Said("ACSC"), at)

    def _begin(self, bank: str, instruction: PaymentInstruction, said: Said, at: datetime) -> None:
        """An instruction has come: what is told of it at once, and what follows."""
        key = (bank, instruction.end_to_end_id)
        if said.code == "ACSC":
            self._pay(bank, instruction, said, at)
            if said.mode == "bounce":
                self._owes[key] = Owed("sent_back", len(self._messages[bank]), at, "RETURNED AC04 account closed")
            return
        self._tell(bank, instruction, said, at)
        if said.code == "PDNG" or said.mode == "change_of_mind":
            seconds = conduct.DELAY_SECONDS if said.mode == "delay" else 0
            self._owes[key] = Owed("settled", len(self._messages[bank]), at + timedelta(seconds=seconds))

    def _pay(self, bank: str, instruction: PaymentInstruction, said: Said, at: datetime) -> None:
        """The money moves; and the bank tells of it, as its conduct has it."""
        amount = conduct.paid_amount(instruction, said.mode)
        self._paid[bank, instruction.end_to_end_id] = amount
        debit = conduct.transfer(instruction, -amount, instruction.creditor)
        credit = conduct.transfer(instruction, amount, instruction.debtor)
        self._postings[bank].append(Posting(instruction.debtor.account, debit))
        self._postings[bank].append(Posting(instruction.creditor.account, credit))
        if said.mode == "forget":
            self._statuses[bank, instruction.end_to_end_id] = status_of(instruction, said)
            return
        for _time in range(2 if said.mode == "twice" else 1):
            if said.mode == "disorder":
                self._notify(bank, instruction.debtor.account, debit, at)
            self._tell(bank, instruction, said, at)
            if said.mode != "disorder":
                self._notify(bank, instruction.debtor.account, debit, at)
        if said.mode == "disorder":
            self._tell(bank, instruction, Said("PDNG"), at, is_current=False)

    def _answer_recall(self, bank: str, fact: Fact, at: datetime) -> None:
        """Say by camt.029 whether the money comes back; and let it."""
        recall_id, end_to_end_id, is_agreed = (fact[name] for name in ("recall_id", "end_to_end_id", "is_agreed"))
        self._recalls.add(str(recall_id))
        outcome = RecallOutcome.DONE if is_agreed else RecallOutcome.REFUSED
        code, reason = ("", "") if is_agreed else ("CUST", "The payee does not agree")
        answer = "CNCL" if is_agreed else "RJCR"
        said = RecallAnswer(str(recall_id), str(end_to_end_id), outcome, answer, code, reason)
        number = len(self._messages[bank]) + 1
        content = iso20022.write_camt029(said, message_id=f"A{number}-{bank}", assigner=bank, assignee="SCF", at=at)
        self._messages[bank].append(RawMessage(str(number), "camt.029", content))
        if is_agreed:
            instruction = self._instructions[bank, str(end_to_end_id)]
            self._send_back(bank, instruction, instruction.execution_date, "RETURNED FOCR recalled", at)

    def _send_back(self, bank: str, instruction: PaymentInstruction, on: date, why: str, at: datetime) -> None:
        """The money comes back to the account that it left, once."""
        amount = self._paid.pop((bank, instruction.end_to_end_id), 0)
        if amount:
            taken = conduct.sent_back(instruction, -amount, on, why)
            self._postings[bank].append(Posting(instruction.creditor.account, taken))
            self._post(bank, instruction.debtor.account, conduct.sent_back(instruction, amount, on, why), at)

    def _tell(
        self, bank: str, instruction: PaymentInstruction, said: Said, at: datetime, *, is_current: bool = True
    ) -> None:
        """Say by pain.002 what became of an instruction; `is_current`: and answer so from now on."""
        status = status_of(instruction, said)
        if is_current:
            self._statuses[bank, instruction.end_to_end_id] = status
        number = len(self._messages[bank]) + 1
        content = iso20022.write_pain002(status, message_id=f"S{number}-{bank}", at=at)
        self._messages[bank].append(RawMessage(str(number), "pain.002", content))

    def _post(self, bank: str, account: str, entry: StatementEntry, at: datetime) -> None:
        """Book a movement and tell of it."""
        self._postings[bank].append(Posting(account, entry))
        self._notify(bank, account, entry, at)

    def _notify(self, bank: str, account: str, entry: StatementEntry, at: datetime) -> None:
        """Tell of a movement by camt.054."""
        number = len(self._messages[bank]) + 1
        news = Statement(account, f"N{number}-{bank}", entry.currency, None, None, None, None, (entry,), 1)
        content = iso20022.write_notification(news, message_id=f"N{number}-{bank}", at=at)
        self._messages[bank].append(RawMessage(str(number), "camt.054", content))


def _verdict(instruction: PaymentInstruction, mode: str) -> tuple[str, str, str]:
    """Code, reason code and reason: by conduct, or by the account and the amount."""
    if mode in ("refuse", "change_of_mind"):
        return "RJCT", "AM04", "Funds are insufficient"
    if instruction.creditor.account.endswith(CLOSED_ACCOUNT_ENDING):
        return "RJCT", "AC04", "The creditor's account is closed"
    is_slow = exponent(instruction.currency) == 2 and instruction.amount_minor % 100 == SLOW_AMOUNT_ENDING
    return ("PDNG", "", "") if is_slow or mode == "delay" else ("ACSC", "", "")
