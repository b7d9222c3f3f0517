"""Where a loan stands on a day: a function of its contract and its events, nothing stored.

Contract interest runs on the balance to maturity, and through grace. Where
the loan is unpaid after grace, the overdue principal bears the penalty rate
instead, from the due date (PBoC 银发〔2003〕251号).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from . import interest
from .interest import Segment
from .money import Money, zero
from .schedule import Contract
from .waterfall import DEFAULT_ORDER, Allocation, Due, allocate


@dataclass(frozen=True, slots=True)
class Repayment:
    """Money that came in for the loan; `sequence` orders payments of one value date."""

    value_date: date
    amount: Money
    sequence: int


@dataclass(frozen=True, slots=True)
class Position:
    """The loan at the start of `on`, after all payments with value date up to it.

    interest, penalty  due and unpaid (accrued to `on`, which bears none itself)
    paid               what payments settled so far, by rank
    surplus            paid beyond what was due
    days_past_due      0 up to maturity and while nothing is owed
    """

    on: date
    principal: Money
    interest: Money
    penalty: Money
    paid: dict[Due, Money]
    surplus: Money
    days_past_due: int

    @property
    def payoff(self) -> Money:
        """What closes the loan on this day."""
        return self.principal + self.interest + self.penalty


def position(contract: Contract, repayments: Sequence[Repayment], on: date) -> Position:
    """Fold the payments with value date <= `on` into the position on that day."""
    return _fold(contract, repayments, on)[0]


def allocations(contract: Contract, repayments: Sequence[Repayment]) -> list[tuple[Repayment, Allocation]]:
    """Each payment with what it settled, in order of value date."""
    return _fold(contract, repayments, date.max)[1]


def bucket(days_past_due: int) -> str:
    """The ageing bucket of product.md's list: CURRENT, 1-30, 31-60, 61-90, 91-270, 271-360, 360+."""
    if days_past_due <= 0:
        return "CURRENT"
    for first, last in ((1, 30), (31, 60), (61, 90), (91, 270), (271, 360)):
        if days_past_due <= last:
            return f"{first}-{last}"
    return "360+"


def _fold(
    contract: Contract, repayments: Sequence[Repayment], on: date
) -> tuple[Position, list[tuple[Repayment, Allocation]]]:
    currency = contract.principal.currency
    paid = {due: zero(currency) for due in DEFAULT_ORDER}
    surplus = zero(currency)
    balances = [(contract.drawdown_date, contract.principal)]
    done: list[tuple[Repayment, Allocation]] = []
    for repayment in sorted(repayments, key=lambda r: (r.value_date, r.sequence)):
        if repayment.value_date > on:
            break
        owed = _owed(contract, balances, paid, repayment.value_date)
        allocation = allocate(payment=repayment.amount, owed=owed)
        for due, spent in allocation.spent.items():
            paid[due] = paid[due] + spent
        surplus = surplus + allocation.surplus
        balances.append((repayment.value_date, balances[-1][1] - allocation.spent[Due.PRINCIPAL]))
        done.append((repayment, allocation))
    day = min(on, date.max - timedelta(days=1))
    owed = _owed(contract, balances, paid, day) if on != date.max else {}
    principal = balances[-1][1]
    nothing = zero(currency)
    late = (day - contract.maturity_date).days if principal and day > contract.maturity_date else 0
    found = Position(
        on, principal, owed.get(Due.INTEREST, nothing), owed.get(Due.PENALTY, nothing), paid, surplus, max(0, late)
    )
    return found, done


def _owed(contract: Contract, balances: list[tuple[date, Money]], paid: dict[Due, Money], on: date) -> dict[Due, Money]:
    """What is due and unpaid on `on`. Interest overpaid through a later penalty is set against the penalty."""
    currency = contract.principal.currency
    normal, overdue = _segments(contract, balances, on)
    interest_left = interest.cumulative(normal, basis=contract.basis, currency=currency) - paid[Due.INTEREST]
    penalty_left = interest.cumulative(overdue, basis=contract.basis, currency=currency) - paid[Due.PENALTY]
    nothing = zero(currency)
    penalty_left = max(nothing, penalty_left + min(nothing, interest_left))
    return {Due.PENALTY: penalty_left, Due.INTEREST: max(nothing, interest_left), Due.PRINCIPAL: balances[-1][1]}


def _segments(contract: Contract, balances: list[tuple[date, Money]], on: date) -> tuple[list[Segment], list[Segment]]:
    """Split the balances into what bore the contract rate and what bears the penalty rate."""
    maturity, grace_end = contract.maturity_date, contract.maturity_date + timedelta(days=contract.grace_days)
    stuck = _balance_at_end_of(balances, grace_end) if on > grace_end else zero(contract.principal.currency)
    penalty_rate = contract.annual_rate * contract.penalty_factor
    normal: list[Segment] = []
    overdue: list[Segment] = []
    ends = [start for start, _ in balances[1:]] + [on]
    for (start, balance), end in zip(balances, ends, strict=True):
        start, end = max(start, contract.drawdown_date), min(end, on)
        if start < min(end, maturity):
            normal.append(Segment(start, min(end, maturity), balance, contract.annual_rate))
        late_start = max(start, maturity)
        if late_start < end:
            bears_penalty = min(balance, stuck)
            overdue.append(Segment(late_start, end, bears_penalty, penalty_rate))
            normal.append(Segment(late_start, end, balance - bears_penalty, contract.annual_rate))
    return normal, overdue


def _balance_at_end_of(balances: list[tuple[date, Money]], day: date) -> Money:
    return next(balance for start, balance in reversed(balances) if start <= day)
