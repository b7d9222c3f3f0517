"""Posting transactions: once per event, balanced, for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from scf.domain.money import Money
from scf.parties.models import Organisation

from .models import Account, Leg, Transaction


@dataclass(frozen=True, slots=True)
class Posting:
    """A leg to be: debit where `amount` is positive, credit where negative."""

    kind: str
    amount: Money
    party: Organisation | None = None


@transaction.atomic
def post(
    *,
    book: Organisation,
    event: str,
    thread: str,
    text: str,
    postings: Sequence[Posting],
    value_date: date,
    at: datetime,
    booking_date: date,
) -> Transaction:
    """Write the legs of `event`; zero amounts are left out.

    The database refuses, at commit, legs that do not sum to zero by currency,
    and an event that was booked before.
    """
    booked = Transaction.objects.create(
        event=event, thread=thread, text=text, value_date=value_date, booking_date=booking_date, created_at=at
    )
    legs = []
    for posting in postings:
        if not posting.amount:
            continue
        account, _ = Account.objects.get_or_create(
            book=book, kind=posting.kind, party=posting.party, currency=posting.amount.currency
        )
        legs.append(Leg(transaction=booked, account=account, minor=posting.amount.minor))
    Leg.objects.bulk_create(legs)
    return booked
