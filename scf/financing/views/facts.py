"""What pages show of a case, gathered once for the case page and every step."""

# budget: orchestration: a case shows what every app below knows of it
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scf.banks import selectors as banks
from scf.collateral import selectors as collateral
from scf.domain.eligibility import Result
from scf.domain.money import Money
from scf.kernel import clock
from scf.orders.models import TradeDocument
from scf.parties.models import Membership, Organisation
from scf.servicing import selectors as servicing

from .. import selectors
from ..models import Application, Auction
from ..services import checks
from .liquidation import pays_off
from .security import security_context
from .worth import STEP_NAMES, waterfall, why_nothing

DEDUCTION_NAMES: dict[str, str | Promise] = {
    "RECEIVED": _("already received"),
    "CANCELLED": _("cancelled"),
    "REJECTED": _("rejected"),
    "CREDITED": _("credited"),
    "PAID": _("paid"),
}
PROBLEM_NAMES: dict[str, str | Promise] = {
    "PARTY_UNKNOWN": _("A party is not registered: ask the platform to link the name."),
    "NO_PRICE": _("No paper states a price: import the order or the invoice."),
    "NO_QUANTITY": _("The line states no quantity."),
    "NO_CURRENCY": _("No paper states a currency."),
    "DISPUTED": _("The document is disputed."),
    "VOID": _("The document is void."),
    "STORAGE_ENDED": _("The storage period has ended: bring in the keeper's new receipt."),
    "INSURANCE_ENDED": _("The insurance has ended: bring in the receipt with the new period."),
}
LIFE: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("Draft"), ("DRAFT",)),
    (_("Checks and review"), ("SUBMITTED", "IN_REVIEW", "RETURNED", "REJECTED")),
    (_("With lenders"), ("ROUTED", "DECLINED", "DIVIDED")),
    (_("Offers"), ("OFFERED", "EXPIRED")),
    (_("Signed"), ("ACCEPTED",)),
    (_("Pledged"), ("PLEDGED",)),
    (_("Payment"), ("DISBURSING", "PAYMENT_FAILED", "UNWOUND")),
    (_("Loan runs"), ("DISBURSED",)),
    (_("Settled"), ("SETTLED",)),
)
BAD_ENDS = {"REJECTED", "DECLINED", "EXPIRED", "UNWOUND", "WITHDRAWN", "PAYMENT_FAILED", "RETURNED"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the flow diagram; mark is done, now, bad, or empty."""

    label: str | Promise
    mark: str


def stages(application: Application, reached: set[str]) -> list[Stage]:
    """The flow with done, current and missed stages. `reached` holds every state it has been in."""
    furthest = max((i for i, (_label, states) in enumerate(LIFE) if reached & set(states)), default=0)
    here = next((i for i, (_label, states) in enumerate(LIFE) if application.state in states), furthest)
    marks = []
    for index, (label, _states) in enumerate(LIFE):
        if index == here:
            mark = "bad" if application.state in BAD_ENDS else "done" if application.state == "SETTLED" else "now"
        else:
            mark = "done" if index < here else ""
        marks.append(Stage(label, mark))
    return marks


def case_context(membership: Membership, application: Application) -> dict[str, Any]:
    """Everything that a page about a case shows, each part only what the reader may see."""
    timeline = list(selectors.timeline(membership, application)[:200])
    reached = {entry.after.get("state", "") for entry in timeline} | {"DRAFT", application.state}
    lines: list[dict[str, Any]] = [
        {
            "line": row.line,
            "quantity": row.quantity,
            "lendable": row.lendable_minor,
            "steps": _steps(row.steps),
            "price": Decimal(row.steps[0]["factor"]) if row.steps else row.line.unit_price,
        }
        for row in application.lines.select_related("line__document").order_by("id")
    ]
    loan = servicing.loan_of(application.number)
    if loan is not None:
        loan.for_borrower = membership.organisation_id == loan.supplier_id
    sees_money = may_see_money(membership, application)
    return {
        **(security_context(membership, application, timeline) if sees_money else {}),
        "application": application,
        "pays_off": pays_off(application),
        "auction": Auction.objects.filter(application=application).first(),
        "stages": stages(application, reached),
        "timeline": timeline,
        "lines": lines,
        "waterfall": waterfall(
            ([(step["code"], step["left"]) for step in line["steps"]] for line in lines), application.currency
        ),
        "lendable_total": sum(line["lendable"] or 0 for line in lines),
        "documents": documents_of(application),
        "checks": _checks(application),
        "attachments": application.attachments.select_related("file"),
        "pledge": collateral.pledge_of(application.number),
        "payments": banks.payments_of(application.number) if sees_money else [],
        "loan": servicing.standing(loan, clock.today()) if loan and sees_money else None,
        "today": clock.today(),
        "now": clock.now(),
    }


def may_see_money(membership: Membership, application: Application) -> bool:
    """A lender sees payments and the loan only where it is the lender."""
    if membership.organisation.kind != Organisation.Kind.BANK:
        return True
    accepted = application.accepted
    return accepted is not None and accepted.bank_id == membership.organisation_id


def _steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**step, "name": STEP_NAMES.get(step["code"], step["code"])} for step in steps]


def documents_of(application: Application) -> list[TradeDocument]:
    """The papers behind the case and those of the same goods, such as the order and the invoice."""
    chosen = TradeDocument.objects.filter(lines__in=application.lines.values("line"))
    roots = application.lines.values("line__origin")
    related = TradeDocument.objects.filter(lines__in=roots) | TradeDocument.objects.filter(lines__origin__in=roots)
    same_order = TradeDocument.objects.filter(lines__origin__in=application.lines.values("line"))
    return list((chosen | related | same_order).select_related("file", "supplier", "buyer").distinct().order_by("id"))


def _checks(application: Application) -> list[dict[str, Any]]:
    rank = {Result.FAIL: 0, Result.WARN: 1, Result.PASS: 2}
    rows = sorted(application.checks.filter(round=application.rounds), key=lambda row: rank[Result(row.result)])
    return [
        {
            "code": row.code,
            "result": row.result,
            "name": checks.name_of(row.code),
            "text": "" if row.result == Result.PASS else checks.sentence(row.code, row.facts),
        }
        for row in rows
    ]


def goods_rows(offerables: list[collateral.Offerable]) -> list[dict[str, Any]]:
    """Lines of goods as the apply pages show them: figure, steps, and one line why not if not."""
    rows = []
    for offerable in offerables:
        line, value = offerable.line, offerable.value
        rows.append(
            {
                "line": line,
                "pledged": offerable.pledged,
                "deductions": [(DEDUCTION_NAMES.get(code, code), quantity) for code, quantity in line.deductions],
                "lendable": offerable.lendable,
                "is_usable": offerable.is_usable,
                "free": value.free_quantity if value else None,
                "steps": [{"name": STEP_NAMES[s.code], "factor": s.factor, "left": s.left, "code": s.code}
                          for s in value.steps] if value else [],
                "why_not": _why_not(offerable),
            }
        )  # fmt: skip
    return rows


def _why_not(offerable: collateral.Offerable) -> str:
    if offerable.line.problems:
        return " ".join(str(PROBLEM_NAMES.get(code, code)) for code in offerable.line.problems)
    if offerable.value is not None and not offerable.value.free_quantity:
        return str(
            _("All of it stands behind another case, is rejected, or is on a later paper.")
            if offerable.pledged or offerable.line.eligible_quantity
            else _("Nothing is left of this line: received, rejected, credited or paid.")
        )
    return why_nothing(offerable)


def suggested(offerables: list[collateral.Offerable], amount: Money) -> set[int]:
    """The lines to tick first: the most valuable until the amount is covered, one buyer only."""
    usable = [o for o in offerables if o.lendable.minor > 0 and o.lendable.currency == amount.currency]
    by_buyer: dict[int | None, list[collateral.Offerable]] = {}
    for offerable in sorted(usable, key=lambda o: -o.lendable.minor):
        by_buyer.setdefault(offerable.line.buyer_id, []).append(offerable)
    best: set[int] = set()
    for lines in sorted(by_buyer.values(), key=lambda found: -sum(o.lendable.minor for o in found)):
        ticked, covered = set(), 0
        for offerable in lines:
            if covered >= amount.minor:
                break
            ticked.add(offerable.line.line_id)
            covered += offerable.lendable.minor
        if covered >= amount.minor:
            return ticked
        best = best or ticked
    return best
