"""The loan contract as a PDF."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from scf.domain.schedule import Contract, Cost, Row


@dataclass(frozen=True, slots=True)
class LoanContract:
    """What the contract says; figures only, no rows of the database.

    goods  (document number, description, quantity, unit) behind the loan
    """

    number: str
    on: date
    lender: str
    lender_code: str
    borrower: str
    borrower_code: str
    buyer: str
    product: str
    terms: Contract
    plan: tuple[Row, ...]
    cost: Cost
    conditions: str
    goods: tuple[tuple[str, str, Decimal, str], ...]
