"""Goods are never lent on twice: by the services, by many at once, and by hand-written SQL."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from scf.collateral.models import Holding, Pledge, PledgeLine
from scf.collateral.services import pledging as registry
from scf.collateral.services.pledging import AlreadyPledged, NothingReserved, Taking
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.valuation import Terms
from scf.financing.models import Application
from scf.financing.services import applying
from scf.kernel import lifecycle
from tests.factories import NOON
from tests.integration.threads import at_once
from tests.trade_world import CNY, TradeWorld

TERMS = Terms(Decimal("0.85"))
TOGETHER = 24
INSERT_LINE = (
    "INSERT INTO collateral_pledgeline (pledge_id, line_holding_id, root_holding_id, quantity, root_quantity, counts,"
    " lendable_minor, currency, product, advance_rate, haircut) SELECT p.id, l.line_holding_id, l.root_holding_id,"
    " {quantity}, {quantity}, true, 1, 'CNY', 'RECEIPT', 0.85, 0"
    " FROM collateral_pledgeline l, collateral_pledge p WHERE p.reference = 'FA-2'"
)


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """An order of 100 pieces, of which 90 were received."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        made.receipt()
        yield made


def taking(world: TradeWorld, document: str, quantity: int | None = None) -> Taking:
    """All that is free of the one line of a document, or so much of it."""
    (found,) = [o for o in world.offerables() if o.line.document_number == document]
    wanted = found.value.free_quantity if quantity is None else Decimal(quantity)
    return Taking(found.line, wanted, 1, TERMS)


def reserve(world: TradeWorld, reference: str, *takings: Taking) -> Pledge:
    return registry.reserve(
        reference=reference, thread="t", supplier=world.supplier, takings=takings, by=world.applicant, at=NOON
    )


def committed(document: str) -> dict[str, Decimal]:
    """What is committed on the line of a document, by scope."""
    return dict(Holding.objects.filter(line__document__number=document).values_list("scope", "committed"))


class TestReserve:
    def test_takes_goods_out_of_what_can_be_borrowed_on(self, world):
        reserve(world, "FA-1", taking(world, "GR-1", 60))

        assert committed("GR-1") == {"LINE": 60} and committed("PO-1") == {"ROOT": 60}
        assert world.lendable("GR-1") == Money.of("22950.00", CNY)  # 30 x 1,000 x 0.85 x 0.9

    def test_refuses_what_is_behind_another_case(self, world):
        mine, theirs = taking(world, "GR-1", 60), taking(world, "GR-1", 31)
        reserve(world, "FA-1", mine)

        with pytest.raises(AlreadyPledged):
            reserve(world, "FA-2", theirs)

        assert committed("GR-1") == {"LINE": 60} and not Pledge.objects.filter(reference="FA-2").exists()

    def test_an_order_line_and_its_receipt_draw_on_the_same_goods(self, world):
        order, receipt = taking(world, "PO-1"), taking(world, "GR-1")
        assert (order.quantity, receipt.quantity) == (10, 90)
        reserve(world, "FA-1", order, receipt)

        assert committed("PO-1") == {"LINE": 10, "ROOT": 100} and committed("GR-1") == {"LINE": 90}

    def test_goods_financed_as_an_order_are_not_financed_again_as_a_receipt(self, world):
        world.order("PO-2")
        reserve(world, "FA-1", taking(world, "PO-2"))
        world.receipt("GR-2", of="PO-2", quantity=100)

        assert world.lendable("GR-2") == Money(0, CNY)
        with pytest.raises(AlreadyPledged):
            reserve(world, "FA-2", taking(world, "GR-2", 1))

    def test_anew_frees_first_what_the_case_held(self, world):
        everything = taking(world, "GR-1")
        reserve(world, "FA-1", everything)

        reserve(world, "FA-1", everything)

        assert committed("GR-1") == {"LINE": 90}

    def test_of_several_lines_all_or_nothing(self, world):
        world.order("PO-2")
        world.receipt("GR-2", of="PO-2")
        first, second = taking(world, "GR-1"), taking(world, "GR-2")
        reserve(world, "FA-1", second)

        with pytest.raises(AlreadyPledged):
            reserve(world, "FA-2", first, second)

        assert committed("GR-1") == {}
        assert world.lendable("GR-1") == Money.of("68850.00", CNY)


