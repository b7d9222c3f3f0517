"""Turnover among friends."""

from scf.parties.services import relations
from tests.factories import NOON
from tests.functional.fraud_museum.museum import Loss
from tests.functional.fraud_museum.walk import buyer_confirms, paid, signatory_of, signed
from tests.trade_world import ORDER_HEADER, TradeWorld

TITLE = "Goods in a circle (循环贸易)"
TRICK = "A sells to B, B's sister sells the same goods back to A: every paper is true, and nobody ever uses the goods."
SOURCE = "SASAC notice 国资发财评规〔2023〕74号 on false trade (循环贸易, 融资性贸易)"
CONTROL = "NO_ROUND_TRIP"


def commit(world: TradeWorld) -> Loss:
    """The circle ends when the last loan has been paid out."""
    relations.declare(one=world.buyer, other=world.rival, why="one group", by=None, at=NOON)
    row = f"PO-BACK,2031-01-20,{world.rival.name},{world.supplier.name},CNY,1,虚构轴承,件,500,1050,60\n"
    world.bring(ORDER_HEADER + row, owner=world.rival)
    world.order("PO-1", quantity=500, price=1000)
    world.receipt("GR-1", of="PO-1", quantity=500, price=1000)
    buyer_confirms(world, "GR-1")
    case = signed(world, "GR-1", product="RECEIPT", by=signatory_of(world, world.supplier))
    out = paid(world, case)
    return Loss(out, out)
