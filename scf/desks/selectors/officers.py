"""The homes of the platform's reviewers and of lenders' officers."""

# budget: a home page shows what every app knows of its people
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum

from scf.banks import selectors as banks
from scf.banks.selectors import appetites
from scf.collateral.selectors import caps, security
from scf.domain.money import Money
from scf.financing import selectors as financing
from scf.financing.models import Application, BankCase
from scf.ledger.models import Account, Leg
from scf.parties.access import may
from scf.parties.models import Membership
from scf.servicing import selectors as servicing
from scf.servicing.models import Loan, LoanChange
from scf.servicing.selectors.changes import changes_visible_to

from .charts import ageing, bars, concentration, income_by_month, limit_use


def reviewer_home(membership: Membership, now: datetime) -> dict[str, Any]:
    """The queue first; then cases per state and how fast the platform is."""
    rows = financing.queue(membership=membership, chip="todo", limit=8)
    cases = financing.applications_visible_to(membership)
    counts = dict(cases.order_by().values_list("state").annotate(Count("pk")))
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
        "pace": cases.filter(submitted_at__gte=now - timedelta(days=30)).count(),
    }


def _changes_for(membership: Membership) -> list[LoanChange]:
    """Changes of loans that a checker may decide: not those proposed under another hat."""
    if not may(membership, "servicing.decide"):
        return []
    waiting = changes_visible_to(membership).filter(state=LoanChange.State.PROPOSED)
    return list(waiting.exclude(made_by__user=membership.user_id).order_by("id")[:5])


def _limits_of(membership: Membership, on: date) -> list[tuple[str, Money, Money]]:
    """A lender's limits in force with their use: those it has set, and the one on itself."""
    rows = caps.caps_visible_to(membership).filter(valid_from__lte=on)
    found = list(rows.filter(Q(valid_to=None) | Q(valid_to__gte=on)))
    return [
        (f"{row.get_level_display()} · {row.whom}", cap.limit, cap.used)
        for row, cap in zip(found, caps.with_use(found), strict=True)
    ]


def bank_home(membership: Membership, now: datetime, on: date) -> dict[str, Any]:
    """What waits for maker or checker; then the lender's own portfolio."""
    rows = financing.queue(membership=membership, chip="todo", limit=8)
    loans = servicing.loans_visible_to(membership).exclude(state=Loan.State.CLOSED)
    standings = servicing.standings(loans, on)
    currencies = sorted({s.loan.currency for s in standings}, key=lambda c: (c != "CNY", c))
    expiring = financing.bank_cases_visible_to(membership).filter(
        state=BankCase.State.OFFERED, expires_on__lte=on + timedelta(days=2)
    )
    # What loan events took from the receivable; close of business is what adds to it.
    income = Leg.objects.filter(
        account__book__bank=membership.organisation,
        account__kind=Account.Kind.INTEREST_RECEIVABLE,
        transaction__event__startswith="servicing.loanevent:",
    )
    main = currencies[0] if currencies else "CNY"
    in_main = [s for s in standings if s.loan.currency == main]
    return {
        "rows": [(row, row.age(now), row.is_late(now)) for row in rows],
        "expiring": list(expiring[:5]),
        "changes": _changes_for(membership),
        "appetites": list(appetites.to_confirm(membership)[:5]) if may(membership, "banks.confirm_appetite") else [],
        "calls": security.open_calls(membership) if may(membership, "collateral.decide") else [],
        "goods_changes": security.proposed_changes(membership),
        "files": banks.files_by_hand(membership).filter(taken_at=None).count(),
        "currency": main,
        "outstanding": sum(s.now.principal.minor for s in in_main),
        "loan_count": len(in_main),
        "overdue": sum(s.now.principal.minor for s in in_main if s.now.days_past_due),
        "income": -(income.filter(account__book__currency=main).aggregate(sum=Sum("minor"))["sum"] or 0),
        "ageing": ageing(in_main, main),
        "concentration": concentration(in_main, main),
        "by_supplier": concentration(in_main, main, by="supplier"),
        "limits": limit_use(_limits_of(membership, on)),
        "income_by_month": income_by_month(income.filter(account__book__currency=main), main, on),
    }
