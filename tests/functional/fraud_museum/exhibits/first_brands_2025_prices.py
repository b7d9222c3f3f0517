"""Invoices that were made larger than the trade."""

from tests.functional.fraud_museum.museum import Loss, cny
from tests.functional.fraud_museum.walk import buyer_confirms, paid, signatory_of, signed
from tests.trade_world import TradeWorld

TITLE = "First Brands, 2025: inflated"
TRICK = "The papers for the lender state twice the price that the buyer has ordered at."
SOURCE = "Chapter 11 proceedings of First Brands Group, Southern District of Texas, from September 2025"
CONTROL = "PRICE_AS_ORDERED"


def commit(world: TradeWorld) -> Loss:
    """Ordered at 800, 'received' at 1,600: the buyer confirms the quantity that came in."""
    world.order("PO-1", quantity=500, price=800)
    world.receipt("GR-1", of="PO-1", quantity=500, price=1600)
    buyer_confirms(world, "GR-1")
    case = signed(world, "GR-1", product="RECEIPT", by=signatory_of(world, world.supplier))
    out = paid(world, case)
    return Loss(out, out - cny(500 * 800 * 85 // 100))
