"""The list of payments to look into: all of it, page by page, by key."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scf.banks.models import Investigation
from scf.banks.services import investigations
from tests.factories import NOON, LendingWorld
from tests.trade_world import client_of

pytestmark = pytest.mark.django_db
PAGE = "/banks/investigations/"


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


def open_some(world: LendingWorld, count: int) -> None:
    for number in range(count):
        investigations.open_unknown_debit(
            bank=world.bank, key=f"{number}", at=NOON, id=f"PO-20310303-{number:04d}", account="1", paid="CNY 1.00"
        )


def named(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"PO-20310303-(\d{4})", page)))


def test_all_that_is_open_is_reached_and_counted(world):
    open_some(world, 53)
    client, seen, address = client_of(world.clerk), [], PAGE
    while address:
        page = client.get(address).content.decode()
        assert ">53</span>" in page
        seen += named(page)
        found = re.search(r'href="(\?open_after=\d+)"', page)
        address = PAGE + found[1] if found else ""

    assert seen == [f"{number:04d}" for number in range(53)]


def test_settled_ones_are_paged_beside_and_the_queries_do_not_grow(world):
    open_some(world, 30)
    for row in Investigation.objects.order_by("pk")[:2]:
        investigations.close(investigation_id=row.pk, note="rung up", by=world.clerk, at=NOON)
    client = client_of(world.clerk)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for row in Investigation.objects.filter(state="OPEN").order_by("pk")[:27]:
        investigations.close(investigation_id=row.pk, note="rung up", by=world.clerk, at=NOON)
    open_some(world, 60)

    with CaptureQueriesContext(connection) as many:
        page = client.get(PAGE).content.decode()

    assert len(many) == len(few)
    older = re.search(r'href="(\?after=\d+)"', page)
    assert older and named(client.get(PAGE + older[1]).content.decode())[-4:] == ["0003", "0002", "0001", "0000"]
