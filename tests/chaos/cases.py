"""Cases that are about to be paid out, made by the product's own services, in several processes beside each other.

Step by step: all apply, then all are offered, signed, and pledged. Each then waits for one promise, and the promises
are spread over the time that the run lasts. Run inside the product's settings, the sandbox register answering.
"""

import multiprocessing
import random
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connections, transaction
from django.utils import timezone

from scf.collateral.models import Pledge
from scf.collateral.selectors import perfection
from scf.collateral.services import perfecting
from scf.domain.conventions import Overpayment
from scf.domain.money import Money
from scf.financing.flows import perform
from scf.financing.models import Application, BankCase, BankProcess, FinancingProcess, Product
from scf.financing.services import applying, banking, checking, choosing, reviewing
from scf.kernel import clock, outbox
from scf.kernel.models import OutboxMessage
from scf.notifications.models import Notification
from scf.orders.models import DocumentLine
from scf.parties.models import Membership, Organisation
from tests.factories import PASSWORD
from tests.trade_world import CNY, ORDER_HEADER, RECEIPT_HEADER, TradeWorld

PROCESSES = 2
LINES_A_FILE = 100
RECEIPT_EVERY = 3  # of so many cases one is on received goods
FEE_EVERY, FEE_BP = 4, 25  # and of so many one costs a fee beside its rate
AMOUNT_MINOR = (1_000_00, 30_000_00)
PAYMENT = "collateral.pledge.effective"
DELIVERY_SECONDS_MAX = 600
Step = Callable[[TradeWorld, int], None]


def make(count: int, seconds: int, seed: int) -> None:
    """Make `count` cases whose payment is promised within `seconds` from the end of the making."""
    world = TradeWorld(Path(tempfile.mkdtemp(prefix="scf-unused-bank-")))
    Product.objects.filter(code="RECEIPT").update(overpayment=Overpayment.REFUND)  # on orders, a clerk sees to it
    lines = _bring(world, count)
    _beside(lambda world, line: _apply(world, line, seed), world, lines)
    cases = list(Application.objects.order_by("id").values_list("pk", flat=True))
    for step in (_review, _offer, _sign, _pledge):
        _beside(step, world, cases)
    _spread(seconds, count)


def _bring(world: TradeWorld, count: int) -> list[int]:
    """Purchase orders, and receipts on some of them; the lines that are lent on."""
    who, day = f"{world.supplier.name},{world.buyer.name}", clock.today() - timedelta(days=3)
    numbers = [f"{n:05d}" for n in range(count)]
    orders = [f"PO-{n},{day},{who},CNY,1,虚构轴承,件,100,{1000 + int(n)},60\n" for n in numbers]
    received = [f"GR-{n},{day},PO-{n},{who},CNY,1,虚构轴承,件,90,0,{1000 + int(n)}\n" for n in numbers[::RECEIPT_EVERY]]
    for header, rows in ((ORDER_HEADER, orders), (RECEIPT_HEADER, received)):
        for first in range(0, len(rows), LINES_A_FILE):
            world.bring(header + "".join(rows[first : first + LINES_A_FILE]), name=f"{header[:2]}-{first}.csv")
    _deliver()
    by_number = {line.document.number: line.pk for line in DocumentLine.objects.select_related("document")}
    return [by_number.get(f"GR-{n}") or by_number[f"PO-{n}"] for n in numbers]


