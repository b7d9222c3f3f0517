"""Borrowing as it is done: the platform and the lender act in good faith on what they are shown."""

from datetime import timedelta
from decimal import Decimal

from scf.collateral.models import Pledge
from scf.collateral.services import keeping, perfecting, registers
from scf.collateral.services import stock as warehouse
from scf.domain.money import Money
from scf.domain.rates import Agreement
from scf.financing.flows import perform, waiting_task
from scf.financing.models import Application, BankProcess, FinancingProcess
from scf.financing.services import applying, banking, checking, choosing, reviewing, securing
from scf.kernel import clock
from scf.orders.models import TradeDocument
from scf.orders.services.confirmations import confirm_document
from scf.parties.models import BankAccount, Membership, Organisation, Role
from scf.servicing.models import Loan
from tests.factories import PASSWORD, account, member
from tests.trade_world import TradeWorld


def signatory_of(world: TradeWorld, borrower: Organisation) -> Membership:
    """Somebody who signs for the borrower; an account to be paid into is verified where there is none."""
    accounts = BankAccount.objects.filter(organisation=borrower, purpose=BankAccount.Purpose.PAYEE)
    if not accounts.exists():
        account(borrower, BankAccount.Purpose.PAYEE)
    found = Membership.objects.filter(organisation=borrower, role=Role.SIGNATORY).first()
    return found or member(borrower, Role.SIGNATORY)


def signed(world: TradeWorld, document: str, *, product: str, amount: str | None = None, by: Membership) -> Application:
    """From the papers to the signature; the lender's right is filed where nothing stands against it.

    Raises what stands against it: ChecksFailed, AlreadyPledged, RegisterMatch.
    """
    draft = world.draft(document, product=product, amount=amount, by=by)
    applying.submit(application_id=draft.pk, by=by, at=clock.now())
    world.pump()
    process = FinancingProcess.objects.get(application=draft)
    if waiting_task(process, "review") is not None:
        reviewing.claim(application_id=draft.pk, by=world.reviewer, at=clock.now())
        _step(process, "review", world.reviewer, lambda: reviewing.decide(
            application_id=draft.pk, decision=reviewing.APPROVE, reason="", by=world.reviewer, at=clock.now()
        ), "application")  # fmt: skip
        world.pump()
    application = Application.objects.get(pk=draft.pk)
    case = application.bank_cases.get(bank=world.bank)
    walk = BankProcess.objects.get(bank_case=case)
    banking.claim(bank_case_id=case.pk, by=world.maker, at=clock.now())
    _step(walk, "make", world.maker, lambda: banking.propose_offer(
        bank_case_id=case.pk, amount=application.amount, annual_rate=Decimal("0.045"), agreement=Agreement(),
        tenor_days=application.tenor_days or 60, conditions="", expires_on=clock.today() + timedelta(days=7), note="",
        by=world.maker, at=clock.now(),
    ), "bank_case")  # fmt: skip
    _step(
        walk, "check", world.checker,
        lambda: checking.confirm(bank_case_id=case.pk, by=world.checker, at=clock.now()), "bank_case",
    )  # fmt: skip
    world.pump()
    _step(process, "choose", by, lambda: choosing.accept(
        application_id=draft.pk, bank_case_id=case.pk, proof=PASSWORD, by=by, at=clock.now()
    ), "application")  # fmt: skip
    world.pump()
    application = Application.objects.get(pk=draft.pk)
    if application.state == Application.State.ACCEPTED:  # something holds it: let the services say what
        registers.require_clear(reference=application.number, at=clock.now())
        securing.pledge(application_id=application.pk, at=clock.now())
    return application


def paid(world: TradeWorld, application: Application) -> Money:
    """What the lender has paid out. Raises NotEffective where the pledge does not stand."""
    world.pump()
    loan = Loan.objects.filter(reference=application.number).first()
    if loan is None:
        perfecting.require_effective(reference=application.number)
        raise AssertionError(f"{application.number} is {Application.objects.get(pk=application.pk).state}")
    return loan.principal


def buyer_confirms(world: TradeWorld, *documents: str, buyer: Organisation | None = None) -> None:
    """The buyer's registered signer confirms what the buyer knows to be true."""
    signer = member(buyer or world.buyer, Role.SIGNER)
    for row in TradeDocument.objects.filter(number__in=documents, buyer=signer.organisation):
        confirm_document(document_id=row.pk, by=signer, at=clock.now())
    world.pump()


def endorse(world: TradeWorld, application: Application, by: Membership) -> None:
    """The supplier's signatory endorses the warehouse receipt."""
    perfecting.give(reference=application.number, element="ENDORSED", by=by, at=clock.now())


def keeper_locks(
    world: TradeWorld, application: Application, *, counted: str, keeper: Organisation | None = None
) -> None:
    """The keeper's registered signer counts, and locks where the count carries every receipt."""
    signer = member(keeper or world.keeper, Role.SIGNER)
    lines = Pledge.objects.get(reference=application.number).lines.filter(counts=True)
    for stock in {line.stock_holding.stock for line in lines}:
        warehouse.record_count(stock_id=stock.pk, quantity=Decimal(counted), by=signer, at=clock.now())
    keeping.lock(reference=application.number, by=signer, at=clock.now())
    world.pump()


def _step(process, node: str, who: Membership, act, name: str) -> None:
    def take(row) -> None:
        setattr(row, name, act())

    perform(process, node, who.user, take)
