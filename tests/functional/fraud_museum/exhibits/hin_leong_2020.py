"""Pledged oil that was sold."""

from scf.collateral.models import PledgeLine
from scf.collateral.services import keeping
from scf.kernel import clock
from scf.parties.models import Membership, Role
from tests.functional.fraud_museum.museum import Loss
from tests.functional.fraud_museum.walk import endorse, keeper_locks, paid, signatory_of, signed
from tests.trade_world import TradeWorld

TITLE = "Hin Leong, 2020"
TRICK = "The owner orders the tank farm to deliver oil that stands behind loans, and the terminal obeys its customer."
SOURCE = "Report of the interim judicial managers of Hin Leong Trading (Pte) Ltd, June 2020"
CONTROL = "NO_RELEASE_ORDER"
GUARDS = ("collateral_keeperact.collateral_keeper_acts", "collateral_keeperact.keeper_act_release_by_order")


def commit(world: TradeWorld) -> Loss:
    """The loan is sound; then the keeper's man lets the goods go without the lender's word."""
    world.stored("WR-1", quantity=100, price=4000)
    by = signatory_of(world, world.supplier)
    case = signed(world, "WR-1", product="WAREHOUSE", by=by)
    endorse(world, case, by)
    keeper_locks(world, case, counted="100")
    out = paid(world, case)
    terminal = Membership.objects.filter(organisation=world.keeper, role=Role.SIGNER).latest("pk")
    line = PledgeLine.objects.get(pledge__reference=case.number, counts=True)
    keeping.hand_out(line_id=line.pk, by=terminal, at=clock.now())
    return Loss(out, out)
