"""A loan: what closes it, where it stands, its plan, what happened, and how each figure comes about."""

from datetime import date
from typing import Any

from django import http, shortcuts
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.views import View

from scf.collateral.selectors import cover_of
from scf.documents.portfolio import class_name
from scf.domain.classes import Tier
from scf.domain.money import total
from scf.kernel import clock
from scf.parties.access import is_platform, may
from scf.parties.models import Membership

from .. import forms, selectors
from ..models import Loan, LoanEvent, RateWatch, ResetName
from ..selectors import changes, explain, grades, names, papers
from .base import SeesLoans, asked_day
from .charts import principal

# budget: nine neighbours, because the page shows one thing from every side

CHANGES_SHOWN = 20
# What the page knows of today only, and leaves out where it shows what was known earlier.
LATER: dict[str, Any] = {
    "follows": None, "refunds": [], "changes": [], "may_change": False, "grade": None, "may_see_books": False,
    "incoming": [], "state_is_todays": True, "cover": None,
}  # fmt: skip
TONES = {
    Tier.NORMAL: "good", Tier.SPECIAL_MENTION: "wait", Tier.SUBSTANDARD: "bad", Tier.DOUBTFUL: "bad", Tier.LOSS: "bad",
}  # fmt: skip
REPAYING = {"REPAYMENT", "PAYOFF", "RETURN", "BUY_BACK", "RECOVERY", "REFUND", "PASSED_ON"}


def rank_names() -> dict[str, str]:
    """What a payment settles, as people call it."""
    return {
        "PRINCIPAL": _("Principal"), "INTEREST": _("Interest"), "PENALTY": _("Penalty interest"),
        "COMPOUND": _("Compound interest"), "COSTS": _("Costs"),
    }  # fmt: skip


class LoanPage(SeesLoans, View):
    """A loan on a day."""

    def get(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The page; `?on=` asks for another day, `?known=` for what was known by the end of an earlier one."""
        loan, today = self.loan(number), clock.today()
        known = min(asked_day(request.GET.get("known", ""), today), today)
        if known < today:
            loan = selectors.as_known_on(loan, known)
        on = max(asked_day(request.GET.get("on", ""), today), loan.drawdown_date)
        context = {
            "loan": loan, "today": today, "on": on, "known": known, **_standing(loan, on), **_history(loan, today),
            "follows": _follows(loan),
            "month": forms.Month(initial={"month": min(today, loan.closed_on or today)}),
            "period": forms.Period(initial={"first": loan.drawdown_date, "last": today}),
            "refunds": selectors.refunds_of(loan), **_books(loan, self.membership),
            "changes": list(changes.changes_visible_to(self.membership).filter(loan=loan)[:CHANGES_SHOWN]),
            "may_change": may(self.membership, "servicing.propose"), **_grade(loan, on, self.membership),
            "cover": cover_of(loan.reference, clock.now()),
        }  # fmt: skip
        if known < today:
            context |= LATER
        return shortcuts.render(request, "servicing/loan.html", context)


def _follows(loan: Loan) -> dict[str, Any] | None:
    """What the rate follows, how often, and when it is next looked at; None where it is fixed."""
    agreement = loan.contract.agreement
    if not agreement.is_floating:
        return None
    watch = RateWatch.objects.filter(pk=loan.pk).first()
    return {"formula": names.formula(agreement), "reset": ResetName(agreement.reset).label, "watch": watch}


def _standing(loan: Loan, on: date) -> dict[str, Any]:
    """Where it stands, what closes it, the plan and the explanations."""
    stand, ranks = selectors.standing(loan, on), rank_names()
    quote = explain.quote(loan, on)
    return {
        "stand": stand, "quote": quote, "quoted": [(ranks[due], money) for due, money in quote.parts],
        "rows": [(row, row.due - row.principal - row.interest, _state(row, on)) for row in stand.now.rows],
        "figures": [(ranks[figure.due], figure) for figure in explain.explained(stand.now)],
        "lost": total(list(stand.now.written_off.values()), loan.currency),
        "payee": papers.payee_of(loan),
    }  # fmt: skip


def _state(row: Any, on: date) -> tuple[str, str, str]:
    """Tone, icon and words for an instalment."""
    if not row.outstanding:
        return ("good", "circle-check", _("paid"))
    if row.due_date < on:
        return ("bad", "alert-triangle", _("overdue"))
    if row.due_date == on:
        return ("wait", "calendar", _("due today"))
    return ("move", "calendar", _("partly paid") if row.paid else _("to come"))


def _history(loan: Loan, today: date) -> dict[str, Any]:
    movements = selectors.history(loan)
    repaid = [m for m in movements if m.event.kind in REPAYING and not m.is_taken_back]
    names = ("amount", "principal", "interest", "penalty", "compound", "costs", "surplus")
    return {
        "movements": movements,
        "has_compound": any(movement.compound for movement in movements),
        "has_costs": any(movement.costs for movement in movements),
        "sums": {name: total([getattr(m, name) for m in repaid], loan.currency) for name in names},
        "chart": principal(loan, movements, max(today, loan.due_on), today),
    }


def _grade(loan: Loan, on: date, membership: Membership) -> dict[str, Any]:
    """The class that the loan has with its lender: for the lender's officers and the platform's finance staff."""
    if membership.organisation_id != loan.bank_id and not may(membership, "servicing.reconcile"):
        return {}
    found = grades.grade_of(selectors.standing(loan, on), on)
    return {"grade": class_name(found.tier), "grade_tone": TONES[found.tier], "grade_reason": grades.reason_of(found)}


def _books(loan: Loan, membership: Membership) -> dict[str, Any]:
    """The ledger and the payments received, for the platform's finance staff and the lender whose book it is."""
    is_clerk = is_platform(membership) and may(membership, "servicing.reconcile")
    if not is_clerk and membership.organisation_id != loan.bank_id:
        return {"may_see_books": False}
    lines = selectors.ledger_lines(loan)
    return {
        "may_see_books": True, "ledger": lines, "debits": sum(line.debit_minor or 0 for line in lines),
        "credits": sum(line.credit_minor or 0 for line in lines),
        "incoming": received(loan),
    }  # fmt: skip


def received(loan: Loan) -> QuerySet[LoanEvent]:
    """What of payments stands on the loan, with the movements at the bank."""
    found = loan.events.exclude(incoming=None).filter(reversed_by=None)
    return found.select_related("incoming__entry").order_by("value_date", "id")
