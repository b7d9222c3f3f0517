"""The annualised cost against published values."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from scf.domain import irr

DRAWN = date(1994, 1, 1)


def test_one_draw_one_repayment_is_the_published_rate():
    # EU COM(1996)79, annex III, example 1: 1,000 lent, 1,200 back after 546 days
    assert irr.xirr([(DRAWN, 1000_00), (DRAWN + timedelta(days=546), -1200_00)]).quantize(Decimal("0.0001")) == Decimal(
        "0.1296"
    )


def test_a_year_at_ten_percent():
    assert irr.xirr([(DRAWN, 100_00), (DRAWN + timedelta(days=365), -110_00)]) == Decimal("0.100000")


def test_giving_back_what_was_lent_costs_nothing():
    assert irr.xirr([(DRAWN, 100_00), (DRAWN + timedelta(days=30), -100_00)]) == 0


def test_the_order_of_flows_does_not_matter():
    flows = [(DRAWN, 100_00), (DRAWN + timedelta(days=100), -60_00), (DRAWN + timedelta(days=200), -55_00)]

    assert irr.xirr(flows) == irr.xirr(flows[::-1])


@pytest.mark.parametrize("flows", [[], [(DRAWN, 1)], [(DRAWN, -1), (DRAWN, -2)], [(DRAWN, 0)]])
def test_flows_of_one_sign_have_no_rate(flows):
    with pytest.raises(irr.NoRate):
        irr.xirr(flows)
