"""Receivables on a famous buyer that had never heard of them."""

from tests.functional.fraud_museum.museum import Loss
from tests.functional.fraud_museum.walk import paid, signatory_of, signed
from tests.trade_world import TradeWorld

TITLE = "Chengxing (承兴), 2019"
TRICK = (
    "Receipts of a large buyer are forged, its seal is copied, and a man in its canteen confirms them to the lender."
)
SOURCE = "Announcement of Noah Holdings of 8 July 2019 and the press reports that followed"
CONTROL = "BUYER_CONFIRMED"


def commit(world: TradeWorld) -> Loss:
    """The buyer's real signer never sees the papers, so that nobody can confirm them here."""
    world.order("PO-FORGED", quantity=1000, price=900)
    world.receipt("GR-FORGED", of="PO-FORGED", quantity=1000, price=900)
    case = signed(world, "GR-FORGED", product="RECEIPT", by=signatory_of(world, world.supplier))
    out = paid(world, case)
    return Loss(out, out)
