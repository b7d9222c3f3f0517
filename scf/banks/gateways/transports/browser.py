"""No line at all: the lender's officers take our files from a page, and bring back what their bank says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from .. import iso20022
from ..base import BankGateway, NotOffered, PaymentInstruction, PaymentStatus, RawMessage, Receipt
from ..cases import Recall
from ..file_line import refuse_if_handed_over
from ..outgoing import Outgoing, name_of
from .base import Check, Office, Transport
from .settings import LineSettings, _, whole


@dataclass(frozen=True, kw_only=True)
class Settings(LineSettings):
    """Nothing but patience: people carry the files, in their hours."""

    answer_hours: int = whole(
        _("after how many hours without an answer to a payment a person is told, 1 to 240"), 26, low=1, high=240
    )


class BrowserLine:
    """A BankGateway whose post office is a page: files lie ready in our own memory, answers are brought."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def send_payment(self, instruction: PaymentInstruction, *, at: datetime) -> Receipt:
        """Lay the instruction's one file ready. From now on an officer can have it."""
        identifier = instruction.end_to_end_id
        was_there = self._lay_ready(
            "pain.001", identifier, identifier, lambda: iso20022.write_pain001(instruction, at=at), at
        )
        return Receipt(identifier, is_repetition=was_there)

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """None where the file does not lie ready; else NotOffered."""
        refuse_if_handed_over(self._outgoing, end_to_end_id)
        return None

    def recall_payment(self, recall: Recall, *, at: datetime) -> None:
        """Lay the recall's one file ready."""
        self._lay_ready("camt.056", recall.id, recall.end_to_end_id, lambda: iso20022.write_camt056(recall, at=at), at)

    def fetch_messages(self, *, after: str) -> list[RawMessage]:
        """None: they are brought."""
        return []

    def fetch_statement(self, account: str, *, first: date, last: date) -> RawMessage:
        """Statements are brought, too."""
        raise NotOffered("this lender's officers bring its statements")

    def _lay_ready(self, kind: str, identifier: str, about: str, content: Callable[[], bytes], at: datetime) -> bool:
        name = name_of(kind, identifier)
        file = self._outgoing.keep(name=name, kind=kind, about=about, content=content, at=at)
        if not file.is_handed_over:
            self._outgoing.hand_over(name, at=at, by_hand=True)
        return file.is_handed_over


def opened(settings: Settings, office: Office) -> BankGateway:
    """The line."""
    return BrowserLine(office.outgoing)


def tried(settings: Settings, office: Office) -> Iterator[Check]:
    """Whether anybody at the lender can take files."""
    count = office.officers()
    if count:
        yield Check("PEOPLE_CARRY", {"count": str(count)}, is_good=True)
    else:
        yield Check("NOBODY_CARRIES")


TRANSPORT = Transport("browser", Settings, opened, tried)
