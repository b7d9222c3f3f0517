"""Reading reference rates: what is confirmed, what waits for a second person, which loans wait for a value."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Min, QuerySet

from scf.domain.rates import Agreement, Index, Table, Value
from scf.kernel.calendars import china

from ..models import RateProposal, RateWatch, ReferenceRate


def table_of(index: str, known_at: datetime | None = None) -> Table:
    """The confirmed values of an index, corrections counting; as they were known at `known_at`. One query."""
    rows = ReferenceRate.objects.filter(index=index)
    if known_at is not None:
        rows = rows.filter(confirmed_at__lte=known_at)
    found: dict[date, Decimal] = dict(rows.order_by("confirmed_at", "id").values_list("effective_from", "rate"))
    values = tuple(Value(day, found[day]) for day in sorted(found))
    return Table(Index(index), values, china())


def tables(known_at: datetime | None = None) -> dict[str, Table]:
    """Of every index."""
    return {str(index): table_of(index, known_at) for index in Index}


def rate_on(agreement: Agreement, day: date, otherwise: Decimal) -> Decimal:
    """The yearly rate of a loan drawn on `day`, by what is confirmed now.

    Where the value of that day is not known, by the last one before it: close
    of business corrects that when the value comes. `otherwise` for fixed rates,
    and before the first value.
    """
    if agreement.index is None:
        return otherwise
    known = [value for value in table_of(agreement.index).values if value.effective_from <= day]
    return agreement.rate(known[-1].rate) if known else otherwise


def offered_rate(agreement: Agreement, today: date) -> Decimal:
    """What an offer made today would cost a year. Raises RateUnknown where today's value is not confirmed."""
    assert agreement.index is not None, "a fixed rate is given, not found"
    return agreement.rate(table_of(agreement.index).on(today).rate)


def confirmed(index: str) -> QuerySet[ReferenceRate]:
    """What is confirmed of an index, the newest day first, a correction before what it corrects."""
    return (
        ReferenceRate.objects.filter(index=index)
        .select_related("proposed_by", "confirmed_by")
        .order_by("-effective_from", "-confirmed_at", "-id")
    )


def proposals() -> QuerySet[RateProposal]:
    """What waits for a second person, the oldest day first."""
    waiting = RateProposal.objects.filter(state=RateProposal.State.PROPOSED)
    return waiting.select_related("proposed_by").order_by("effective_from", "index", "id")


def replaced_by(rows: Iterable[RateProposal]) -> dict[tuple[str, date], Decimal]:
    """What is confirmed already for the days of these proposals: by index and day, a fraction of one."""
    days = {row.effective_from for row in rows}
    found = ReferenceRate.objects.filter(effective_from__in=days).order_by("confirmed_at", "id")
    return {(row.index, row.effective_from): row.rate for row in found}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Loans that go on at an old rate because a value is missing."""

    index: str
    since: date
    loans: int


def waiting_loans() -> list[Waiting]:
    """By index: how many loans wait for a value, and since which fixing."""
    rows = RateWatch.objects.filter(missing_on__isnull=False).values("index").order_by("index")
    found = rows.annotate(since=Min("missing_on"), loans=Count("loan_id"))
    return [Waiting(row["index"], row["since"], row["loans"]) for row in found]


def followers() -> dict[str, int]:
    """By index: how many loans follow it and will take it over again."""
    rows = RateWatch.objects.filter(next_look__isnull=False).values("index").order_by("index")
    return {row["index"]: row["loans"] for row in rows.annotate(loans=Count("loan_id"))}
