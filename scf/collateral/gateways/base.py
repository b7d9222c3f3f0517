"""What a line to a public register is: one of receipts and invoices, one of rights in movable property.

Every request carries a key of ours: the same key again is the same act, so a request whose answer was lost is simply
sent once more. An answer that does not come is no answer: whoever waits for it goes on waiting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from scf.domain.errors import DomainError


class RegisterSilent(DomainError):
    """The register is down, too slow, or its answer was lost: ask again with the same key."""

    code = "REGISTER_SILENT"


class RegisterRefused(DomainError):
    """The register received the request and refused it; nothing was done."""

    code = "REGISTER_REFUSED"


@dataclass(frozen=True, slots=True)
class Company:
    """A party as registers know it. `uscc` is its unified social credit code."""

    name: str
    uscc: str


@dataclass(frozen=True, slots=True)
class RegisteredPaper:
    """A receipt, order, invoice or warehouse receipt as it is registered. `id` is ours and comes back."""

    id: str
    kind: str
    number: str
    issue_date: date | None
    currency: str
    amount_minor: int | None
    supplier: str
    counterparty: str


@dataclass(frozen=True, slots=True)
class PaperStatus:
    """What the register knows of a paper from other members.

    status      NEW, REGISTERED or FINANCED by another
    similarity  of the nearest entry of another, in percent; 100 is the same paper
    """

    id: str
    status: str
    similarity: int


@dataclass(frozen=True, slots=True)
class Goods:
    """Collateral as a filing describes it."""

    document: str
    description: str
    quantity: str


@dataclass(frozen=True, slots=True)
class Filing:
    """A security right as it is filed. `term_until` is the last day on which the filing stands."""

    debtor: Company
    secured_party: Company
    goods: tuple[Goods, ...]
    term_until: date


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search found.

    number   of the search certificate
    filings  numbers of live filings of others on the debtor's same goods
    """

    number: str
    filings: tuple[str, ...]


class PaperRegister(Protocol):
    """A register of financed receipts and invoices. Every method may raise RegisterSilent or RegisterRefused."""

    def register(self, case: str, papers: Sequence[RegisteredPaper], *, key: str) -> list[PaperStatus]:
        """Register the papers of a case, and say which others have."""

    def mark_financed(self, case: str, *, key: str) -> None:
        """Say that the case's papers are financed."""

    def cancel_papers(self, case: str, *, key: str) -> None:
        """Say that the case's papers are free again."""


class MovableRegister(Protocol):
    """The register of movable property. Every method may raise RegisterSilent or RegisterRefused."""

    def search(self, debtor: Company, goods: Sequence[Goods], *, key: str) -> SearchAnswer:
        """What others have filed on the debtor's goods."""

    def file(self, filing: Filing, *, key: str) -> str:
        """File a right; the filing's number."""

    def amend(self, number: str, filing: Filing, *, key: str) -> None:
        """Change what is filed: its goods, its term."""

    def cancel(self, number: str, *, key: str) -> None:
        """Strike the filing out."""


class RegisterGateway(PaperRegister, MovableRegister, Protocol):
    """A line to both registers."""
