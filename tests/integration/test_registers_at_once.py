"""Two registers answer at the same moment: the case hears that both have."""

import threading

import pytest

from scf.collateral.models import RegisterRequest
from scf.collateral.services import register_sending
from scf.kernel import clock
from scf.kernel.models import OutboxMessage
from tests.integration.test_registers import search, stand_behind_case
from tests.integration.threads import at_once
from tests.trade_world import TradeWorld


@pytest.fixture
def world(transactional_db, tmp_path):
    """Both registers are about to be asked about a case."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order("PO-5001")
        made.receipt("GR-7001", of="PO-5001")
        stand_behind_case(made)
        search()
        yield made


def test_of_two_answers_at_once_the_later_one_sees_the_earlier_one(world, monkeypatch):
    both, complete, at = threading.Barrier(2), register_sending.tell_if_complete, clock.now()

    def together(reference, at) -> None:
        try:
            both.wait(timeout=1)  # neither has committed yet, unless one waits for the other
        except threading.BrokenBarrierError:
            pass
        complete(reference, at)

    monkeypatch.setattr(register_sending, "tell_if_complete", together)
    first, second = RegisterRequest.objects.values_list("pk", flat=True)

    answers = at_once([lambda pk=pk: register_sending.send(request_id=pk, at=at) for pk in (first, second)])

    assert answers == [None, None]
    assert OutboxMessage.objects.filter(topic="collateral.registers.answered").count() == 1
