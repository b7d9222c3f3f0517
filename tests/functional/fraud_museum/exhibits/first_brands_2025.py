"""Receivables sold more than once."""

from scf.parties.models import Organisation
from tests.functional.fraud_museum.museum import Loss
from tests.functional.fraud_museum.walk import buyer_confirms, paid, signatory_of, signed
from tests.trade_world import ORDER_HEADER, RECEIPT_HEADER, TradeWorld

TITLE = "First Brands, 2025: sold twice"
TRICK = "A sister company brings the same deliveries under its own name and sells them a second time."
SOURCE = "Chapter 11 proceedings of First Brands Group, Southern District of Texas, from September 2025"
CONTROL = "NOT_FINANCED_ELSEWHERE"


def commit(world: TradeWorld) -> Loss:
    """One delivery, one number of the buyer's, two suppliers who say that it was theirs."""
    sisters = (world.supplier, world.rival)
    for sister in sisters:
        bring(world, sister)
    buyer_confirms(world, "GR-0815")
    cases = [signed(world, "GR-0815", product="RECEIPT", by=signatory_of(world, sister)) for sister in sisters]
    paid_out = [paid(world, case) for case in cases]
    return Loss(paid_out[0] + paid_out[1], paid_out[1])


def bring(world: TradeWorld, owner: Organisation) -> None:
    """The order and its receipt, as the buyer numbers them."""
    names = f"{owner.name},{world.buyer.name},CNY"
    world.bring(ORDER_HEADER + f"PO-0815,2031-02-20,{names},1,虚构滤芯,件,500,800,60\n", owner=owner)
    row = f"GR-0815,2031-02-25,PO-0815,{names},1,虚构滤芯,件,500,0,800\n"
    world.bring(RECEIPT_HEADER + row, owner=owner)
