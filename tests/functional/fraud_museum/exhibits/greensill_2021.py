"""Too much on one name."""

from scf.collateral.models import Cap
from scf.domain.caps import Level
from scf.kernel import clock
from tests.functional.fraud_museum.museum import Loss, cny
from tests.functional.fraud_museum.walk import buyer_confirms, paid, signatory_of, signed
from tests.trade_world import TradeWorld

TITLE = "Greensill Capital, 2021"
TRICK = "Advance after advance on sales to one group of buyers, far beyond what any lender would hold on it."
SOURCE = "House of Commons Treasury Committee, 'Lessons from Greensill Capital', HC 151, July 2021"
CONTROL = "CAPS"
REFUSAL = "AMOUNT_COVERED"  # the goods carry no more than the limit leaves
LIMIT = 200_000


def commit(world: TradeWorld) -> Loss:
    """The buyer's limit is 200,000; a million of true receipts is brought, and then the buyer fails."""
    Cap.objects.create(
        level=Level.BUYER, organisation=world.buyer, limit_minor=cny(LIMIT).minor, currency="CNY",
        valid_from=clock.today(),
    )  # fmt: skip
    world.order("PO-1", quantity=1000, price=1000)
    world.receipt("GR-1", of="PO-1", quantity=1000, price=1000)
    buyer_confirms(world, "GR-1")
    by = signatory_of(world, world.supplier)
    case = signed(world, "GR-1", product="RECEIPT", amount="800000.00", by=by)
    out = paid(world, case)
    return Loss(out, out - cny(LIMIT))
