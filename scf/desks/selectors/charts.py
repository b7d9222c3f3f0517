"""The charts of the home pages: figures in, bars out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from scf.domain.money import Money
from scf.ledger.models import Leg
from scf.parties.access import is_platform
from scf.parties.models import Membership
from scf.servicing.selectors import Standing

BUCKETS = ("CURRENT", "1-30", "31-60", "61-90", "91-270", "271-360", "360+")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: its label, its text, its share of the longest (0 to 100), and a tone."""

    label: str
    text: str
    share: int
    tone: str = "move"


def bars(rows: Sequence[tuple[str, int, str, str]]) -> list[Bar]:
    """Bars from (label, size, text, tone); the longest fills the width."""
    longest = max((size for _label, size, _text, _tone in rows), default=0) or 1
    return [Bar(label, text, max(1 if size else 0, size * 100 // longest), tone) for label, size, text, tone in rows]


def ageing(standings: list[Standing], currency: str) -> list[Bar]:
    """Principal by days past due."""
    sums = dict.fromkeys(BUCKETS, 0)
    for stand in standings:
        sums[stand.bucket] += stand.now.principal.minor
    return bars([
        (_("not overdue") if bucket == "CURRENT" else _("%(range)s days") % {"range": bucket}, minor,
             f"{Money(minor, currency).amount:,}", "good" if bucket == "CURRENT" else "bad")
        for bucket, minor in sums.items() if minor or bucket == "CURRENT"
    ])  # fmt: skip


NEARLY_PERCENT, FULL_PERCENT, LIMITS_SHOWN = 80, 100, 6


def limit_use(caps: Sequence[tuple[str, Money, Money]]) -> list[Bar]:
    """How much of each limit is in use, (name, limit, used), the fullest first; the bar is the share of the limit."""
    found = []
    for name, limit, used in caps:
        percent = used.minor * 100 // limit.minor if limit.minor else FULL_PERCENT
        tone = "bad" if percent >= FULL_PERCENT else "wait" if percent >= NEARLY_PERCENT else "good"
        text = _("%(used)s of %(limit)s (%(percent)s %%)") % {
            "used": f"{used.amount:,}", "limit": limit, "percent": percent
        }  # fmt: skip
        found.append((percent, Bar(name, text, min(percent, 100), tone)))
    return [bar for _percent, bar in sorted(found, key=lambda pair: -pair[0])[:LIMITS_SHOWN]]


def income_by_month(legs: QuerySet[Leg], currency: str, on: date) -> list[Bar]:
    """Interest received in each of the last six months, the present one last; one query."""
    months = [_months_before(on, back) for back in range(MONTHS_SHOWN - 1, -1, -1)]
    rows = legs.filter(transaction__value_date__gte=months[0]).annotate(month=TruncMonth("transaction__value_date"))
    sums = dict(rows.order_by().values_list("month").annotate(sum=Sum("minor")))
    found = [(f"{month:%Y-%m}", -sums.get(month, 0)) for month in months]
    return bars([(name, minor, f"{Money(minor, currency).amount:,}", "good") for name, minor in found])


MONTHS_SHOWN = 6


def _months_before(on: date, back: int) -> date:
    years, month = divmod(on.year * 12 + on.month - 1 - back, 12)
    return date(years, month + 1, 1)


def concentration(standings: list[Standing], currency: str, *, by: str = "buyer") -> list[Bar]:
    """Principal by buyer, or by supplier, largest first."""
    sums: dict[str, int] = {}
    for stand in standings:
        name = str(getattr(stand.loan, by) or _("stored goods"))
        sums[name] = sums.get(name, 0) + stand.now.principal.minor
    top = sorted(sums.items(), key=lambda pair: -pair[1])[:6]
    return bars([(name, minor, f"{Money(minor, currency).amount:,}", "move") for name, minor in top])


def cash_by_day(membership: Membership, on: date, days: int = 14) -> list[dict[str, Any]]:
    """Money out (loans paid) and in (repayments) of the last `days` days, CNY, for a chart; of a lender its own."""
    first = on - timedelta(days=days - 1)
    legs = Leg.objects.filter(account__book__currency="CNY", transaction__value_date__range=(first, on))
    if not is_platform(membership):
        legs = legs.filter(account__book__bank=membership.organisation)
    sums = {
        (day, kind): minor or 0
        for day, kind, minor in legs.filter(account__kind__in=["FUNDING", "COLLECTION"])
        .values_list("transaction__value_date", "account__kind")
        .annotate(Sum("minor"))
        .order_by()
    }
    rows: list[dict[str, Any]] = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        rows.append({"day": day, "out": -sums.get((day, "FUNDING"), 0), "in": sums.get((day, "COLLECTION"), 0)})
    longest = max((max(row["out"], row["in"]) for row in rows), default=0) or 1
    for index, row in enumerate(rows):
        row |= {"x": index * 40 + 10, "out_h": row["out"] * 100 // longest, "in_h": row["in"] * 100 // longest}
        row |= {"out_y": 110 - row["out_h"], "in_y": 110 - row["in_h"], "in_x": row["x"] + 14}
    return rows
