"""A list asks as many questions for thirty rows as for three."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scf.domain.money import Money
from scf.domain.schedule import Contract
from scf.financing.models import Application, BankCase, Product
from scf.kernel import clock
from scf.notifications import services as notifications
from scf.parties.models import BankAccount
from scf.servicing.services import loans
from tests.factories import NOON, member
from tests.trade_world import ORDER_HEADER, TradeWorld, client_of

FEW, MANY = 3, 30


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    made = TradeWorld(tmp_path)
    with made.running():
        yield made


class Growing:
    """Rows of every kind, more whenever asked."""

    def __init__(self, world: TradeWorld) -> None:
        self.world, self.count = world, 0

    def to(self, count: int) -> None:
        """So many rows of each kind."""
        world = self.world
        rows = "".join(
            f"PO-{n},2031-02-20,{world.supplier.name},{world.buyer.name},CNY,1,虚构轴承,件,10,1000,60\n"
            for n in range(self.count, count)
        )
        world.bring(ORDER_HEADER + rows)
        for n in range(self.count, count):
            for state in ("SUBMITTED", "ROUTED", "OFFERED", "DRAFT"):
                self._case(f"FA-{state}-{n:04d}", state)
            self._loan(n)
            people = [world.applicant, world.reviewer, world.maker, world.clerk]
            notifications.tell(
                to=people, code="case.offered", facts={"number": n}, link="/", dedupe_key=f"k{n}", at=NOON
            )
        self.count = count

    def _case(self, number: str, state: str) -> None:
        world = self.world
        application = Application.objects.create(
            number=number, supplier=world.supplier, buyer=world.buyer, product=Product.objects.get(code="ORDER"),
            currency="CNY", amount_minor=100_00, tenor_days=60, state=state, created_by=world.applicant.user,
            created_at=NOON, submitted_at=NOON, waiting_since=NOON,
        )  # fmt: skip
        if state in ("ROUTED", "OFFERED"):
            for bank_state in ("OPEN",) if state == "ROUTED" else ("CHECKER",):
                BankCase.objects.create(
                    application=application, bank=world.bank, state=bank_state, opened_at=NOON, waiting_since=NOON,
                    maker=None if bank_state == "OPEN" else world.maker.user,
                )  # fmt: skip

    def _loan(self, n: int) -> None:
        from scf.banks.models import Payment

        world = self.world
        lending = world.bank.bank_accounts.get(purpose=BankAccount.Purpose.LENDING)
        payment = Payment.objects.create(
            end_to_end_id=f"PO-{n}", kind="DISBURSEMENT", bank=world.bank, reference=f"FA-L-{n}", thread=f"l{n}",
            debtor_account=lending, creditor_account=world.payee, amount_minor=100_00, currency="CNY",
            execution_date=date(2031, 3, 3), created_at=NOON,
        )  # fmt: skip
        contract = Contract(
            Money(100_00, "CNY"), Product.objects.get(code="ORDER").indicative_rate, "ACT/360", date(2031, 3, 3),
            date(2031, 3, 10),
        )  # fmt: skip
        loans.open_loan(
            payment=payment, supplier=world.supplier, buyer=world.buyer, product="ORDER", contract=contract, at=NOON
        )


PAGES = [
    ("applicant", "/"),
    ("applicant", "/financing/apply/"),
    ("applicant", "/financing/cases/"),
    ("applicant", "/financing/cases/?format=csv"),
    ("applicant", "/documents/"),
    ("applicant", "/servicing/loans/"),
    ("applicant", "/messages/"),
    ("applicant", "/search/?q=FA"),
    ("reviewer", "/"),
    ("reviewer", "/financing/queue/"),
    ("reviewer", "/financing/cases/"),
    ("reviewer", "/documents/"),
    ("maker", "/"),
    ("maker", "/financing/queue/"),
    ("maker", "/servicing/loans/"),
    ("checker", "/financing/queue/"),
    ("clerk", "/"),
    ("clerk", "/servicing/loans/"),
    ("clerk", "/servicing/loans/?format=csv"),
    ("clerk", "/servicing/reconciliation/"),
    ("clerk", "/servicing/exports/"),
    ("clerk", "/servicing/reports/"),
    ("clerk", "/servicing/reports/trial-balance/?first=2031-03-01"),
    ("clerk", "/servicing/reports/subledger/?first=2031-03-01&kind=PRINCIPAL"),
    ("clerk", "/servicing/reports/arrears/"),
    ("clerk", "/servicing/reports/due-calendar/?first=2031-03-01"),
    ("maker", "/servicing/reports/accrual/?first=2031-03-01"),
    ("maker", "/servicing/reports/arrears/?by=class"),
    ("administrator", "/"),
]


def questions(ask: Callable[[], object]) -> list[str]:
    """The SQL of `ask`, the second time: the first one fills what Django keeps in memory."""
    ask()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        ask()
    return [query["sql"] for query in captured.captured_queries]


def test_pages_ask_as_much_for_thirty_rows_as_for_three(world):
    world.administrator = member(world.platform, "ADMINISTRATOR")
    growing = Growing(world)
    clients = {who: client_of(getattr(world, who)) for who, _page in PAGES}

    def count() -> dict[tuple[str, str], list[str]]:
        found = {}
        for who, page in PAGES:
            assert clients[who].get(page).status_code == 200, (who, page)
            found[who, page] = questions(lambda who=who, page=page: clients[who].get(page))
        return found

    with clock.pinned(NOON):
        growing.to(FEW)
        few = count()
        growing.to(MANY)
        many = count()

    more = {key: f"{len(few[key])} -> {len(many[key])}: {many[key][-3:]}" for key in few
            if len(many[key]) > len(few[key])}  # fmt: skip
    assert not more, "\n".join(f"{key} {text}" for key, text in more.items())
    assert max(map(len, many.values())) < 60
