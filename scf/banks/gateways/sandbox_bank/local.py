"""The sandbox bank inside this process, on the same journal: for playing a demo's past, and for tests."""

from datetime import date, datetime

from .. import iso20022
from ..base import PaymentInstruction, PaymentStatus, RawMessage, Receipt
from ..cases import Recall
from .bank import SandboxBanks


class LocalGateway:
    """A BankGateway to one lender of `banks`, without a network in between."""

    def __init__(self, banks: SandboxBanks, bank: str) -> None:
        self._banks, self._bank = banks, bank

    def send_payment(self, instruction: PaymentInstruction, *, at: datetime) -> Receipt:
        """Ask for a payment."""
        return Receipt(instruction.end_to_end_id, self._banks.instruct(self._bank, instruction))

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """What became of a payment."""
        return self._banks.status(self._bank, end_to_end_id)

    def recall_payment(self, recall: Recall, *, at: datetime) -> None:
        """Ask for a payment back."""
        self._banks.recall(self._bank, recall)

    def fetch_messages(self, *, after: str) -> list[RawMessage]:
        """The messages behind the cursor."""
        return self._banks.messages(self._bank, after=int(after or 0))

    def fetch_statement(self, account: str, *, first: date, last: date) -> RawMessage:
        """The camt.053 of `account` for these days, both included."""
        statement = self._banks.statement(self._bank, account, first=first, last=last)
        at = datetime.combine(last, datetime.min.time()).astimezone()
        content = iso20022.write_statement(statement, message_id=statement.statement_id, at=at)
        return RawMessage(statement.statement_id, "camt.053", content)
