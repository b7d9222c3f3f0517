"""A few lines of a supplier's goods are read without the rest, and say the same."""

import random
from decimal import Decimal

import pytest

from scf.collateral.selectors import life, offers, open_goods
from scf.domain.valuation import Terms
from scf.kernel import clock
from scf.orders.models import DocumentLine, TradeDocument
from scf.orders.selectors import TooManyLines, financeable_lines, goods
from scf.parties.models import Organisation
from tests.factories import NOON, organisation
from tests.integration.test_cover import loan_on, taking
from tests.trade_world import TradeWorld, client_of

Kind, State = TradeDocument.Kind, TradeDocument.State
PAPERS = [kind for kind in Kind if kind != Kind.PURCHASE_ORDER]
TERMS = {"ORDER": Terms(Decimal("0.4")), "RECEIPT": Terms(Decimal("0.85")), "WAREHOUSE": Terms(Decimal("0.65"))}


class Mixed:
    """Papers of every kind and state on the same goods, in other units, refused, loose."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.owner, self.buyer = organisation(), organisation(Organisation.Kind.BUYER)
        self.count = 0
        for _ in range(10):
            order = self.document(Kind.PURCHASE_ORDER)
            for _ in range(self.chance.randint(1, 2)):
                root = self.line(order, None)
                for _ in range(self.chance.randint(0, 5)):
                    self.line(self.document(self.chance.choice(PAPERS), order.number), root)
            self.line(self.document(self.chance.choice(PAPERS)), None)

    def document(self, kind: str, order: str = "") -> TradeDocument:
        self.count += 1
        answer = {"answer": self.chance.choice(["RE", "AP", "27"])} if kind == Kind.ORDER_RESPONSE else {}
        is_stored = kind == Kind.WAREHOUSE_RECEIPT
        return TradeDocument.objects.create(
            owner=self.owner, kind=kind, number=f"{kind[:2]}-{self.count}", content_hash=f"{self.count}",
            source="SHEET", supplier=self.owner, buyer=self.buyer, imported_at=NOON,
            warehouse=self.buyer if is_stored else None,
            currency=self.chance.choice(["CNY", "CNY", ""]), payment_term_days=self.chance.choice([None, 60]),
            issue_date=self.chance.choice([None, "2031-02-01", "2031-02-11"]),
            due_date=self.chance.choice([None, "2031-05-01"]),
            state=self.chance.choices([State.MATCHED, State.RECORDED, State.DISPUTED, State.VOID], [8, 1, 1, 1])[0],
            references={"order": [order] if order else [], **answer},
        )  # fmt: skip

    def line(self, document: TradeDocument, origin: DocumentLine | None) -> DocumentLine:
        def some() -> Decimal:
            return Decimal(self.chance.randint(0, 40))

        return DocumentLine.objects.create(
            document=document, number="1", unit="件", quantity=some(), ordered=some(), received=some(),
            rejected=min(some(), 5), confirmed=self.chance.choice([None, some()]), origin=origin,
            origin_factor=self.chance.choice([1, 1, 12]) if origin else 1, description="虚构轴承",
            unit_price=self.chance.choice([None, 7]), amount_minor=None if not document.currency else 90_00,
        )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_few_lines_are_read_as_among_all(seed):
    world = Mixed(seed)
    every = {line.line_id: line for line in financeable_lines(organisation=world.owner)}
    keys = list(DocumentLine.objects.values_list("pk", flat=True))
    for size in (1, 1, 3, 10, len(keys)):
        wanted = world.chance.sample(keys, size)
        found = financeable_lines(organisation=world.owner, line_ids=wanted)
        assert found == [every[key] for key in every if key in wanted]  # in the same order, too
    for document in TradeDocument.objects.all():
        found = financeable_lines(organisation=world.owner, documents=[document.pk])
        assert found == [line for line in every.values() if line.document_id == document.pk]
    assert financeable_lines(organisation=organisation(), line_ids=keys) == []


@pytest.fixture
def trade(db, tmp_path):
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        made.receipt()
        made.order("PO-2")
        made.stored()
        yield made


def test_reading_few_asks_the_same_however_many_there_are(trade, django_assert_num_queries):
    (wanted,) = DocumentLine.objects.filter(document__number="GR-1").values_list("pk", flat=True)
    for number in range(3, 9):
        with django_assert_num_queries(5):
            (found,) = financeable_lines(organisation=trade.supplier, line_ids=[wanted])
        assert found.document_number == "GR-1"
        with django_assert_num_queries(9):
            life.lives_on(TradeDocument.objects.select_related("owner").get(number="GR-1"))
        trade.order(f"PO-{number}")
        trade.receipt(f"GR-{number}", of=f"PO-{number}")


def test_of_very_many_lines_those_are_read_that_have_something_left(trade, monkeypatch):
    for number in (3, 4):
        trade.order(f"PO-{number}", quantity=50)
        trade.receipt(f"GR-{number}", of=f"PO-{number}", quantity=50, rejected=50 * (number == 3))
    loan_on(trade, "FA-1", taking(trade, "GR-4"), owed="1000")
    every = trade.offerables()
    monkeypatch.setattr(open_goods, "WHOLE_MAX", 3)

    found = trade.offerables()

    assert [o for o in every if o.lendable.minor] == [o for o in found if o.lendable.minor]
    assert {o.line.document_number for o in found} == {"PO-1", "GR-1", "PO-2", "WR-1"}


def test_more_than_can_be_valued_is_said_not_cut_off(trade, monkeypatch):
    monkeypatch.setattr(goods, "LINES_MAX", 3)
    with pytest.raises(TooManyLines):
        financeable_lines(organisation=trade.supplier)
    monkeypatch.setattr(open_goods, "WHOLE_MAX", 3)
    with pytest.raises(TooManyLines):
        offers.offerables(organisation=trade.supplier, terms=TERMS, on=clock.today())
    home = client_of(trade.applicant).get("/", headers={"accept-language": "en"}).content.decode()
    assert "Too much is open" in home
