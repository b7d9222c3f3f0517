"""Cover of running loans: told what is owed, looked at after every change, called where it is too little."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from scf.domain import claims, margin
from scf.domain.money import Money
from scf.kernel import audit, lifecycle, outbox
from scf.kernel.calendars import calendar_for
from scf.kernel.clock import day_of

from ..models import Commodity, CoverCheck, Exposure, MarginCall, Pledge, PledgeLine, PledgeValue
from ..selectors.offers import WAREHOUSE
from . import valuing

Cause = CoverCheck.Cause
CALL_DAYS = 5  # business days that a supplier has to cure a call
# One look at many pledges: what their goods carry, and a row of history where the figures have moved.
LOOK = """
    WITH sums AS (
        SELECT l.pledge_id, sum(v.carries_minor) AS carries
        FROM collateral_pledgeline l JOIN collateral_pledgevalue v ON v.line_id = l.id
        WHERE l.counts AND l.pledge_id = ANY(%(pledges)s) GROUP BY l.pledge_id
    ), moved AS (
        UPDATE collateral_exposure e SET carries_minor = coalesce(s.carries, 0), checked_at = %(at)s
        FROM collateral_exposure old LEFT JOIN sums s ON s.pledge_id = old.pledge_id
        WHERE e.pledge_id = old.pledge_id AND old.pledge_id = ANY(%(pledges)s)
          AND (e.carries_minor <> coalesce(s.carries, 0) OR e.checked_at IS NULL OR %(is_news)s)
        RETURNING e.pledge_id, e.owed_minor, e.carries_minor, e.currency
    )
    INSERT INTO collateral_covercheck (pledge_id, at, "on", cause, owed_minor, carries_minor, currency)
    SELECT pledge_id, %(at)s, %(on)s, %(cause)s, owed_minor, carries_minor, currency FROM moved
"""
# Whoever values goods takes the pledges' rows first, by ascending id, and then their values and exposures: two at once
# wait for each other instead of locking each other out.
HOLD = """
    SELECT id FROM collateral_pledge WHERE id IN (
        SELECT l.pledge_id FROM collateral_pledgevalue v JOIN collateral_pledgeline l ON l.id = v.line_id
        WHERE v.commodity_id = %s AND l.counts
    ) ORDER BY id FOR NO KEY UPDATE
"""


@transaction.atomic
def tell_owed(*, reference: str, loan: str, owed: Money, paid: Money, at: datetime) -> None:
    """Servicing says how the loan on a case's pledge stands; its cover is looked at.

    owed  the principal that is outstanding; paid: what the buyer of the goods itself has paid so far
    """
    pledge = Pledge.objects.select_for_update().filter(reference=reference).first()
    if pledge is None:
        return
    row, _made = Exposure.objects.get_or_create(
        pledge=pledge, defaults={"loan": loan, "owed_minor": owed.minor, "currency": owed.currency}
    )
    if (row.owed_minor, row.loan) != (owed.minor, loan):
        row.owed_minor, row.loan = owed.minor, loan
        row.save(update_fields=["owed_minor", "loan"])
    if _mark_paid(pledge, paid):
        valuing.value_pledges([pledge.pk], on=day_of(at))
    _look([pledge.pk], cause=Cause.PAYMENT, at=at, is_news=True)


def _mark_paid(pledge: Pledge, paid: Money) -> bool:
    """Write down which of the pledged claims the buyer has paid; True where that has changed.

    What was paid before stays the first to be paid. Goods in store are no claim on anybody, and what is released or
    sold stays as it was then.
    """
    if pledge.state not in (Pledge.State.PLEDGED, Pledge.State.ENFORCING):
        return False
    lines = pledge.lines.filter(counts=True, ranks_second=False, currency=paid.currency, worth__isnull=False)
    rows = lines.exclude(product=WAREHOUSE).select_related("worth", "came_from")
    in_order = sorted(rows, key=lambda row: (not row.paid_quantity, row.pk))
    known = claims.paid_for([claims.Claim(row.quantity, row.worth.book_price) for row in in_order], paid)
    told = [(row, max(quantity, _paid_before(row))) for row, quantity in zip(in_order, known, strict=True)]
    changed = [(row, quantity) for row, quantity in told if row.paid_quantity != quantity]
    for row, quantity in changed:
        PledgeLine.objects.filter(pk=row.pk).update(paid_quantity=quantity)
    return bool(changed)


def _paid_before(row: PledgeLine) -> Decimal:
    """What of the goods the buyer had paid for while they stood behind a loan that this one has paid off."""
    first = row.came_from
    is_another_loans = first is not None and first.pledge_id != row.pledge_id
    return min(row.quantity, first.paid_quantity) if first is not None and is_another_loans else Decimal(0)


@transaction.atomic
def carried_now(reference: str, currency: str, *, at: datetime) -> Money:
    """What the goods behind a case carry now, valued anew from their papers and prices under the pledge's lock."""
    pledge = Pledge.objects.select_for_update().get(reference=reference)
    valuing.value_pledges([pledge.pk], on=day_of(at))
    rows = PledgeValue.objects.filter(line__pledge=pledge, line__counts=True, currency=currency)
    return Money(sum(rows.values_list("carries_minor", flat=True)), currency)


