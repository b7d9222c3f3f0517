"""Insurance that had run out."""

from tests.functional.fraud_museum.museum import Loss
from tests.functional.fraud_museum.walk import endorse, keeper_locks, paid, signatory_of, signed
from tests.trade_world import STORED_HEADER, TradeWorld

TITLE = "Greensill Capital, 2021: the cover"
TRICK = "The insurance behind the loans ends, and lending goes on as if it had not."
SOURCE = "House of Commons Treasury Committee, 'Lessons from Greensill Capital', HC 151, July 2021"
CONTROL = "INSURANCE_ENDED"
REFUSAL = "NOTHING_CHOSEN"  # such goods cannot be chosen


def commit(world: TradeWorld) -> Loss:
    """The receipt's insurance ended in January; in February the warehouse burns."""
    header = STORED_HEADER.rstrip("\n") + ",保险期间\n"
    row = (
        f"WR-1,2030-12-01,{world.supplier.name},{world.keeper.name},虚构棉花,吨,100,4000,CNY,2031-12-31,"
        "2030-12-01 至 2031-01-31\n"
    )
    world.bring(header + row)
    by = signatory_of(world, world.supplier)
    case = signed(world, "WR-1", product="WAREHOUSE", amount="200000", by=by)
    endorse(world, case, by)
    keeper_locks(world, case, counted="100")
    out = paid(world, case)
    return Loss(out, out)
