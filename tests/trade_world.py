"""The smallest world in which a case walks from papers to a settled loan, with an in-process bank.

People act through the Django client; `pump` does what worker and beat do. Time stands still until a test moves it.
"""

# budget: one world, which every test of a walk begins with
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.test import Client

from scf.banks import selectors as banks
from scf.banks.gateways.keeper import LocalKeeper, Vault
from scf.banks.gateways.sandbox_bank.bank import SandboxBanks
from scf.banks.gateways.sandbox_bank.local import LocalGateway
from scf.banks.models import Connection
from scf.banks.services import keeper_line, lines, messages
from scf.collateral import selectors as collateral
from scf.collateral.gateways.lines import LocalRegister
from scf.collateral.gateways.sandbox_register.books import RegisterBooks
from scf.collateral.models import Pledge
from scf.collateral.selectors import Offerable, perfection
from scf.collateral.services import perfecting, register_lines
from scf.domain.money import Money
from scf.financing.flows import waiting_task
from scf.financing.models import Application, BankCase, BankProcess, FinancingProcess, Product
from scf.financing.services import applying
from scf.kernel import clock, outbox
from scf.orders.services import Upload, import_files
from scf.parties.middleware import SESSION_KEY
from scf.parties.models import BankAccount, Membership, Organisation, Role
from scf.servicing import selectors as servicing
from scf.servicing.models import Loan
from scf.servicing.services import statements
from tests.factories import NOON, PASSWORD, account, appetite, member, organisation
from tests.officers import seen_of

BACKEND = "scf.parties.backends.ActingBackend"
ORDER_HEADER = "采购订单号,单据日期,供应商,采购方,币种,行号,商品名称,单位,订购数量,单价,账期天数\n"
RECEIPT_HEADER = "入库单号,单据日期,采购订单号,供应商,采购方,币种,行号,商品名称,单位,实收数量,拒收数量,单价\n"
STORED_HEADER = "仓单号,填发日期,存货人,保管人,品名,单位,数量,单价,币种,储存期间止\n"
CNY = "CNY"


