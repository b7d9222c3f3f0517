"""Sealed quotes: what one says, as bytes whose length tells nothing, and in which order opened ones stand."""

import hashlib
import json
from collections.abc import Hashable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from . import pricing
from .errors import DomainError
from .money import Money

BLOCK_BYTES = 4096
OFFER, DECLINE = "OFFER", "DECLINE"


class QuoteBroken(DomainError):
    """What was opened is no quote, or one of another case."""

    code = "QUOTE_BROKEN"


@dataclass(frozen=True, slots=True)
class Quote:
    """What a lender answers: an offer with its terms, or that it declines.

    bank_case    of which case at which lender; an opened quote counts for no other
    annual_rate  a fraction of one
    fee_bp       once, of the amount, in hundredths of a percent
    precedents   what must be there before payment, one a line
    agreement    how the rate is found (rates.Agreement.as_json)
    note         the maker's word to its checker, or the checker's to its maker
    """

    bank_case: int
    action: str
    amount: Money | None = None
    annual_rate: Decimal | None = None
    agreement: dict[str, Any] = field(default_factory=dict)
    tenor_days: int | None = None
    conditions: str = ""
    expires_on: date | None = None
    decline_reason: str = ""
    note: str = ""
    precedents: str = ""
    fee_bp: int = 0

    @property
    def burden(self) -> Decimal:
        """Rate and fee together as a simple yearly fraction."""
        return pricing.burden(self.annual_rate or Decimal(0), fee_bp=self.fee_bp, tenor_days=self.tenor_days or 1)


def encode(quote: Quote) -> bytes:
    """As bytes, filled up with spaces to whole blocks: an offer and a decline look alike from outside."""
    plain = asdict(quote)
    plain["amount"] = [quote.amount.minor, quote.amount.currency] if quote.amount is not None else None
    plain["annual_rate"] = str(quote.annual_rate) if quote.annual_rate is not None else None
    plain["expires_on"] = quote.expires_on.isoformat() if quote.expires_on is not None else None
    content = json.dumps(plain, sort_keys=True).encode()
    return content.ljust(-(-len(content) // BLOCK_BYTES) * BLOCK_BYTES)


def decode(content: bytes, *, bank_case: int) -> Quote:
    """What `encode` wrote, of this case at this lender. Raises QuoteBroken."""
    try:
        plain = json.loads(content)
        amount, rate, last = plain["amount"], plain["annual_rate"], plain["expires_on"]
        found = Quote(
            **{
                **plain,
                "amount": Money(int(amount[0]), str(amount[1])) if amount else None,
                "annual_rate": Decimal(rate) if rate is not None else None,
                "expires_on": date.fromisoformat(last) if last else None,
            }
        )
    except (ValueError, KeyError, TypeError, ArithmeticError) as problem:
        raise QuoteBroken("this is not a quote") from problem
    if found.bank_case != bank_case:
        raise QuoteBroken("the quote is of another case", bank_case=bank_case)
    return found


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened offer as it is compared. name: of its lender, unchanging, such as its USCC."""

    key: Hashable
    name: str
    annual_cost: Decimal
    amount: Money


def ranked(offers: Iterable[Opened], *, lot: str) -> list[Opened]:
    """Cheapest by annual cost first, of equal ones the larger amount, of those by lot.

    lot  a secret that nobody knew while quotes were made (the auction's private key) and everybody may know now

    The time of sealing does not count: it would reward whoever quotes in a hurry, and waiting would cost nothing in a
    market whose quotes are secret. A lot drawn from the key can be checked by all and bent by nobody.
    """

    def order(offer: Opened) -> tuple[Decimal, int, str]:
        return offer.annual_cost, -offer.amount.minor, hashlib.sha256(f"{lot}|{offer.name}".encode()).hexdigest()

    return sorted(offers, key=order)
