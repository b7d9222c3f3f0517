"""What used a limit, step by step: blocked at submission, used at payment, given back at the end."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scf.collateral.models import Cap
from scf.collateral.selectors import caps
from scf.collateral.selectors.cap_history import Move, history_of
from scf.kernel import clock
from scf.servicing.models import Loan
from tests.lending import lent
from tests.trade_world import Person, TradeWorld, later


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        yield made


def limit(world: TradeWorld, **more: object) -> Cap:
    return Cap.objects.create(
        level="SUPPLIER", organisation=world.supplier, limit_minor=1_000_000_00, valid_from=clock.today(), **more
    )


def test_from_submission_to_repayment(world):
    platforms, own = limit(world), limit(world, lender=world.bank)
    lent(world)
    with clock.pinned(later(5)):
        world.repay(Loan.objects.get())
    for cap in (platforms, own):
        steps = history_of(cap, clock.now()).steps[::-1]
        assert [step.move for step in steps] == [Move.BLOCK, Move.UTILISE, Move.RELEASE]
        assert steps[0].used.minor > 0 and steps[-1].used.minor == 0 == caps.with_use([cap])[0].used.minor
    assert history_of(limit(world, lender=world.other_bank), clock.now()).steps == []


def test_what_is_withdrawn_is_given_back_and_the_last_step_is_the_use_of_today(world):
    cap = limit(world)
    application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount="1000")
    assert history_of(cap, clock.now()).steps[0].used == caps.with_use([cap])[0].used
    Person(world, world.applicant).client.post(f"/financing/cases/{application.number}/withdraw/")
    assert [step.move for step in history_of(cap, clock.now()).steps] == [Move.RELEASE, Move.BLOCK]


def test_the_page_shows_the_use_over_time_by_one_query(world):
    cap = limit(world)
    lent(world)
    page = Person(world, world.clerk).client.get(f"/collateral/caps/{cap.pk}/")
    assert page.status_code == 200 and page.context["history"].chart is not None
    with CaptureQueriesContext(connection) as queries:
        history_of(cap, clock.now())
    assert len(queries) == 1