@transaction.atomic
def look_again(pledge_ids: Iterable[int], *, cause: str, at: datetime) -> None:
    """Value these pledges anew from their papers and look at their cover. Safe to repeat."""
    wanted = sorted(set(pledge_ids))
    list(Pledge.objects.select_for_update().filter(pk__in=wanted).order_by("pk").values_list("pk"))
    valuing.value_pledges(wanted, on=day_of(at))
    _look(wanted, cause=cause, at=at)


@transaction.atomic
def reprice(*, commodity_id: int, at: datetime) -> int:
    """A commodity has a new price, or an old one has aged: value all pledges on it, set by set; lines touched."""
    commodity = Commodity.objects.get(pk=commodity_id)
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [commodity_id])
        pledges = [pk for (pk,) in cursor.fetchall()]
    touched = valuing.value_commodity(commodity, pledges, on=day_of(at)) if pledges else 0
    if touched:
        _write_checks(pledges, cause=Cause.PRICE, at=at)
        _call(Exposure.objects.filter(pledge__lines__worth__commodity=commodity_id, pledge__lines__counts=True), at=at)
    return touched


def close_day(*, on: date, at: datetime) -> None:
    """What a day's end brings: prices have aged, storage and insurance may have ended, calls may be overdue.

    on  the day that now begins. Safe to repeat.
    """
    for pk in Commodity.objects.order_by("pk").values_list("pk", flat=True):
        reprice(commodity_id=pk, at=at)
    ended = PledgeValue.objects.filter(supported_to__lt=on, base_quantity__gt=0, line__counts=True)
    look_again(ended.values_list("line__pledge_id", flat=True), cause=Cause.DAY, at=at)
    overdue = MarginCall.objects.filter(state=MarginCall.State.OPEN, deadline__lt=on)
    for pk in overdue.values_list("pk", flat=True):
        with transaction.atomic():
            outbox.put(topic="collateral.margin.overdue", payload={"call_id": pk, "on": on.isoformat()}, at=at)


def _look(pledge_ids: list[int], *, cause: str, at: datetime, is_news: bool = False) -> None:
    _write_checks(pledge_ids, cause=cause, at=at, is_news=is_news)
    _call(Exposure.objects.filter(pledge_id__in=pledge_ids), cause=cause, at=at)


def _write_checks(pledge_ids: list[int], *, cause: str, at: datetime, is_news: bool = False) -> None:
    facts: dict[str, Any] = {"pledges": pledge_ids, "cause": cause, "at": at, "on": day_of(at), "is_news": is_news}
    with connection.cursor() as cursor:
        cursor.execute(LOOK, facts)


def _call(exposures: QuerySet[Exposure], *, at: datetime, cause: str = Cause.PRICE) -> None:
    """Make calls where cover is too little, and end those that are cured; the rest is not even read."""
    running = exposures.filter(pledge__state=Pledge.State.PLEDGED).distinct()
    short = running.filter(carries_minor__lt=F("owed_minor") * F("call_below"))
    open_calls = MarginCall.objects.filter(state=MarginCall.State.OPEN)
    for exposure in short.exclude(pledge__margin_calls__state__in=["OPEN", "FORCED_SALE"]).select_related("pledge"):
        _make(exposure, cause, at)
    for call in open_calls.filter(pledge__exposure__in=running).select_related("pledge__exposure"):
        _follow(call, call.pledge.exposure, at)


def _make(exposure: Exposure, cause: str, at: datetime) -> None:
    carries = Money(exposure.carries_minor, exposure.currency)
    cash = margin.cash_to_cure(carries, exposure.owed, exposure.thresholds)
    deadline = calendar_for(exposure.currency).add_business_days(day_of(at), CALL_DAYS)
    call = MarginCall.objects.create(
        pledge=exposure.pledge, cause=cause, made_at=at, amount_minor=cash.minor, currency=cash.currency,
        deadline=deadline, is_urgent=_is_urgent(exposure),
    )  # fmt: skip
    facts = {"amount": str(cash), "deadline": deadline.isoformat(), "loan": exposure.loan}
    audit.record(action="margin.call", subject=call, by=None, at=at, thread=exposure.pledge.thread, after=facts)
    outbox.put(topic="collateral.margin.called", payload={"call_id": call.pk}, at=at)


def _is_urgent(exposure: Exposure) -> bool:
    carries = Money(exposure.carries_minor, exposure.currency)
    return margin.judge(carries, exposure.owed, exposure.thresholds) == margin.Standing.SALE


def _follow(call: MarginCall, exposure: Exposure, at: datetime) -> None:
    """An open call asks for what is missing now, is cured once nothing is, and urgent below the sale threshold."""
    carries = Money(exposure.carries_minor, exposure.currency)
    missing = margin.cash_to_cure(carries, exposure.owed, exposure.thresholds)
    if missing.minor and call.amount_minor != missing.minor:
        call.amount_minor = missing.minor
        call.save(update_fields=["amount_minor"])
    if not missing.minor:
        lifecycle.fire(call, "cure", by=None, at=at, thread=exposure.pledge.thread)
        outbox.put(topic="collateral.margin.cured", payload={"call_id": call.pk}, at=at)
    elif call.is_urgent != _is_urgent(exposure):
        call.is_urgent = not call.is_urgent
        call.save(update_fields=["is_urgent"])
        if call.is_urgent:
            outbox.put(topic="collateral.margin.urgent", payload={"call_id": call.pk}, at=at)
