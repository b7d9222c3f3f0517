"""The supplier's home: what can be borrowed today, what waits, which loans run."""

# budget: a home page shows a little of everything
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from scf.collateral import selectors as collateral
from scf.collateral.selectors import security
from scf.domain.money import Money
from scf.financing import selectors as financing
from scf.financing.models import BankCase
from scf.notifications import selectors as notifications
from scf.notifications.services import text_of
from scf.orders.selectors import TooManyLines
from scf.parties import refusals
from scf.parties.models import Membership
from scf.servicing import selectors as servicing
from scf.servicing.models import Loan

from .charts import bars

MOVING = ("SUBMITTED", "IN_REVIEW", "ROUTED", "ACCEPTED", "PLEDGED", "DISBURSING", "PAYMENT_FAILED")


def supplier_home(membership: Membership, on: date) -> dict[str, Any]:
    """What can be borrowed today, what waits, which loans run."""
    products = financing.products()
    terms, too_many = {code: product.terms for code, product in products.items()}, ""
    try:
        found = collateral.offerables(organisation=membership.organisation, terms=terms, on=on)
    except TooManyLines as refusal:  # the rest of the page is of use all the same
        found, too_many = [], refusals.explain(refusal)
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
    loans = servicing.loans_visible_to(membership).exclude(state=Loan.State.CLOSED).order_by("due_on", "id")
    return {
        "figures": [f for f in figures if f["gross"]],
        "too_many": too_many,
        "calls": security.open_calls(membership),
        "waiting": list(waiting.distinct().order_by("-waiting_since")[:8]),
        "moving": list(
            cases.filter(state__in=MOVING).exclude(pk__in=waiting.values("pk")).order_by("-waiting_since")[:5]
        ),
        "loans": servicing.standings(loans[:8], on),
        "messages_recent": recent_messages(membership),
    }


def recent_messages(membership: Membership) -> list[tuple[Any, str]]:
    """The newest messages with their words."""
    return [(message, text_of(message)) for message in notifications.inbox(membership)[:5]]
