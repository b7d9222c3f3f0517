"""Stored goods that nothing names: a reviewer notices and says what they are; a sale is called off in time."""

import pytest

from scf.collateral.models import Exposure, LineCommodity, MarginCall, Pledge, PledgeValue
from scf.collateral.services.naming import NotYoursToName, say
from scf.kernel import clock
from scf.orders.models import DocumentLine
from tests.factories import NOON, PASSWORD
from tests.functional.test_security_pages import case_url, page, post, signed
from tests.integration.test_prices import commodity, price


def test_goods_are_named_their_price_falls_and_a_sale_is_called_off(world):
    world.stored("WR-1", quantity=25, price=60000)
    case = signed(world, "WR-1", amount="700000", product="WAREHOUSE")
    line = DocumentLine.objects.get(document__number="WR-1")
    copper, beans = commodity("copper", stop_after_days=90, stale_after_days=90), commodity("beans", unit="袋")
    price(copper, "61000", as_of=clock.today())
    goods, names = f"/collateral/goods/{line.document_id}/", f"/collateral/goods/{line.document_id}/name/"

    # the reviewer notices on the page of prices, on the case and on the paper
    assert goods in page(world.reviewer, "/collateral/prices/") and f"{goods}#names" in page(
        world.reviewer, case_url(case)
    )
    assert "not named" in page(world.reviewer, goods) and "Note it" not in page(world.applicant, goods)
    assert post(world.applicant, names, line=line.pk, kind=f"{copper.pk}:") == 403
    with pytest.raises(NotYoursToName):
        say(line=line, commodity=copper, grade="", by=world.clerk, at=NOON)
    for wrong in ({}, {"line": line.pk, "kind": "0:"}, {"line": 0, "kind": f"{copper.pk}:"}):
        assert post(world.reviewer, names, **wrong) == 302
    assert not LineCommodity.objects.exists()
    post(world.reviewer, names, line=line.pk, kind=f"{beans.pk}:")
    assert "said by" in page(world.reviewer, goods)
    post(world.reviewer, names, line=line.pk, kind=f"{copper.pk}:")
    world.pump()
    assert PledgeValue.objects.get(line__pledge__reference=case.number).commodity == copper

    call_off_in_time(world, case, copper)


def call_off_in_time(world, case, copper):
    """Its price falls below the sale threshold; the lender sells, and thinks better of it."""
    price(copper, "35000", as_of=clock.today())
    world.pump()
    call = MarginCall.objects.get()
    assert call.is_urgent
    post(world.checker, f"/collateral/margin/{call.pk}/sell/", note="too low", proof=PASSWORD)
    assert "Call off the sale" in page(world.checker, case_url(case))
    assert "Call off the sale" not in page(world.maker, case_url(case))
    off = f"/collateral/margin/{call.pk}/call-off/"
    assert post(world.maker, off, note="no") == 403
    post(world.checker, off)
    assert MarginCall.objects.get(pk=call.pk).state == "FORCED_SALE"
    post(world.checker, off, note="the supplier pays")

    pledge, exposure = Pledge.objects.get(reference=case.number), Exposure.objects.get()
    assert pledge.state == "PLEDGED" and exposure.owed_minor > exposure.carries_minor
    assert sorted(MarginCall.objects.values_list("state", flat=True)) == ["CURED", "OPEN"]
