"""What passes between bank and platform beside payments and statements: recalls, returns, requests for financing."""

import enum
from dataclasses import dataclass
from datetime import date, datetime

from scf.domain.money import Money


class RecallOutcome(enum.StrEnum):
    """What became of a recall, whatever code the bank used."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class Recall:
    """A request to give a payment back (camt.056).

    id                   of the request, at most 35 characters
    original_message_id  of the pain.001 that carried the payment
    assigner, assignee   who asks and who is asked: a name, or a BIC
    reason_code          CUST, DUPL, TECH, FRAD, AM09 ...
    """

    id: str
    end_to_end_id: str
    original_message_id: str
    amount_minor: int
    currency: str
    assigner: str
    assignee: str
    reason_code: str = "CUST"
    reason: str = ""

    @property
    def amount(self) -> Money:
        """What was paid and is asked back."""
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class RecallAnswer:
    """What a bank answers to a recall (camt.029).

    recall_id          the request that it answers, empty where the bank does not say
    code               as the bank said it: CNCL, RJCR, PDCR ...
    """

    recall_id: str
    end_to_end_id: str
    outcome: RecallOutcome
    code: str
    reason_code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PaymentReturn:
    """A payment whose money comes back (pacs.004).

    settled_on   None where the message does not say
    """

    return_id: str
    end_to_end_id: str
    amount_minor: int
    currency: str
    reason_code: str = ""
    reason: str = ""
    settled_on: date | None = None

    @property
    def amount(self) -> Money:
        """What comes back; it may be less than what was paid."""
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class InvoiceRequest:
    """One invoice that is to be financed. Amounts in minor units of the request's currency.

    requested_minor   None where the lender shall say how much
    """

    number: str
    issued_on: date
    due_on: date
    taxable_minor: int
    tax_minor: int
    total_minor: int
    supplier: str
    supplier_account: str
    buyer: str
    requested_minor: int | None = None


@dataclass(frozen=True, slots=True)
class FinancingRequest:
    """A request for invoice financing (tsin.001) that we, the intermediary, pass on to a lender.

    requester_id   the supplier's USCC
    account        where the lender shall pay
    intermediary, first_agent   us and the lender, by BIC or by a number of our own
    """

    id: str
    created_at: datetime
    currency: str
    requester: str
    requester_id: str
    account: str
    intermediary: str
    first_agent: str
    invoices: tuple[InvoiceRequest, ...]
    agreement: str = ""


class InvoiceOutcome(enum.StrEnum):
    """What a lender says of one invoice, in the codes of the message."""

    FINANCED = "FNCD"
    PENDING = "PDNG"
    NOT_FINANCED = "NTFD"


@dataclass(frozen=True, slots=True)
class InvoiceStatus:
    """What became of one invoice."""

    number: str
    issued_on: date
    due_on: date
    total_minor: int
    outcome: InvoiceOutcome
    financed_minor: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FinancingStatus:
    """What a lender says of a request (tsin.002).

    is_valid          False where the message itself could not be understood
    is_cancelled      whether a cancellation was accepted; None where none was asked for
    """

    id: str
    created_at: datetime
    request_id: str
    requested_at: datetime
    currency: str
    is_valid: bool = True
    is_cancelled: bool | None = None
    reason: str = ""
    invoices: tuple[InvoiceStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class FinancingCancellation:
    """A request for financing is withdrawn (tsin.003)."""

    id: str
    created_at: datetime
    request_id: str
    requested_at: datetime
    reason: str
    intermediary: str = ""
    first_agent: str = ""
