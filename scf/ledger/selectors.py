"""Reading the books."""

from typing import Any

from django.db.models import QuerySet, Sum

from .models import Leg


def legs_of_thread(thread: str) -> QuerySet[Leg]:
    """All legs that a loan caused, in the order in which they were booked."""
    found = Leg.objects.filter(transaction__thread=thread).select_related("transaction", "account", "account__party")
    return found.order_by("transaction__value_date", "transaction_id", "id")


def unbalanced() -> list[Any]:
    """Transactions whose legs do not sum to zero by currency; empty in a sound database."""
    sums = Leg.objects.values("transaction_id", "account__currency").annotate(sum=Sum("minor"))
    return list(sums.exclude(sum=0))
