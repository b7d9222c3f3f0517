"""The plan of a loan: bullet, interest with the principal at maturity."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import interest, irr
from .money import Money, zero


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms that a loan was accepted on; stored with it, never changed.

    annual_rate     fraction of one per year
    basis           a key of daycount.BY_CODE
    drawdown_date   first day that bears interest
    maturity_date   due date, already rolled to a business day; bears no interest itself
    penalty_factor  overdue principal bears annual_rate x this (1.3 to 1.5, PBoC 银发〔2003〕251号)
    grace_days      paid within them after maturity: no penalty; after them: penalty from the due date
    """

    principal: Money
    annual_rate: Decimal
    basis: str
    drawdown_date: date
    maturity_date: date
    penalty_factor: Decimal = Decimal("1.5")
    grace_days: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the plan; `balance_after` is the principal left after it."""

    due_date: date
    principal: Money
    interest: Money
    balance_after: Money


def plan(contract: Contract) -> list[Row]:
    """The instalments as agreed: here one, at maturity."""
    due = interest.simple_interest(
        principal=contract.principal,
        annual_rate=contract.annual_rate,
        start=contract.drawdown_date,
        end=contract.maturity_date,
        basis=contract.basis,
    )
    return [Row(contract.maturity_date, contract.principal, due, zero(contract.principal.currency))]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a loan costs the borrower: the plain sum and the yearly rate by IRR."""

    interest: Money
    annualised: Decimal


def cost(contract: Contract) -> Cost:
    """The total cost if all is paid as planned (PBoC notice 2021 no. 3: annualised by IRR)."""
    rows = plan(contract)
    due = sum((row.interest.minor for row in rows), 0)
    flows = [(contract.drawdown_date, contract.principal.minor)]
    flows += [(row.due_date, -(row.principal + row.interest).minor) for row in rows]
    currency = contract.principal.currency
    return Cost(Money(due, currency), irr.xirr(flows))
