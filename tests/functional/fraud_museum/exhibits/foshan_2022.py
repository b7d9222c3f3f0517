"""The same aluminium for several lenders."""

from tests.functional.fraud_museum.museum import Loss, cny
from tests.functional.fraud_museum.walk import endorse, keeper_locks, paid, signatory_of, signed
from tests.trade_world import STORED_HEADER, TradeWorld

TITLE = "Foshan aluminium, 2022"
TRICK = "Two traders bring receipts with other numbers, days and amounts on one and the same lot, each to its lender."
SOURCE = "Press reports on aluminium stored at Foshan, Guangdong, May and June 2022"
CONTROL = "ALREADY_PLEDGED"
GUARDS = ("collateral_pledgeline.collateral_pledgeline_lot",)


def commit(world: TradeWorld) -> Loss:
    """The lot has 100 t; both receipts name its heat, and the keeper locks what the receipts say."""
    header = STORED_HEADER.rstrip("\n") + ",标记\n"
    cases = []
    for number, (borrower, quantity) in enumerate(((world.supplier, 60), (world.rival, 90)), 1):
        row = (
            f"WR-{number}77,2031-01-{number * 9:02d},{borrower.name},{world.keeper.name},虚构铝,吨,{quantity},20000,"
            f"CNY,2031-12-31,炉号 A7\n"
        )
        world.bring(header + row, owner=borrower, name=f"receipt-{number}.csv")
        by = signatory_of(world, borrower)
        cases.append((signed(world, f"WR-{number}77", product="WAREHOUSE", by=by), by))
    for case, by in cases:
        endorse(world, case, by)
        keeper_locks(world, case, counted="150")  # nobody weighs: the keeper's man believes the receipts
    out = sum((paid(world, case) for case, _by in cases), cny(0))
    return Loss(out, paid(world, cases[0][0]))
