"""The finance clerk's home."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from scf.banks import selectors as banks
from scf.banks.models import Payment
from scf.financing.models import Application
from scf.parties.access import is_platform
from scf.parties.models import Membership
from scf.servicing import selectors as servicing
from scf.servicing.models import IncomingPayment, Loan

from .charts import ageing, cash_by_day


def clerk_home(membership: Membership, on: date) -> dict[str, Any]:
    """Suspense, failed payments, what falls due; ageing and cash by day."""
    loans = servicing.loans_visible_to(membership).exclude(state=Loan.State.CLOSED).order_by("due_on", "id")
    standings = servicing.standings(loans, on)
    in_cny = [s for s in standings if s.loan.currency == "CNY"]
    suspense = servicing.incoming_visible_to(membership).filter(state=IncomingPayment.State.SUSPENSE)
    return {
        "suspense_count": suspense.count(),
        "suspense": list(suspense.order_by("id")[:6]),
        "failed": list(_failed_payments(membership)[:6]),
        "due": [s for s in standings if 0 <= s.days_left <= 14][:8],
        "overdue": [s for s in standings if s.now.days_past_due][:8],
        "ageing": ageing(in_cny, "CNY"),
        "cash": cash_by_day(membership, on),
    }


def _failed_payments(membership: Membership) -> QuerySet[Payment]:
    """All for the platform; for others those that they should have paid or received."""
    found = banks.failed_payments().filter(_unrepaired())
    if is_platform(membership):
        return found
    mine = membership.organisation
    return found.filter(Q(bank=mine) | Q(creditor_account__organisation=mine))


def _unrepaired() -> Q:
    numbers = Application.objects.filter(state=Application.State.PAYMENT_FAILED).values("number")
    return Q(reference__in=numbers) | Q(state=Payment.State.UNKNOWN)
