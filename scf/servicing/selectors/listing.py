"""The list of loans: chips, search, filters, keyset paging; and one's export jobs."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from scf.parties.access import may
from scf.parties.models import Membership

from ..models import ExportJob, Loan
from .loans import Standing, standings

CHIPS = ("running", "due_soon", "overdue", "closed", "written_off", "all")
SOON = timedelta(days=14)
LATEST_FIRST = {"closed", "written_off", "all"}
WRITTEN_OFF = (Loan.State.WRITTEN_OFF, Loan.State.RECOVERED)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for; empty means any. Due dates are both included."""

    chip: str = "running"
    text: str = ""
    bank_id: int | None = None
    supplier_id: int | None = None
    currency: str = ""
    due_from: date | None = None
    due_to: date | None = None
    is_borrower: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of loans with where they stand; next_after is None on the last one."""

    rows: list[Standing]
    next_after: str | None


def filtered(loans: QuerySet[Loan], filters: Filters, on: date) -> QuerySet[Loan]:
    """The loans that fit the filters on `on`."""
    # to the borrower a claim that is written off runs on
    is_open = ~Q(state__in=(Loan.State.CLOSED, *(() if filters.is_borrower else WRITTEN_OFF)))
    wanted = {
        "running": is_open,
        "due_soon": is_open & Q(due_on__gte=on, due_on__lte=on + SOON),
        "overdue": is_open & Q(due_on__lt=on),
        "closed": Q(state=Loan.State.CLOSED),
        "written_off": Q(state__in=WRITTEN_OFF),
    }.get(filters.chip, Q())
    if filters.text:
        names = ("number", "reference", "supplier__name", "supplier__name_en", "buyer__name", "buyer__name_en")
        text = Q()
        for name in names:
            text |= Q(**{f"{name}__icontains": filters.text})
        wanted &= text
    exact = {
        "bank_id": filters.bank_id, "supplier_id": filters.supplier_id, "currency": filters.currency,
        "due_on__gte": filters.due_from, "due_on__lte": filters.due_to,
    }  # fmt: skip
    return loans.filter(wanted, **{name: value for name, value in exact.items() if value})


def list_loans(loans: QuerySet[Loan], *, filters: Filters, on: date, after: str, limit: int) -> Page:
    """A page of loans by due date: the next one first, or the latest where past ones are asked for too.

    after  the cursor of the page before, "" for the first; one that cannot be read starts at the beginning
    """
    found = filtered(loans, filters, on)
    is_descending = filters.chip in LATEST_FIRST
    place = _place(after)
    if place is not None:
        day, pk = place
        beyond = "lt" if is_descending else "gt"
        found = found.filter(Q(**{f"due_on__{beyond}": day}) | Q(**{"due_on": day, f"id__{beyond}": pk}))
    order = ("-due_on", "-id") if is_descending else ("due_on", "id")
    rows = standings(found.order_by(*order)[: limit + 1], on)
    last = rows[limit - 1].loan if len(rows) > limit else None
    return Page(rows[:limit], f"{last.due_on}~{last.pk}" if last else None)


def sums_of(loans: QuerySet[Loan], *, filters: Filters, on: date) -> list[dict[str, Any]]:
    """Number and principal of the loans that fit, by currency."""
    found = filtered(loans, filters, on).order_by().values("currency")
    sums: Any = found.annotate(count=Count("id"), lent=Sum("principal_minor")).order_by("currency")
    return list(sums)


def _place(after: str) -> tuple[date, int] | None:
    day, _separator, pk = after.partition("~")
    try:
        return date.fromisoformat(day), int(pk)
    except ValueError:
        return None


def export_jobs_visible_to(membership: Membership | None) -> QuerySet[ExportJob]:
    """Jobs of the reader's organisation, newest first; none without the right to export."""
    jobs = ExportJob.objects.select_related("file", "requested_by__user").order_by("-id")
    if membership is None or not may(membership, "servicing.export"):
        return jobs.none()
    return jobs.filter(owner=membership.organisation)