class TradeWorld:
    """A platform, a supplier and its rival, a buyer, a keeper and two lenders, with their people and accounts."""

    patch: Any = None  # the test's monkeypatch, where it changes how the sandbox behaves
    lenders_waive = True  # what a pledge lacks; a test of perfection says no

    def __init__(self, folder: Path) -> None:
        self.at = NOON
        self.books = SandboxBanks(folder)
        self.register = LocalRegister(RegisterBooks(folder / "registers"))
        self.key_keeper = LocalKeeper(Vault(folder / "keys"), now=clock.now)
        self.platform = organisation(Organisation.Kind.PLATFORM)
        self.supplier, self.rival = organisation(), organisation()
        self.buyer = organisation(Organisation.Kind.BUYER, is_buyer=True)
        self.keeper = organisation(Organisation.Kind.WAREHOUSE)
        self.bank, self.other_bank = (organisation(Organisation.Kind.BANK) for _ in range(2))
        self._people()
        self.lenders(self.bank, self.other_bank)
        self.payee = account(self.supplier, BankAccount.Purpose.PAYEE)
        account(self.rival, BankAccount.Purpose.PAYEE)
        self._products()

    def _people(self) -> None:
        self.applicant, self.signatory = (member(self.supplier, role) for role in (Role.APPLICANT, Role.SIGNATORY))
        self.stranger = member(self.rival, Role.SIGNATORY)
        self.reviewer, self.second_reviewer = (member(self.platform, Role.REVIEWER) for _ in range(2))
        self.clerk = member(self.platform, Role.CLERK)
        self.maker, self.second_maker = (member(self.bank, Role.MAKER) for _ in range(2))
        self.junior = self._checker(self.bank, 1_000_00)
        self.checker = self._checker(self.bank, 10_000_000_00)
        self.other_maker = member(self.other_bank, Role.MAKER)
        self.other_checker = self._checker(self.other_bank, 10_000_000_00)

    @staticmethod
    def _checker(bank: Organisation, authority_minor: int) -> Membership:
        checker = member(bank, Role.CHECKER)
        checker.authority_minor = authority_minor
        checker.save(update_fields=["authority_minor"])
        return checker

    @staticmethod
    def lenders(*banks: Organisation) -> None:
        """Accounts, a line and an appetite for everything."""
        for bank in banks:
            account(bank, BankAccount.Purpose.LENDING)
            account(bank, BankAccount.Purpose.COLLECTION)
            Connection.objects.create(bank=bank, settings={"base_url": "http://127.0.0.1:9"})
            appetite(bank)

    @staticmethod
    def _products() -> None:
        """Orders go straight through up to 1,000,000; receipts always meet a reviewer."""
        common = {"tenor_days_max": 180, "indicative_rate": Decimal("0.05")}
        Product.objects.create(
            code="ORDER", advance_rate=Decimal("0.40"), straight_through_max_minor=1_000_000_00, **common
        )
        Product.objects.create(code="RECEIPT", advance_rate=Decimal("0.85"), **common)
        Product.objects.create(code="WAREHOUSE", advance_rate=Decimal("0.65"), haircut=Decimal("0.10"), **common)

    @contextmanager
    def running(self) -> Iterator["TradeWorld"]:
        """Every lender and register is reached in this process, and it is `world.at`."""
        banks_here = lines.replaced(lambda connection: LocalGateway(self.books, connection.bank.code))
        registers_here, keeper_here = register_lines.replaced(self.register), keeper_line.replaced(self.key_keeper)
        with banks_here, registers_here, keeper_here, clock.pinned(self.at):
            yield self

    def bring(self, text: str, *, owner: Organisation | None = None, name: str = "papers.csv") -> None:
        """Import a sheet; it must be accepted."""
        (outcome,) = import_files(
            files=[Upload(name, text.encode())], owner=owner or self.supplier, by=None, at=clock.now()
        )
        assert outcome.parsed.status == "accepted", outcome.parsed.problems

    def order(
        self, number: str = "PO-1", *, quantity: int = 100, price: int = 1000, owner: Organisation | None = None
    ) -> str:
        """A purchase order of one line; its number."""
        supplier = (owner or self.supplier).name
        row = f"{number},2031-02-20,{supplier},{self.buyer.name},CNY,1,虚构轴承,件,{quantity},{price},60\n"
        self.bring(ORDER_HEADER + row, owner=owner)
        return number

    def receipt(
        self, number: str = "GR-1", *, of: str = "PO-1", quantity: int = 90, rejected: int = 0, price: int = 1000,
        owner: Organisation | None = None,
    ) -> str:  # fmt: skip
        """A goods receipt on an order; its number."""
        supplier = (owner or self.supplier).name
        row = f"{number},2031-02-25,{of},{supplier},{self.buyer.name},CNY,1,虚构轴承,件,{quantity},{rejected},{price}\n"
        self.bring(RECEIPT_HEADER + row, owner=owner)
        return number

    def stored(self, number: str = "WR-1", *, quantity: int = 25, price: int = 60000) -> str:
        """A warehouse receipt; its number."""
        who = f"{self.supplier.name},{self.keeper.name}"
        self.bring(f"{STORED_HEADER}{number},2031-02-20,{who},虚构铜,吨,{quantity},{price},CNY,2031-12-31\n")
        return number

    def offerables(self, *, owner: Organisation | None = None) -> list[Offerable]:
        """What the supplier can borrow on now, line by line."""
        terms = {product.code: product.terms for product in Product.objects.all()}
        return collateral.offerables(organisation=owner or self.supplier, terms=terms, on=clock.today())

    def lendable(self, document: str) -> Money:
        """What can be borrowed on one document now."""
        return collateral.available([o for o in self.offerables() if o.line.document_number == document], CNY)

    # Time and machines

    def pump(self) -> None:
        """What worker and beat do until nothing moves: deliver promises, collect the banks' news."""
        for _round in range(10):
            delivered = outbox.deliver_all(now=clock.now())
            collected = sum(
                messages.collect(connection=connection, at=clock.now()) for connection in banks.connections()
            )
            if not delivered and not collected:
                return

    # Cases

    def perfect(self, application: Application) -> None:
        """The lender's checker goes without whatever the pledge lacks, where the world's lenders do so."""
        pledge = Pledge.objects.filter(reference=application.number, state="PLEDGED").first()
        if pledge is None or not self.lenders_waive:
            return
        checker = self.checker if pledge.bank_id == self.bank.pk else self.other_checker
        for element in perfection.missing(pledge):
            perfecting.waive(
                reference=pledge.reference, element=element, reason="so agreed", by=checker, at=clock.now()
            )
        self.pump()

    def draft(
        self, document: str, *, product: str = "RECEIPT", amount: str | None = None, tenor: int = 60,
        by: Membership | None = None,
    ) -> Application:  # fmt: skip
        """A complete draft, by the services."""
        by = by or self.applicant
        found = [o for o in self.offerables(owner=by.organisation) if o.line.document_number == document]
        chosen = [o for o in found if o.line.product == product]
        wanted = Money.of(amount, CNY) if amount else collateral.available(chosen, CNY)
        draft = applying.start_draft(product=Product.objects.get(code=product), currency=CNY, by=by, at=clock.now())
        applying.choose_lines(
            application_id=draft.pk, line_ids=[o.line.line_id for o in chosen], by=by, on=clock.today()
        )
        return applying.set_terms(
            application_id=draft.pk, amount=wanted, tenor_days=tenor, wanted_on=clock.today(), note="", by=by
        )

    def submitted(self, document: str, **terms: Any) -> Application:
        """A case whose walk has begun, by the services."""
        application = self.draft(document, **terms)
        applying.submit(application_id=application.pk, by=terms.get("by") or self.applicant, at=clock.now())
        self.pump()
        return Application.objects.get(pk=application.pk)

    def repay(self, loan: Loan, amount: str | None = None, *, payer: Organisation | None = None) -> Loan:
        """Money comes in at the bank, the clerk fetches the statement, and what follows happens."""
        paid = amount or str(servicing.standing(loan, clock.today()).now.payoff.amount)
        return self.receive(loan, paid, says=f"还款{loan.number}", payer_name=(payer or self.supplier).name)

    def receive(self, loan: Loan, amount: str, *, says: str, payer_name: str) -> Loan:
        """Money comes in at the loan's bank with these words on it, and is fetched."""
        today, minor = clock.today(), Money.of(amount, CNY).minor
        collection = loan.bank.bank_accounts.get(purpose=BankAccount.Purpose.COLLECTION, currency=loan.currency)
        self.books.pay_in(
            loan.bank.code, key=f"{loan.number}-{today}-{minor}", account=collection.number, amount_minor=minor,
            currency=loan.currency, reference=says, value_date=today, payer_name=payer_name, payer_account="",
        )  # fmt: skip
        statements.fetch_statement(account=collection, from_date=today, to_date=today, by=self.clerk, at=clock.now())
        self.pump()
        return Loan.objects.get(pk=loan.pk)


