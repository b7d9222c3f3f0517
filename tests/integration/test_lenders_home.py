"""What a lender's home says of its portfolio: its own limits, income and concentration."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scf.collateral.models import Cap
from scf.kernel import clock
from scf.servicing.models import Loan
from tests.lending import lent
from tests.trade_world import Person, TradeWorld, later

QUERIES_MAX = 60


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """A loan on goods that carry 40,000, under a limit of 50,000 that the lender has set, and one of another lender."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        for lender, minor in ((made.bank, 50_000_00), (made.other_bank, 60_000_00)):
            Cap.objects.create(
                level="SUPPLIER", organisation=made.supplier, lender=lender, limit_minor=minor, valid_from=clock.today()
            )
        lent(made)
        yield made


def test_limits_income_and_concentration_are_its_own(world):
    with clock.pinned(later(30)):
        world.repay(Loan.objects.get(), "500.00", payer=world.buyer)
        with CaptureQueriesContext(connection) as queries:
            page = Person(world, world.maker).client.get("/")
        other = Person(world, world.other_maker).client.get("/")

    (limit,) = page.context["limits"]
    assert "50,000.00" in limit.text and limit.tone == "good"
    assert [bar.label for bar in page.context["by_supplier"]] == [str(world.supplier)]
    months = page.context["income_by_month"]
    assert len(months) == 6 and months[-1].label == f"{later(30):%Y-%m}" and months[-1].text != "0.00"
    assert len(queries) <= QUERIES_MAX
    assert [bar.text for bar in other.context["by_supplier"]] == [] and "60,000.00" in other.context["limits"][0].text
