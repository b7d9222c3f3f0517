"""Pages of goods, stocks, calls, matches and registers ask as many questions for twelve rows as for three."""

import pytest

from scf.collateral.models import RegisterRequest
from scf.orders.models import TradeDocument
from scf.parties.models import Role
from tests.factories import NOON, member
from tests.integration.test_cover import loan_on, taking
from tests.integration.test_query_counts import questions
from tests.trade_world import ORDER_HEADER, RECEIPT_HEADER, STORED_HEADER, TradeWorld, client_of

FEW, MANY = 3, 12
PAGES = [
    ("signer", "/"),
    ("signer", "/collateral/stock/"),
    ("reviewer", "/collateral/stock/"),
    ("applicant", "/collateral/margin/"),
    ("maker", "/collateral/margin/"),
    ("maker", "/collateral/margin/?chip=ended"),
    ("reviewer", "/collateral/matches/"),
    ("reviewer", "/collateral/matches/?judged=1"),
    ("reviewer", "/collateral/registers/"),
]


@pytest.fixture
def world(db, tmp_path):
    made = TradeWorld(tmp_path)
    with made.running():
        made.signer, made.count = member(made.keeper, Role.SIGNER), 0
        yield made


def grow(world: TradeWorld, count: int) -> None:
    """So many stocks with goods that wait to be locked, calls, pairs of papers, and questions to registers."""
    for n in range(world.count, count):
        stated = f"2031-02-20,{world.supplier.name},{world.keeper.name},虚构铜{n},吨,25,60000,CNY,2031-12-31"
        world.bring(f"{STORED_HEADER}WR-{n},{stated}\n")
        loan_on(world, f"FA-{n}", taking(world, f"WR-{n}"), owed="9000000", is_waived=False)
        for owner in (world.supplier, world.rival):
            row = f"GR-70{n},2031-02-25,,{owner.name},{world.buyer.name},CNY,1,虚构轴承,件,90,0,{1000 + n}\n"
            world.bring(RECEIPT_HEADER + row, owner=owner)
        for kind, outcome in (("SEARCH", "MATCH"), ("CANCEL", "")):
            state = {"state": "ANSWERED", "answered_at": NOON, "outcome": outcome} if outcome else {}
            RegisterRequest.objects.create(
                reference=f"FA-{n}", thread="t", register="MOVABLES", kind=kind, key=f"{kind}{n}", content={},
                asked_at=NOON, cancel_by=NOON.date().replace(year=2030) if kind == "CANCEL" else None, **state,
            )  # fmt: skip
    world.count = count
    world.pump()


def test_lists_ask_as_much_for_twelve_rows_as_for_three(world):
    clients = {who: client_of(getattr(world, who)) for who, _page in PAGES}

    def count() -> dict[tuple[str, str], list[str]]:
        return {(who, page): questions(lambda who=who, page=page: clients[who].get(page)) for who, page in PAGES}

    grow(world, FEW)
    few = count()
    grow(world, MANY)
    many = count()

    shown = {page: clients[who].get(page).content.decode() for who, page in PAGES}
    assert all(f"FA-{MANY - 1}" in shown[page] for page in ("/collateral/margin/", "/collateral/registers/"))
    assert "虚构铜11" in shown["/collateral/stock/"] and shown["/collateral/matches/"].count("GR-70") >= MANY
    more = {key: f"{len(few[key])} -> {len(many[key])}: {many[key][-3:]}" for key in few
            if len(many[key]) > len(few[key])}  # fmt: skip
    assert not more, "\n".join(f"{key} {text}" for key, text in more.items())


def test_the_page_of_goods_asks_as_much_for_twelve_lines_as_for_three(world):
    for lines in (FEW, MANY):
        parties = f"{world.supplier.name},{world.buyer.name},CNY"
        for text, header in ((f"PO-{lines},2031-02-20", ORDER_HEADER), (f"GR-{lines},2031-02-25", RECEIPT_HEADER)):
            order, rest = (f",PO-{lines}", "5,0,1000") if header == RECEIPT_HEADER else ("", "10,1000,60")
            rows = (f"{text}{order},{parties},{n},虚构轴承{n},件,{rest}\n" for n in range(lines))
            world.bring(header + "".join(rows))
        loose = (f"GL-{lines},2031-02-26,,{parties},{n},虚构轴承{n},件,1,0,1000\n" for n in range(lines))
        world.bring(RECEIPT_HEADER + "".join(loose))
    world.pump()
    client = client_of(world.applicant)

    def asked(number: str) -> int:
        document = TradeDocument.objects.get(number=number)
        return len(questions(lambda: client.get(f"/collateral/goods/{document.pk}/")))

    for kind in ("PO", "GR", "GL"):
        assert asked(f"{kind}-{MANY}") == asked(f"{kind}-{FEW}") < 40