class TestPledgeAndRelease:
    def test_reserved_goods_become_a_lenders_security(self, world):
        reserve(world, "FA-1", taking(world, "GR-1"))

        pledge = registry.pledge(reference="FA-1", bank=world.bank, by=None, at=NOON)

        assert (pledge.state, pledge.bank, pledge.pledged_at) == ("PLEDGED", world.bank, NOON)

    def test_nothing_reserved_is_nothing_pledged(self, world):
        with pytest.raises(NothingReserved):
            registry.pledge(reference="FA-1", bank=world.bank, by=None, at=NOON)

    def test_what_is_pledged_is_not_pledged_to_another(self, world):
        reserve(world, "FA-1", taking(world, "GR-1"))
        registry.pledge(reference="FA-1", bank=world.bank, by=None, at=NOON)

        with pytest.raises(lifecycle.NotAllowedNow):
            registry.pledge(reference="FA-1", bank=world.other_bank, by=None, at=NOON)

    def test_released_goods_are_free_once_however_often(self, world):
        reserve(world, "FA-1", taking(world, "GR-1"))

        for _time in range(2):
            registry.release(reference="FA-1", by=None, at=NOON)

        assert committed("GR-1") == {"LINE": 0} and Pledge.objects.get().state == "RELEASED"
        reserve(world, "FA-2", taking(world, "GR-1"))

    def test_goods_that_were_paid_for_go_on_counting(self, world):
        everything = taking(world, "GR-1")
        reserve(world, "FA-1", everything)

        PledgeLine.objects.update(paid_quantity=F("quantity"))

        registry.release(reference="FA-1", by=None, at=NOON)

        assert committed("GR-1") == {"LINE": 90}
        with pytest.raises(AlreadyPledged):
            reserve(world, "FA-2", everything)

    def test_releasing_a_case_that_holds_nothing_does_nothing(self, world):
        registry.release(reference="FA-NONE", by=None, at=NOON)

        assert not Pledge.objects.exists()


class TestAtOnce:
    @pytest.fixture
    def world(self, transactional_db, tmp_path) -> Iterator[TradeWorld]:
        made = TradeWorld(tmp_path)
        with made.running():
            made.order()
            made.receipt()
            yield made

    def test_many_reserving_one_line_leave_exactly_one(self, world):
        everything = taking(world, "GR-1")

        answers = at_once([partial(reserve, world, f"FA-{n}", everything) for n in range(TOGETHER)])

        assert [type(a) for a in answers if not isinstance(a, AlreadyPledged)] == [Pledge]
        assert committed("GR-1") == {"LINE": 90} and PledgeLine.objects.filter(counts=True).count() == 1

    def test_many_taking_parts_take_no_more_than_there_is(self, world):
        answers = at_once([partial(reserve, world, f"FA-{n}", taking(world, "GR-1", 7)) for n in range(TOGETHER)])

        assert {type(a) for a in answers} == {Pledge, AlreadyPledged}
        assert sum(isinstance(a, Pledge) for a in answers) == 12 and committed("GR-1") == {"LINE": 84}

    def test_lines_in_any_order_never_lock_each_other_out(self, world):
        for number in (2, 3):
            world.order(f"PO-{number}")
            world.receipt(f"GR-{number}", of=f"PO-{number}")
        goods = [taking(world, f"GR-{number}") for number in (1, 2, 3)] + [taking(world, "PO-1")]
        choices = [goods[n % 4 :] + goods[: n % 4] for n in range(TOGETHER)]

        answers = at_once([partial(reserve, world, f"FA-{n}", *c) for n, c in enumerate(choices)])

        assert [type(a) for a in answers if not isinstance(a, AlreadyPledged)] == [Pledge]

    def test_many_applications_on_the_same_goods_leave_exactly_one_submitted(self, world):
        drafts = [world.draft("GR-1") for _ in range(8)]

        answers = at_once([partial(applying.submit, application_id=d.pk, by=world.applicant, at=NOON) for d in drafts])

        assert sum(isinstance(answer, Application) for answer in answers) == 1
        assert all(isinstance(answer, Application | DomainError) for answer in answers), answers
        assert Application.objects.filter(state="SUBMITTED").count() == 1
        assert committed("GR-1") == {"LINE": 90}

    def test_one_draft_submitted_by_many_clicks_is_submitted_once(self, world):
        draft = world.draft("GR-1")

        answers = at_once([partial(applying.submit, application_id=draft.pk, by=world.applicant, at=NOON)] * 8)

        assert sum(isinstance(answer, Application) for answer in answers) == 1
        assert {type(a) for a in answers} == {Application, lifecycle.NotAllowedNow}


