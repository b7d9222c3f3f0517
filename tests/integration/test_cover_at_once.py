"""New prices and changed papers meet on the same pledges: they wait for one another and never lock each other out."""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from scf.collateral.gateways.price_files import Row
from scf.collateral.models import CoverCheck, Exposure, Pledge, PledgeValue
from scf.collateral.services import covering, prices, valuing
from scf.kernel import clock
from tests.integration.test_cover import loan_on, taking
from tests.integration.test_prices import copper
from tests.integration.threads import at_once
from tests.trade_world import TradeWorld

PLEDGES, ROUNDS = 6, 12


@pytest.fixture
def world(transactional_db, tmp_path):
    made = TradeWorld(tmp_path)
    with made.running():
        made.copper = copper()
        price(made, 60_000)
        for number in range(PLEDGES):
            made.stored(f"WR-{number}", quantity=5 + number)
        made.pump()
        for number in range(PLEDGES):
            loan_on(made, f"FA-{number}", taking(made, f"WR-{number}"), owed="1000")
        yield made


def price(world: TradeWorld, value: int, later: int = 0) -> None:
    row = Row(1, world.copper.code, "", clock.today(), Decimal(value))
    prices.receive_prices(rows=[row], feed="test", at=clock.now() + timedelta(seconds=later))


def test_prices_and_papers_at_once_never_lock_each_other_out(world):
    at, keys = clock.now(), list(Pledge.objects.order_by("-pk").values_list("pk", flat=True))

    def reprice() -> None:
        for turn in range(ROUNDS):
            price(world, 50_000 + turn * 100, later=turn)
            covering.reprice(commodity_id=world.copper.pk, at=at)

    def look(first: int) -> None:
        for turn in range(ROUNDS):
            covering.look_again(keys[first:] + keys[:first], cause=CoverCheck.Cause.PAPERS, at=at)
            with transaction.atomic():  # what a single pledge meets: its row, then its values
                covering.carried_now(f"FA-{turn % PLEDGES}", "CNY", at=at)

    answers = at_once([reprice, lambda: look(0), reprice, lambda: look(3)])

    assert [answer for answer in answers if answer is not None] == []
    covering.reprice(commodity_id=world.copper.pk, at=at)
    carried = dict(PledgeValue.objects.values_list("line__pledge", "carries_minor"))
    assert {row.pledge_id: row.carries_minor for row in Exposure.objects.all()} == carried


def test_a_price_waits_for_the_papers_before_it_takes_any_value(world, monkeypatch):
    """The worst moment, made on purpose: papers hold the pledges while the price comes for their values."""
    held, valued = threading.Event(), threading.Event()
    by_papers, by_price = valuing.value_pledges, valuing.value_commodity

    def when_the_price_is_there(*args, **facts):
        held.set()
        until = time.monotonic() + 20
        while not valued.is_set() and not _somebody_waits() and time.monotonic() < until:
            valued.wait(0.01)
        return by_papers(*args, **facts)

    def and_then_say_so(*args, **facts):
        found = by_price(*args, **facts)
        valued.set()
        return found

    def reprice() -> None:
        held.wait(20)
        covering.reprice(commodity_id=world.copper.pk, at=clock.now())

    price(world, 50_000)
    monkeypatch.setattr(valuing, "value_pledges", when_the_price_is_there)
    monkeypatch.setattr(valuing, "value_commodity", and_then_say_so)
    keys, at = list(Pledge.objects.values_list("pk", flat=True)), clock.now()

    answers = at_once([lambda: covering.look_again(keys, cause=CoverCheck.Cause.PAPERS, at=at), reprice])

    assert [answer for answer in answers if isinstance(answer, Exception)] == [] and valued.is_set()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
        return cursor.fetchone()[0] > 0
