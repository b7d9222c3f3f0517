"""A line's life across its papers, and lines that a person links to their order."""

from decimal import Decimal

import pytest

from scf.collateral.models import PledgeLine
from scf.collateral.selectors import life
from scf.domain import units
from scf.kernel import clock
from scf.kernel.models import AuditEntry
from scf.orders.models import DocumentLine, TradeDocument
from scf.orders.selectors import lineage as origins
from scf.orders.services import lineage
from tests.factories import NOON
from tests.integration.test_cover import loan_on, taking
from tests.trade_world import RECEIPT_HEADER, TradeWorld, client_of


@pytest.fixture
def world(db, tmp_path):
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        yield made


def document(number: str) -> TradeDocument:
    return TradeDocument.objects.get(number=number)


def line_of(number: str) -> DocumentLine:
    return DocumentLine.objects.get(document__number=number)


def loose(world: TradeWorld, unit: str = "件", quantity: int = 40, name: str = "虚构轴承 6204") -> DocumentLine:
    """A receipt that names no order."""
    row = f"GR-L,2031-02-25,,{world.supplier.name},{world.buyer.name},CNY,1,{name},{unit},{quantity},0,1000\n"
    world.bring(RECEIPT_HEADER + row)
    return line_of("GR-L")


def test_a_line_is_followed_from_order_to_loan(world, django_assert_max_num_queries):
    world.receipt(quantity=60, rejected=10)
    loan_on(world, "FA-1", taking(world, "GR-1", "30"), owed="1000")
    with django_assert_max_num_queries(9):
        (found,) = life.lives_on(TradeDocument.objects.select_related("owner").get(number="GR-1"))

    assert (found.ordered, found.received, found.rejected, found.open) == (100, 60, 10, 40)
    assert (found.pledged, found.free, found.uncovered) == (30, 60, 0)  # 40 to come and 20 kept are free
    assert found.free == sum(o.value.free_quantity for o in world.offerables())
    assert [each.free for each in life.lives_on(document("PO-1"))] == [found.free]


def test_suggestions_know_buyer_words_and_what_is_left(world):
    line = loose(world)
    (found,) = origins.suggestions(line)
    assert (found.origin, found.factor, found.left) == (line_of("PO-1"), 1, 100)

    world.receipt(quantity=70)
    assert origins.suggestions(line) == []  # 30 are left, and it is 40


def test_a_person_links_a_line_and_its_goods_are_one_thing_from_then_on(world):
    line, order = loose(world), line_of("PO-1")
    for number, free in (("PO-1", 100), ("GR-L", 40)):
        assert life.lives_on(document(number))[0].free == free
    address = f"/collateral/goods/{document('GR-L').pk}/"
    own = client_of(world.applicant)
    assert "PO-1" in own.get(address).content.decode()
    assert client_of(world.stranger).post(address, {"line": line.pk, "origin": order.pk}).status_code == 404

    assert own.post(address, {"line": line.pk, "origin": 999999}).status_code == 422
    assert own.post(address, {"line": line.pk, "origin": order.pk}).status_code == 302
    assert own.post(address, {"line": line.pk, "origin": order.pk}).status_code == 422

    (found,) = life.lives_on(document("GR-L"))
    assert (found.received, found.open, found.free) == (40, 60, 100)
    assert AuditEntry.objects.get(action="document.link_line").after["order"] == "PO-1"


def test_packs_are_linked_with_a_factor_that_a_person_states(world):
    line, order = loose(world, unit="箱", quantity=4), line_of("PO-1")
    said = {"line_id": line.pk, "origin_id": order.pk, "by": world.reviewer, "at": NOON}
    for factor in (None, Decimal(0)):
        with pytest.raises(units.UnitsDiffer):
            lineage.link_line(**said, factor=factor)
    assert origins.suggestions(line)[0].factor is None
    lineage.link_line(**said, factor=Decimal(12))

    assert life.lives_on(document("GR-L"))[0].received == 48


def test_what_a_table_knows_nobody_states_otherwise(world):
    with pytest.raises(units.UnitsDiffer):
        lineage.link_line(
            line_id=loose(world).pk, origin_id=line_of("PO-1").pk, factor=Decimal(2), by=world.applicant, at=NOON
        )


def test_goods_that_are_pledged_twice_are_not_linked(world):
    line = loose(world, quantity=80)
    loan_on(world, "FA-1", taking(world, "PO-1"), owed="1000")
    loan_on(world, "FA-2", taking(world, "GR-L"), owed="1000")

    with pytest.raises(lineage.GoodsPledgedTwice):
        lineage.link_line(
            line_id=line.pk, origin_id=line_of("PO-1").pk, factor=None, by=world.applicant, at=clock.now()
        )
    line.refresh_from_db()
    assert line.origin is None and PledgeLine.objects.filter(counts=True).count() == 2
