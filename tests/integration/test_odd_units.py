"""Goods counted in a unit that nobody knows do not get around the count of the same goods in another."""

from decimal import Decimal

import pytest

from scf.collateral.models import Stock
from scf.collateral.services import keeping
from scf.collateral.services.stock import record_count
from scf.parties.models import Role
from tests.factories import NOON, member
from tests.trade_world import STORED_HEADER, TradeWorld


def test_an_odd_unit_waits_for_the_platforms_capacity_where_the_goods_are_counted_in_another(db, tmp_path):
    world = TradeWorld(tmp_path)
    with world.running():
        world.stored("WR-1", quantity=50)
        who = f"{world.supplier.name},{world.keeper.name}"
        world.bring(f"{STORED_HEADER}WR-2,2031-02-20,{who},虚构铜,吨(毛重),500,60000,CNY,2031-12-31\n")
        world.bring(f"{STORED_HEADER}WR-3,2031-02-20,{who},虚构茶,箱,500,60,CNY,2031-12-31\n")
        world.pump()
        signer = member(world.keeper, Role.SIGNER)
        for stock in Stock.objects.filter(level="KIND"):
            record_count(stock_id=stock.pk, quantity=Decimal(600), by=signer, at=NOON)

        keeping.require_sound(Stock.objects.get(key__contains="茶"))
        odd = Stock.objects.get(unit__contains="毛重")
        with pytest.raises(keeping.StockUnitUnknown):
            keeping.require_sound(odd)
        odd.capacity = Decimal(1000)
        keeping.require_sound(odd)
