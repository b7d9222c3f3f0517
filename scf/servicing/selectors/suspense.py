"""Money that waits for a person: which, since when, and how old by business days."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from scf.domain.money import Money
from scf.kernel.calendars import calendar_for
from scf.parties.models import Membership

from ..models import IncomingPayment
from .payments import incoming_visible_to, with_waiting

State = IncomingPayment.State
# The oldest age in business days of each bucket but the last.
BUCKETS = (0, 3, 10)


def to_decide(membership: Membership | None) -> QuerySet[IncomingPayment]:
    """What a clerk has to decide: all in suspense, and what the bank took back or shows no more. By key."""
    is_gone = Q(returned_by__isnull=False) | Q(entry__missing_from__isnull=False)
    rows = incoming_visible_to(membership).filter(
        Q(state=State.SUSPENSE) | Q(is_gone, state__in=[State.ALLOCATED, State.SET_ASIDE])
    )
    return with_waiting(rows).order_by("id")


def business_days(since: date, today: date, currency: str) -> int:
    """Business days behind `since` up to `today`, included."""
    calendar, day, count = calendar_for(currency), since, 0
    while day < today:
        day += timedelta(days=1)
        count += calendar.is_business_day(day)
    return count


def bucket_of(age: int) -> int:
    """The number of the bucket of an age in business days."""
    return next((number for number, oldest in enumerate(BUCKETS) if age <= oldest), len(BUCKETS))


@dataclass(frozen=True, slots=True)
class Age:
    """A bucket: how many payments wait, and how much in each currency."""

    number: int
    count: int
    amounts: tuple[Money, ...]


def ages(today: date) -> list[Age]:
    """What waits in suspense by age since it was booked, the youngest first; one query, whole payments."""
    rows = IncomingPayment.objects.filter(state=State.SUSPENSE).values_list("entry__booking_date", "currency")
    counts: Counter[int] = Counter()
    sums: dict[int, Counter[str]] = {number: Counter() for number in range(len(BUCKETS) + 1)}
    for day, currency, count, minor in rows.annotate(Count("id"), Sum("amount_minor")).order_by():
        number = bucket_of(business_days(day, today, currency))
        counts[number] += count
        sums[number][currency] += minor
    return [
        Age(number, counts[number], tuple(Money(minor, currency) for currency, minor in sorted(sums[number].items())))
        for number in range(len(BUCKETS) + 1)
    ]