class TestAttacksBySql:
    @pytest.fixture
    def pledged(self, world) -> TradeWorld:
        reserve(world, "FA-1", taking(world, "GR-1", 60))
        registry.pledge(reference="FA-1", bank=world.bank, by=None, at=NOON)
        return world

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE collateral_holding SET committed = 0",
            "UPDATE collateral_holding SET committed = committed - 1",
            "UPDATE collateral_holding SET capacity = committed - 1 WHERE committed > 0",
            "UPDATE collateral_pledgeline SET quantity = 1",
            "UPDATE collateral_pledgeline SET line_holding_id = root_holding_id",
            "UPDATE collateral_pledgeline SET quantity = -1",
            "UPDATE collateral_pledgeline SET counts = false",
            "DELETE FROM collateral_pledgeline",
            INSERT_LINE.format(quantity=31),
            INSERT_LINE.format(quantity=0),
            INSERT_LINE.format(quantity=-30),
            "UPDATE collateral_holding SET capacity = 101 WHERE scope = 'ROOT'",
            "UPDATE collateral_holding SET capacity = 91 WHERE scope = 'LINE'",
            "UPDATE collateral_holding SET line_id = NULL",
            "UPDATE collateral_pledge SET state = 'RELEASED' WHERE reference = 'FA-1'",
            "UPDATE collateral_pledge SET state = 'RESERVED' WHERE reference = 'FA-1'",
            "UPDATE collateral_pledge SET bank_id = supplier_id WHERE reference = 'FA-1'",
            "INSERT INTO collateral_releaseorder (pledge_id, reason, cause, at, ordered_by_id)"
            " SELECT p.id, 'PART', 'x', now(), m.id FROM collateral_pledge p, parties_membership m"
            " WHERE p.reference = 'FA-1' AND m.organisation_id = p.supplier_id",
            "INSERT INTO collateral_releaseorder (pledge_id, reason, cause, at)"
            " SELECT id, 'PART', 'x', now() FROM collateral_pledge WHERE reference = 'FA-1'",
            "WITH other AS (INSERT INTO collateral_releaseorder (pledge_id, reason, cause, at)"
            " SELECT id, 'REPAID', 'x', now() FROM collateral_pledge WHERE reference = 'FA-2' RETURNING id)"
            " UPDATE collateral_pledgeline SET counts = false, release_id = other.id FROM other",
            "UPDATE orders_documentline SET received = 1000 WHERE received IS NOT NULL",
            "UPDATE orders_documentline SET ordered = 1000 WHERE ordered IS NOT NULL",
            "UPDATE orders_documentline SET origin_id = NULL WHERE origin_id IS NOT NULL",
            "UPDATE orders_documentline SET origin_factor = 0.01 WHERE origin_id IS NOT NULL",
            "DELETE FROM orders_documentline",
            "INSERT INTO collateral_holding (line_id, scope, capacity, committed)"
            " SELECT line_id, scope, 1000, 0 FROM collateral_holding",
        ],
    )
    def test_is_refused_by_the_database(self, pledged, sql):
        Pledge.objects.create(reference="FA-2", thread="t", supplier=pledged.supplier)

        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

        assert committed("GR-1") == {"LINE": 60} and committed("PO-1") == {"ROOT": 60}

    def test_a_line_that_fits_is_counted_even_by_hand(self, pledged):
        other = Pledge.objects.create(reference="FA-2", thread="t", supplier=pledged.supplier)
        held = PledgeLine.objects.get()

        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO collateral_pledgeline (pledge_id, line_holding_id, root_holding_id, quantity,"
                " root_quantity, counts, lendable_minor, currency, product, advance_rate, haircut)"
                " VALUES (%s, %s, %s, 30, 30, true, 1, 'CNY', 'RECEIPT', 0.85, 0)",
                [other.pk, held.line_holding_id, held.root_holding_id],
            )

        assert committed("GR-1") == {"LINE": 90}
