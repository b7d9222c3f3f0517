"""Reviewers see both papers side by side and say what they are; nobody else learns of the other side."""

import pytest

from scf.collateral.models import RegisterRequest, Resemblance
from tests.factories import NOON
from tests.trade_world import RECEIPT_HEADER, TradeWorld, client_of


@pytest.fixture
def world(db, tmp_path):
    """Two suppliers with a receipt of the same facts."""
    made = TradeWorld(tmp_path)
    with made.running():
        for owner in (made.supplier, made.rival):
            row = f"GR-7001,2031-02-25,,{owner.name},{made.buyer.name},CNY,1,虚构轴承,件,90,0,1000\n"
            made.bring(RECEIPT_HEADER + row, owner=owner)
        made.pump()
        yield made


def test_two_reviewers_tell_exact_papers_apart(world):
    pair = Resemblance.objects.get()
    first, second = client_of(world.reviewer), client_of(world.second_reviewer)
    page = first.get("/collateral/matches/").content.decode()
    assert world.supplier.name in page and world.rival.name in page

    side_by_side = first.get(f"/collateral/matches/{pair.pk}/").content.decode()
    assert side_by_side.count("GR-7001") >= 2 and "虚构轴承" in side_by_side
    address, said = f"/collateral/matches/{pair.pk}/", {"action": "different", "reason": "两批货"}
    assert first.post(address, {"action": "different"}).status_code == 422
    assert first.post(address, said).status_code == 302
    assert first.post(address, said).status_code == 422
    assert second.post(address, said).status_code == 302

    assert Resemblance.objects.get().state == "DIFFERENT"
    assert "GR-7001" not in first.get("/collateral/matches/").content.decode()
    assert "GR-7001" in first.get("/collateral/matches/?judged=1&grade=EXACT").content.decode()
    assert first.post(address, {"action": "again", "reason": "a letter"}).status_code == 302


def test_lists_ask_as_much_for_many_as_for_one(world, django_assert_max_num_queries):
    client = client_of(world.reviewer)
    for address in ("/collateral/matches/", "/collateral/registers/"):
        client.get(address)
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200


def test_a_register_match_is_dismissed_with_a_reason(world):
    row = RegisterRequest.objects.create(
        reference="FA-1", thread="t", register="MOVABLES", kind="SEARCH", key="k", content={}, asked_at=NOON,
        state="ANSWERED", answered_at=NOON, outcome="MATCH", answer={"filings": ["F1"]},
    )  # fmt: skip
    client = client_of(world.reviewer)
    assert "FA-1" in client.get("/collateral/registers/").content.decode()

    assert client.post("/collateral/registers/", {"id": row.pk, "reason": ""}).status_code == 422
    assert client.post("/collateral/registers/", {"id": row.pk, "reason": "others"}).status_code == 302
    assert client.post("/collateral/registers/", {"id": row.pk, "reason": "others"}).status_code == 404
    assert RegisterRequest.objects.get().dismissal == "others"
