"""A keeper's limit counts what it keeps, and not what was received at its place."""

from scf.collateral.models import Cap
from scf.collateral.selectors import caps
from scf.orders.models import TradeDocument
from tests.integration.test_prices import TODAY
from tests.trade_world import TradeWorld


def test_goods_received_at_a_warehouse_do_not_use_its_keepers_limit(db, tmp_path):
    world = TradeWorld(tmp_path)
    with world.running():
        world.order()
        world.receipt()
        world.stored()
        TradeDocument.objects.filter(number="GR-1").update(warehouse=world.keeper)
        cap = Cap.objects.create(
            level="WAREHOUSE", organisation=world.keeper, limit_minor=1_000_000_00, valid_from=TODAY
        )
        world.submitted("GR-1")
        assert caps.with_use([cap])[0].used.minor == 0

        stored = world.submitted("WR-1", product="WAREHOUSE", amount="50000")
        assert caps.with_use([cap])[0].used.minor > 50_000_00
        assert caps.over_limits(stored.number, lender_id=world.bank.pk, on=TODAY) == []
