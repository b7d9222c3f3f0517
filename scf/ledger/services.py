"""Posting transactions: once per event, balanced in every book, for ever."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from .models import Account, Book, Leg, Transaction

AccountKey = tuple[int, str, int | None]


@dataclass(frozen=True, slots=True)
class Posting:
    """A leg to be: debit where `minor` is positive, credit where negative.

    party_id  the supplier whose account it is; None for the lender's own
    """

    book: Book
    kind: str
    minor: int
    party_id: int | None = None

    @property
    def key(self) -> AccountKey:
        """The account that it goes to."""
        return self.book.pk, self.kind, self.party_id


def book_of(*, bank_id: int, product: str, currency: str) -> Book:
    """The lender's book for a product and currency, opened where there is none; product "" for suspense."""
    return Book.objects.get_or_create(bank_id=bank_id, product=product, currency=currency)[0]


@dataclass(frozen=True, slots=True)
class Journal:
    """A transaction to be; see scf.ledger.models.Transaction."""

    event: str
    thread: str
    text: str
    postings: Sequence[Posting]
    value_date: date


@transaction.atomic(savepoint=False)
def post(journals: Iterable[Journal], *, at: datetime, booking_date: date) -> list[Transaction]:
    """Write the legs of each journal; zero amounts are left out, and a journal without any, too.

    The database refuses, at commit, legs that do not sum to zero in each book,
    and at once an event that was booked before.
    """
    wanted = [(journal, [posting for posting in journal.postings if posting.minor]) for journal in journals]
    wanted = [(journal, postings) for journal, postings in wanted if postings]
    booked = Transaction.objects.bulk_create(
        Transaction(
            event=journal.event, thread=journal.thread, text=journal.text, value_date=journal.value_date,
            booking_date=booking_date, created_at=at,
        )
        for journal, _ in wanted
    )  # fmt: skip
    accounts = _accounts({posting.key for _, postings in wanted for posting in postings})
    Leg.objects.bulk_create(
        Leg(transaction=row, account_id=accounts[posting.key], minor=posting.minor)
        for row, (_, postings) in zip(booked, wanted, strict=True)
        for posting in postings
    )
    return booked


def _accounts(keys: Iterable[AccountKey]) -> dict[AccountKey, int]:
    """The accounts' rows, opened where there are none: one question for any number."""
    wanted = set(keys)
    if not wanted:
        return {}
    found = _known(wanted)
    missing = sorted(wanted - found.keys(), key=repr)
    if missing:
        opened = [Account(book_id=book, kind=kind, party_id=party) for book, kind, party in missing]
        Account.objects.bulk_create(opened, ignore_conflicts=True)  # somebody else may open it at the same moment
        found = _known(wanted)
    return found


def _known(keys: set[AccountKey]) -> dict[AccountKey, int]:
    rows = Account.objects.filter(
        book_id__in={book for book, _kind, _party in keys}, kind__in={kind for _book, kind, _party in keys}
    ).values_list("book_id", "kind", "party_id", "pk")
    return {(book, kind, party): pk for book, kind, party, pk in rows if (book, kind, party) in keys}
