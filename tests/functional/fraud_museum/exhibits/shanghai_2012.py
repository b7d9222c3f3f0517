"""Steel that was not there, kept by a friend."""

from scf.parties.models import Trait
from scf.parties.services import relations
from tests.factories import NOON
from tests.functional.fraud_museum.museum import Loss, cny
from tests.functional.fraud_museum.walk import endorse, keeper_locks, paid, signatory_of, signed
from tests.trade_world import TradeWorld

TITLE = "Shanghai steel trade, 2012"
TRICK = (
    "The warehouse belongs to the borrower's family: it writes receipts on steel that is not there, and 'counts' it."
)
SOURCE = "Reuters, 'Ghost warehouse stocks haunt China's steel sector', September 2012"
CONTROL = "KEEPER_INDEPENDENT"


def commit(world: TradeWorld) -> Loss:
    """20 t are there; the family's keeper writes a receipt on 100 t, counts 100 t and seals them."""
    for organisation in (world.supplier, world.keeper):
        relations.add_trait(
            organisation=organisation, kind=Trait.Kind.LEGAL_REPRESENTATIVE, value="demo person", source="register",
            by=None, at=NOON,
        )  # fmt: skip
    world.stored("WR-1", quantity=100, price=4000)
    by = signatory_of(world, world.supplier)
    case = signed(world, "WR-1", product="WAREHOUSE", by=by)
    endorse(world, case, by)
    keeper_locks(world, case, counted="100")
    there = cny(20 * 4000)
    out = paid(world, case)
    return Loss(out, out - there)
