"""Reading the books."""

from typing import Any

from django.db.models import QuerySet, Sum

from .models import Leg


def legs_of_thread(thread: str) -> QuerySet[Leg]:
    """All legs that a loan caused, in the order in which they were booked."""
    found = Leg.objects.filter(transaction__thread=thread)
    found = found.select_related("transaction", "account__book", "account__party")
    return found.order_by("transaction__value_date", "transaction_id", "id")


def balances_of_thread(thread: str) -> dict[tuple[int, str, int | None], int]:
    """What a loan has booked so far, by book, kind and party of the account."""
    sums = Leg.objects.filter(transaction__thread=thread).values_list(
        "account__book_id", "account__kind", "account__party_id"
    )
    return {(book, kind, party): minor for book, kind, party, minor in sums.annotate(minor=Sum("minor")).order_by()}


def unbalanced() -> list[Any]:
    """Transactions whose legs do not sum to zero in a book; empty in a sound database."""
    sums = Leg.objects.values("transaction_id", "account__book_id").annotate(sum=Sum("minor"))
    return list(sums.exclude(sum=0))
