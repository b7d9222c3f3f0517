"""Three receipts, one heap of metal."""

from tests.functional.fraud_museum.museum import Loss, cny
from tests.functional.fraud_museum.walk import endorse, keeper_locks, paid, signatory_of, signed
from tests.trade_world import STORED_HEADER, TradeWorld

TITLE = "Qingdao port, 2014"
TRICK = "Receipts on 300 t are written over 100 t of aluminium and pledged by three companies before anybody counts."
SOURCE = "Press reports on Decheng Mining and the port of Qingdao, June 2014"
CONTROL = "WAREHOUSE_OVER_RECEIPTED"
ASKED_AGAIN = ("AMOUNT_COVERED",)  # before payment: the count no longer carries the second loan
GUARDS = ("collateral_keeperact.collateral_keeper_acts",)


def commit(world: TradeWorld) -> Loss:
    """The keeper is honest: its signer counts 100 t and would lock them for whoever asks first."""
    borrowers = [world.supplier, world.rival]
    cases = []
    for number, borrower in enumerate(borrowers, 1):
        row = (
            f"WR-{number},2031-02-{number:02d},{borrower.name},{world.keeper.name},虚构铝,吨,100,20000,CNY,2031-12-31\n"
        )
        world.bring(STORED_HEADER + row, owner=borrower, name=f"receipt-{number}.csv")
        by = signatory_of(world, borrower)
        amount = str(700_000 + number * 90_000)
        cases.append((signed(world, f"WR-{number}", product="WAREHOUSE", amount=amount, by=by), by))
    for case, by in cases:
        endorse(world, case, by)
        keeper_locks(world, case, counted="100")
    out = sum((paid(world, case) for case, _by in cases), cny(0))
    # both loans rest on the same 100 t: what the second one got stands on nothing
    return Loss(out, paid(world, cases[1][0]))
