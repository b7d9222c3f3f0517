"""What each home page answers: what needs me now, then how things stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from scf.banks import selectors as banks
from scf.banks.models import Connection, Payment
from scf.collateral import selectors as collateral
from scf.domain.money import Money
from scf.financing import selectors as financing
from scf.financing.models import Application, BankCase
from scf.kernel.models import Heartbeat, OutboxMessage
from scf.ledger.models import Account, Leg
from scf.notifications import selectors as notifications
from scf.notifications.services import text_of
from scf.orders.selectors import documents_visible_to
from scf.parties.models import Membership, Organisation, User
from scf.servicing import selectors as servicing
from scf.servicing.models import IncomingPayment, Loan
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


def supplier_home(membership: Membership, on: date) -> dict[str, Any]:
    """What can be borrowed today, what waits, which loans run."""
    products = financing.products()
    found = collateral.offerables(
        organisation=membership.organisation, terms={code: product.terms for code, product in products.items()}
    )
    figures = []
    for currency in sorted({o.line.currency for o in found if o.line.currency}, key=lambda c: (c != "CNY", c)):
        mine = [o for o in found if o.line.currency == currency and o.value is not None]
        gross = sum(o.value.steps[0].left.minor for o in mine if o.value)
        eligible = sum(o.value.steps[1].left.minor for o in mine if o.value)
        lendable = collateral.available(found, currency)
        figures.append({"currency": currency, "gross": gross, "lendable": lendable.minor, "bars": bars([
            (_("on paper"), gross, f"{Money(gross, currency).amount:,}", "back"),
            (_("still free"), eligible, f"{Money(eligible, currency).amount:,}", "soft"),
            (_("can be borrowed"), lendable.minor, f"{lendable.amount:,}", "good"),
        ])})  # fmt: skip
    cases = financing.applications_visible_to(membership)
    waiting = cases.filter(state__in=["DRAFT", "RETURNED", "OFFERED"]) | cases.filter(
        bank_cases__state=BankCase.State.INFO_REQUESTED
    )
    loans = servicing.loans_visible_to(membership).exclude(state=Loan.State.CLOSED).order_by("maturity_date", "id")
    return {
        "figures": [f for f in figures if f["gross"]],
        "waiting": list(waiting.distinct().order_by("-waiting_since")[:8]),
        "moving": list(
            cases.filter(state__in=MOVING).exclude(pk__in=waiting.values("pk")).order_by("-waiting_since")[:5]
        ),
        "loans": servicing.standings(loans[:8], on),
        "messages_recent": recent_messages(membership),
    }


MOVING = ("SUBMITTED", "IN_REVIEW", "ROUTED", "ACCEPTED", "PLEDGED", "DISBURSING", "PAYMENT_FAILED")


def recent_messages(membership: Membership) -> list[tuple[Any, str]]:
    """The newest messages with their words."""
    return [(message, text_of(message)) for message in notifications.inbox(membership)[:5]]


def reviewer_home(membership: Membership, now: datetime) -> dict[str, Any]:
    """The queue first; then cases per state and how fast the platform is."""
    rows = financing.queue(membership=membership, chip="todo", limit=8)
    counts = dict(Application.objects.values_list("state").annotate(Count("pk")).order_by())
    funnel = [
        (str(label), counts.get(state, 0), str(counts.get(state, 0)), "move")
        for state, label in Application.State.choices
        if counts.get(state)
    ]
    late = sum(1 for row in financing.queue(membership=membership, chip="todo", limit=500) if row.is_late(now))
    return {
        "rows": [(row, row.age(now), row.is_late(now)) for row in rows],
        "unclaimed": counts.get("SUBMITTED", 0),
        "returned": counts.get("RETURNED", 0),
        "failed": counts.get("PAYMENT_FAILED", 0),
        "late": late,
        "funnel": bars(funnel),
        "pace": Application.objects.filter(submitted_at__gte=now - timedelta(days=30)).count(),
    }


def bank_home(membership: Membership, now: datetime, on: date) -> dict[str, Any]:
    """What waits for maker or checker; then the lender's own portfolio."""
    rows = financing.queue(membership=membership, chip="todo", limit=8)
    loans = servicing.loans_visible_to(membership).exclude(state=Loan.State.CLOSED)
    standings = servicing.standings(loans, on)
    currencies = sorted({s.loan.currency for s in standings}, key=lambda c: (c != "CNY", c))
    expiring = financing.bank_cases_visible_to(membership).filter(
        state=BankCase.State.OFFERED, expires_on__lte=on + timedelta(days=2)
    )
    income = Leg.objects.filter(account__book=membership.organisation, account__kind=Account.Kind.INTEREST)
    main = currencies[0] if currencies else "CNY"
    in_main = [s for s in standings if s.loan.currency == main]
    return {
        "rows": [(row, row.age(now), row.is_late(now)) for row in rows],
        "expiring": list(expiring[:5]),
        "currency": main,
        "outstanding": sum(s.now.principal.minor for s in in_main),
        "loan_count": len(in_main),
        "overdue": sum(s.now.principal.minor for s in in_main if s.now.days_past_due),
        "income": -(income.filter(account__currency=main).aggregate(sum=Sum("minor"))["sum"] or 0),
        "ageing": ageing(in_main, main),
        "concentration": concentration(in_main, main),
    }


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


