"""A page and the machine take the same step's walk and case in one order: neither stands in the other's way."""

import threading
import time

import pytest
from django.db import connection

from scf.collateral.models import Pledge
from scf.collateral.selectors import perfection
from scf.collateral.services import perfecting
from scf.financing import tasks
from scf.financing.flows import Financing
from scf.financing.models import Application, FinancingProcess
from scf.kernel import clock
from tests.integration.threads import at_once
from tests.lending import lent
from tests.trade_world import TradeWorld, where

WAIT_SECONDS_MAX = 5


@pytest.fixture
def world(transactional_db, tmp_path):
    """A signed case whose pledge has just come to stand."""
    made = TradeWorld(tmp_path)
    made.lenders_waive = False
    with made.running():
        made.order()
        application = lent(made)
        for element in perfection.missing(Pledge.objects.get()):
            perfecting.waive(
                reference=application.number, element=element, reason="agreed", by=made.checker, at=clock.now()
            )
        yield made


def test_the_machine_waits_for_a_page_with_nothing_in_its_hands(world, monkeypatch):
    application, process = Application.objects.get(), FinancingProcess.objects.get()
    page_is_in, machine_waits = threading.Event(), threading.Event()

    def page() -> None:
        """A page holds the walk, and then wants the case."""
        with clock.pinned(world.at), Financing.lock(process.pk), connection.cursor() as cursor:
            page_is_in.set()
            machine_waits.wait(WAIT_SECONDS_MAX)
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            Application.objects.select_for_update(of=("self",)).get(pk=application.pk)

    def machine() -> None:
        page_is_in.wait(WAIT_SECONDS_MAX)
        with clock.pinned(world.at):
            tasks.pledge_effective(message_id=1, at=world.at, reference=application.number)

    nap = time.sleep

    def sleep(seconds: float) -> None:
        """What a walk's lock does before it tries again."""
        machine_waits.set()
        nap(0.2)

    monkeypatch.setattr("viewflow.workflow.lock.time.sleep", sleep)

    assert at_once([page, machine]) == [None, None]
    assert where(Application.objects.get()) == ["await_payment"]
