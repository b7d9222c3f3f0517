"""Changing running loans in tests."""

from datetime import date

from scf.collateral.models import Holding, Pledge, PledgeLine
from scf.domain.loan import Position
from scf.domain.money import Money
from scf.orders.models import TradeDocument
from scf.servicing import selectors
from scf.servicing.models import Loan, LoanChange, LoanEvent
from scf.servicing.services import changes
from tests.integration.servicing_world import noon

Kind = LoanChange.Kind
DRAWN, DUE = date(2031, 3, 3), date(2031, 6, 1)
DAY = date(2031, 4, 2)  # 30 days after the drawdown: 3,625.00 of interest on a million at 4.35 %


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def propose(world, loan, kind, *, on=DAY, **given) -> LoanChange:
    proposal = changes.Proposal(kind=kind, value_date=given.pop("value_date", on), why="agreed", **given)
    return changes.propose(loan_id=loan.pk, proposal=proposal, by=world.maker, at=noon(on))


def done(world, loan, kind, *, on=DAY, **given) -> Loan:
    change = propose(world, loan, kind, on=on, **given)
    changes.approve(change_id=change.pk, by=world.checker, at=noon(on))
    return Loan.objects.get(pk=loan.pk)


def take_back(world, event: LoanEvent, *, on=DAY) -> Loan:
    return done(world, event.loan, Kind.REVERSAL, on=on, value_date=event.value_date, reverses=event)


def now(loan, on=DAY) -> Position:
    return selectors.standing(Loan.objects.get(pk=loan.pk), on).now


def shared(*of: Loan) -> None:
    """The loans draw on the same goods."""
    order = TradeDocument.objects.create(
        owner=of[0].supplier, kind="order", number="PO-1", currency="CNY", imported_at=noon(DRAWN)
    )
    line = order.lines.create(number="1", quantity=100, unit_price=1, description="goods")
    holdings = [Holding.objects.create(line=line, scope=scope, capacity=100) for scope in ("LINE", "ROOT")]
    for loan in of:
        pledge = Pledge.objects.create(reference=loan.reference, thread=loan.thread, supplier=loan.supplier)
        PledgeLine.objects.create(
            pledge=pledge, line_holding=holdings[0], root_holding=holdings[1], quantity=10, root_quantity=10,
            lendable_minor=1, currency="CNY", product="RECEIPT", advance_rate=1, haircut=0,
        )  # fmt: skip