def concentration(standings: list[Standing], currency: str) -> list[Bar]:
    """Principal by buyer, largest first."""
    sums: dict[str, int] = {}
    for stand in standings:
        name = str(stand.loan.buyer or _("stored goods"))
        sums[name] = sums.get(name, 0) + stand.now.principal.minor
    top = sorted(sums.items(), key=lambda pair: -pair[1])[:6]
    return bars([(name, minor, f"{Money(minor, currency).amount:,}", "move") for name, minor in top])


def clerk_home(membership: Membership, on: date) -> dict[str, Any]:
    """Suspense, failed payments, what falls due; ageing and cash by day."""
    loans = servicing.loans_visible_to(membership).exclude(state=Loan.State.CLOSED).order_by("maturity_date", "id")
    standings = servicing.standings(loans, on)
    in_cny = [s for s in standings if s.loan.currency == "CNY"]
    suspense = servicing.incoming_visible_to(membership).filter(state=IncomingPayment.State.SUSPENSE)
    return {
        "suspense_count": suspense.count(),
        "suspense": list(suspense.order_by("id")[:6]),
        "failed": list(banks.failed_payments().filter(_unrepaired())[:6]),
        "due": [s for s in standings if 0 <= s.days_left <= 14][:8],
        "overdue": [s for s in standings if s.now.days_past_due][:8],
        "ageing": ageing(in_cny, "CNY"),
        "cash": cash_by_day(on),
    }


def _unrepaired() -> Q:
    numbers = Application.objects.filter(state=Application.State.PAYMENT_FAILED).values("number")
    return Q(reference__in=numbers) | Q(state=Payment.State.UNKNOWN)


def cash_by_day(on: date, days: int = 14) -> list[dict[str, Any]]:
    """Money out (loans paid) and in (repayments) of the last `days` days, CNY, for a chart."""
    first = on - timedelta(days=days - 1)
    legs = Leg.objects.filter(account__currency="CNY", transaction__value_date__range=(first, on))
    sums = {
        (day, kind): minor or 0
        for day, kind, minor in legs.filter(account__kind__in=["FUNDING", "COLLECTION"])
        .values_list("transaction__value_date", "account__kind")
        .annotate(Sum("minor"))
        .order_by()
    }
    rows = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        rows.append({"day": day, "out": -sums.get((day, "FUNDING"), 0), "in": sums.get((day, "COLLECTION"), 0)})
    longest = max((max(row["out"], row["in"]) for row in rows), default=0) or 1
    for index, row in enumerate(rows):
        row |= {"x": index * 40 + 10, "out_h": row["out"] * 100 // longest, "in_h": row["in"] * 100 // longest}
        row |= {"out_y": 110 - row["out_h"], "in_y": 110 - row["in_h"], "in_x": row["x"] + 14}
    return rows


def administrator_home(now: datetime) -> dict[str, Any]:
    """What is unhealthy; then users and organisations."""
    stuck = OutboxMessage.objects.filter(delivered_at=None, attempts__gte=3)
    beat = Heartbeat.objects.filter(name="worker").first()
    return {
        "worker_at": beat.at if beat else None,
        "stuck": list(stuck.order_by("due_at")[:10]),
        "stuck_count": stuck.count(),
        "waiting": OutboxMessage.objects.filter(delivered_at=None, due_at__lte=now).count(),
        "silent": list(Connection.objects.exclude(silent_since=None).select_related("bank")),
        "users": User.objects.filter(is_active=True).count(),
        "organisations": Organisation.objects.filter(is_active=True).count(),
    }


def search(membership: Membership, text: str) -> dict[str, Any]:
    """Cases, loans and documents whose number or party fits, each among what the reader may see."""
    by_party = Q(supplier__name__icontains=text) | Q(supplier__name_en__icontains=text)
    cases = financing.applications_visible_to(membership).filter(Q(number__icontains=text) | by_party)
    loans = servicing.loans_visible_to(membership).filter(
        Q(number__icontains=text) | Q(reference__icontains=text) | by_party
    )
    documents = documents_visible_to(membership).filter(number__icontains=text)
    return {
        "cases": list(cases.distinct().order_by("-pk")[:20]),
        "loans": list(loans.order_by("-pk")[:20]),
        "documents": list(documents.order_by("-pk")[:20]),
    }
