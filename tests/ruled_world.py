"""A world in which one lender's own rules decide small cases at the price of its list."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from scf.domain.money import Money
from scf.domain.pricing import Cell
from scf.domain.rates import Index
from scf.financing.models import AutoRule
from scf.financing.services import automatic
from scf.kernel import clock
from scf.parties.models import Role
from scf.servicing.services import rates
from tests.factories import appetite, member
from tests.trade_world import TradeWorld

PRICE = Cell(None, 180, Index.LPR1Y, 120)


def cny(text: str) -> Money:
    return Money.of(text, "CNY")


def publish(world: TradeWorld) -> None:
    """LPR stands at 3 %, by two people."""
    row = rates.propose(
        index=Index.LPR1Y, effective_from=date(2031, 2, 20), rate=Decimal("0.03"), source="test",
        by=member(world.platform, Role.ADMINISTRATOR), at=clock.now(),
    )  # fmt: skip
    rates.confirm(proposal_ids=[row.pk], by=world.clerk, at=clock.now())


def ruled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TradeWorld]:
    """The world, with a rule up to 5,000 that two people made; an order is there."""
    monkeypatch.setattr("tests.trade_world.appetite", partial(appetite, prices=[PRICE.as_json()]))
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        publish(made)
        made.administrator = member(made.bank, Role.ADMINISTRATOR)
        rule = propose(made)
        automatic.confirm(rule_id=rule.pk, by=made.checker, at=clock.now())
        yield made


def propose(world: TradeWorld) -> AutoRule:
    """Up to 5,000 for 90 days, on orders; to be confirmed."""
    return automatic.propose(
        amount_max=cny("5000"), tenor_days_max=90, products=["ORDER"], grade_min="", offer_days=3,
        valid_from=clock.today(), why="small and clean", by=world.administrator, at=clock.now(),
    )  # fmt: skip
