"""What money that comes in is to a loan: an ordinary repayment, or one with a meaning of its own."""

from collections.abc import Sequence
from datetime import date, timedelta

from .events import Event, EventKind
from .loan import fold
from .money import Money
from .terms import Contract


def kind_of_receipt(
    contract: Contract, events: Sequence[Event], amount: Money, on: date, *, is_from_borrower: bool
) -> EventKind:
    """The kind of event that `amount`, received with value date `on`, is.

    RECOVERY   the loan was written off
    RETURN     the borrower gives the whole principal back within the cooling-off days: no interest is owed
    BUY_BACK   the borrower pays all that an overdue loan owes in the debtor's stead (recourse)
    REPAYMENT  everything else
    """
    now = fold(contract, events, on)
    if any(now.written_off.values()):
        return EventKind.RECOVERY
    if not is_from_borrower or now.is_closed:
        return EventKind.REPAYMENT
    last_day = contract.drawdown_date + timedelta(days=contract.cooling_off_days)
    if contract.cooling_off_days and on <= last_day and not amount < now.principal:
        return EventKind.RETURN
    return EventKind.BUY_BACK if now.days_past_due and not amount < now.payoff else EventKind.REPAYMENT