class Person:
    """Somebody at a browser, acting in one membership."""

    def __init__(self, world: TradeWorld, membership: Membership) -> None:
        self.world, self.membership = world, membership
        self.client = client_of(membership)

    def apply(self, document: str, *, product: str = "RECEIPT", amount: str = "10000", tenor: int = 60) -> Application:
        """Walk through the pages of an application and submit it."""
        start = self.client.post("/financing/apply/", {"product": product, "currency": CNY})
        base = start.url.removesuffix("need/")
        terms = {"amount": amount, "tenor_days": tenor, "wanted_on": clock.today().isoformat(), "note": ""}
        assert self.client.post(f"{base}need/", terms).status_code == 302
        found = self.world.offerables(owner=self.membership.organisation)
        ticked = [o.line.line_id for o in found if o.line.document_number == document and o.line.product == product]
        assert self.client.post(f"{base}goods/", {"line": ticked}).status_code == 302
        assert self.client.post(f"{base}review/").status_code == 302
        self.world.pump()
        return Application.objects.get(number=base.rstrip("/").rpartition("/")[2])

    def claim(self, case: Application | BankCase, node: str) -> HttpResponse:
        """Claim the step."""
        return self.client.post(f"/financing/work/{step(case, node).pk}/claim/")

    def take(self, case: Application | BankCase, node: str, **data: object) -> HttpResponse:
        """Do a step, claimed first where that is the way; then the machines run."""
        if node in ("review", "make", "check"):
            self.claim(case, node)
        if node in ("make", "check") and isinstance(case, BankCase):
            data = {"seen": seen_of(case), **data}
        response = self.client.post(f"/financing/work/{step(case, node).pk}/", data)
        self.world.pump()
        return response

    def offer(self, case: BankCase, *, amount: str = "10000", rate: str = "4.5", **more: object) -> HttpResponse:
        """Propose an offer as a maker."""
        terms = {
            "action": "OFFER", "amount": amount, "annual_rate": rate, "tenor_days": 60,
            "expires_on": (clock.today() + timedelta(days=7)).isoformat(), **more,
        }  # fmt: skip
        return self.take(case, "make", **terms)

    def sign(self, application: Application, bank_case: BankCase, *, proof: str = PASSWORD) -> HttpResponse:
        """Accept one offer, having read its contract."""
        response = self.take(application, "choose", bank_case=bank_case.pk, has_read="on", proof=proof)
        self.world.perfect(application)
        return response


def client_of(membership: Membership | None) -> Client:
    """A signed-in browser that acts in `membership`; an anonymous one for None."""
    client = Client()
    if membership is not None:
        client.force_login(membership.user, backend=BACKEND)
        session = client.session
        session[SESSION_KEY] = membership.pk
        session.save()
    return client


def step(case: Application | BankCase, node: str) -> Any:
    """The task that waits at `node` of the case's walk."""
    if isinstance(case, BankCase):
        task = waiting_task(BankProcess.objects.get(bank_case=case), node)
    else:
        task = waiting_task(FinancingProcess.objects.get(application=case), node)
    assert task is not None, f"{node} does not wait: {where(case)}"
    return task


def where(case: Application | BankCase) -> list[str]:
    """The names of the steps that wait on a case, whoever takes them."""
    model, name = (BankProcess, "bank_case") if isinstance(case, BankCase) else (FinancingProcess, "application")
    tasks = model.objects.get(**{name: case}).task_set.filter(finished=None).order_by("pk")
    return [task.flow_task.name for task in tasks]


def later(days: int) -> datetime:
    """The same hour some days on."""
    return NOON + timedelta(days=days)
