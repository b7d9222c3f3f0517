"""The plan and the cost of a loan before it is accepted: the same fold that later serves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from . import irr, loan
from .events import Event, EventKind
from .money import Money
from .standing import PlanRow as Row
from .terms import Contract

__all__ = ["Contract", "Cost", "Row", "cost", "plan"]


def plan(contract: Contract) -> list[Row]:
    """The instalments as agreed, if the whole principal is drawn on the drawdown date and all is paid on time."""
    drawdown = Event(EventKind.DRAWDOWN, contract.drawdown_date, contract.principal, 0)
    return list(loan.fold(contract, [drawdown], contract.drawdown_date).rows)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a loan costs the borrower: the plain sums and the yearly rate by IRR."""

    interest: Money
    annualised: Decimal
    fees: Money

    @property
    def total(self) -> Money:
        """What the borrower pays beside the principal."""
        return self.interest + self.fees


def cost(contract: Contract, fees: Sequence[tuple[date, Money]] = ()) -> Cost:
    """The total cost if all is paid as planned (PBoC notice 2021 no. 3: annualised by IRR over all flows).

    fees  what the borrower pays beside the plan, and when: the lender's one-off fee with the last instalment, say
    """
    rows = plan(contract)
    flows = [(contract.drawdown_date, contract.principal.minor)]
    flows += [(row.due_date, -row.due.minor) for row in rows]
    flows += [(day, -fee.minor) for day, fee in fees]
    currency = contract.principal.currency
    interest = sum(row.interest.minor for row in rows)
    return Cost(Money(interest, currency), irr.xirr(flows), Money(sum(fee.minor for _, fee in fees), currency))