def _beside(step: Step, world: TradeWorld, ids: list[int]) -> None:
    """Do a step of every case in several processes, and all that follows from it."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    workers = [
        context.Process(target=_do, args=(step, world, ids[first::PROCESSES])) for first in range(PROCESSES)
    ]  # fmt: skip
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not any(worker.exitcode for worker in workers), f"making cases failed: {step}"


def _do(step: Step, world: TradeWorld, ids: Iterable[int]) -> None:
    for pk in ids:
        step(world, pk)
    _deliver()
    connections.close_all()


def _deliver() -> None:
    """Keep every promise that is due, whichever process made it; mails are not sent, nobody reads them."""
    end = time.monotonic() + DELIVERY_SECONDS_MAX
    while time.monotonic() < end:
        OutboxMessage.objects.filter(topic="notifications.mail").delete()
        outbox.deliver_all(now=clock.now())
        soon = timezone.now() + timedelta(minutes=5)
        if not OutboxMessage.objects.filter(delivered_at=None, due_at__lt=soon).exists():
            return
        time.sleep(0.2)
    raise AssertionError("promises that are never kept")


def _apply(world: TradeWorld, line_id: int, seed: int) -> None:
    at, by = clock.now(), world.applicant
    line = DocumentLine.objects.select_related("document").get(pk=line_id)
    code = "RECEIPT" if line.document.number.startswith("GR") else "ORDER"
    draft = applying.start_draft(product=Product.objects.get(code=code), currency=CNY, by=by, at=at)
    applying.choose_lines(application_id=draft.pk, line_ids=[line_id], by=by, on=clock.today())
    amount = Money(random.Random(f"{seed}:{line.document.number}").randint(*AMOUNT_MINOR), CNY)
    applying.set_terms(
        application_id=draft.pk, amount=amount, tenor_days=60, wanted_on=clock.today(), note="", by=by
    )  # fmt: skip
    applying.submit(application_id=draft.pk, by=by, at=at)


def _review(world: TradeWorld, application_id: int) -> None:
    """What is lent on received goods is looked at first: their invoices are not there."""
    by, at = world.reviewer, clock.now()
    process = FinancingProcess.objects.select_related("application__product").get(application=application_id)
    if process.application.product.code != "RECEIPT":
        return
    reviewing.claim(application_id=application_id, by=by, at=at)

    def decide(process: FinancingProcess) -> None:
        process.application = reviewing.decide(
            application_id=application_id, decision="APPROVE", reason="seen", by=by, at=at
        )

    perform(process, "review", by.user, decide)


def _offer(world: TradeWorld, application_id: int) -> None:
    """Maker and checker of one of the lenders agree on an offer."""
    bank, maker, checker = _lender(world, application_id)
    case = BankCase.objects.select_related("application").get(application=application_id, bank=bank)
    at, process = clock.now(), BankProcess.objects.get(bank_case=case)
    banking.claim(bank_case_id=case.pk, by=maker, at=at)
    terms = {"amount": case.application.amount, "annual_rate": Decimal("0.045"), "tenor_days": 60,
             "fee_bp": 0 if application_id % FEE_EVERY else FEE_BP,
             "expires_on": clock.today() + timedelta(days=1)}  # fmt: skip
    perform(
        process, "make", maker.user,
        lambda _row: banking.propose_offer(bank_case_id=case.pk, conditions="", note="", by=maker, at=at, **terms),
    )  # fmt: skip
    perform(
        process, "check", checker.user, lambda _row: checking.confirm(bank_case_id=case.pk, by=checker, at=at)
    )  # fmt: skip


def _lender(world: TradeWorld, application_id: int) -> tuple[Organisation, Membership, Membership]:
    """Who lends: the two lenders in turn."""
    if application_id % 2:
        return world.bank, world.maker, world.checker
    return world.other_bank, world.other_maker, world.other_checker


def _sign(world: TradeWorld, application_id: int) -> None:
    case = BankCase.objects.get(application=application_id, bank=_lender(world, application_id)[0])

    def accept(process: FinancingProcess) -> None:
        process.application = choosing.accept(
            application_id=application_id, bank_case_id=case.pk, proof=PASSWORD, by=world.signatory, at=clock.now()
        )

    perform(FinancingProcess.objects.get(application=application_id), "choose", world.signatory.user, accept)


@transaction.atomic
def _pledge(world: TradeWorld, application_id: int) -> None:
    """The lender's checker goes without what the pledge lacks; the promise that pays the case out is put off."""
    at, number = clock.now(), Application.objects.get(pk=application_id).number
    checker = _lender(world, application_id)[2]
    pledge = Pledge.objects.get(reference=number)
    lacks = perfection.missing(pledge)
    for element in lacks:
        try:
            perfecting.waive(reference=number, element=element, reason="so agreed", by=checker, at=at)
        except perfecting.WaiverRefused as refusal:
            refusal.add_note(f"{pledge} {lacks}, now {perfection.missing(pledge)}; {pledge.bank}, {checker}")
            raise
    promised = OutboxMessage.objects.filter(topic=PAYMENT, payload__reference=number, delivered_at=None)
    assert promised.update(due_at=at + timedelta(days=1)) == 1, f"{number} is not about to be paid out"


def _spread(seconds: int, count: int) -> None:
    """From now on one case after the other is paid out."""
    start = timezone.now()
    promises = list(OutboxMessage.objects.filter(topic=PAYMENT, delivered_at=None).order_by("id"))
    assert len(promises) == count, f"{len(promises)} of {count} cases are about to be paid out"
    for place, promise in enumerate(promises):
        promise.due_at = start + timedelta(seconds=seconds * place / count)
    OutboxMessage.objects.bulk_update(promises, ["due_at"], batch_size=200)
    Notification.objects.filter(mailed_at=None).update(mailed_at=start)
