"""Cases that are about to be paid out, made in one process by the services, inside the product's settings.

Each then waits for one promise, and the promises are spread over the time that the run lasts.
"""

import os
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.utils import timezone

from scf.collateral.gateways.lines import LocalRegister
from scf.collateral.gateways.sandbox_register.books import RegisterBooks
from scf.collateral.models import Pledge
from scf.collateral.selectors import perfection
from scf.collateral.services import perfecting
from scf.domain.money import Money
from scf.financing.flows import perform
from scf.financing.models import BankCase, BankProcess, FinancingProcess, Product
from scf.financing.services import applying, banking, choosing
from scf.kernel import clock, outbox
from scf.kernel.models import OutboxMessage
from scf.notifications.models import Notification
from scf.orders.models import DocumentLine
from tests.factories import PASSWORD
from tests.trade_world import CNY, ORDER_HEADER, TradeWorld

AMOUNT = Money.of("1000", CNY)
LINES_A_FILE = 200


def make(count: int, seconds: int) -> None:
    """Make `count` cases whose payment is promised within `seconds` from the end of the making."""
    world = TradeWorld(Path(tempfile.mkdtemp(prefix="scf-unused-bank-")))
    world.register = LocalRegister(RegisterBooks(Path(os.environ["SCF_RUN_DIR"]) / "sandbox-register"))
    world.at = timezone.now()
    with world.running():
        who, day = f"{world.supplier.name},{world.buyer.name}", clock.today() - timedelta(days=3)
        rows = [f"PO-{n:05d},{day},{who},CNY,1,虚构轴承,件,100,{1000 + n},60\n" for n in range(count)]
        for first in range(0, count, LINES_A_FILE):
            world.bring(ORDER_HEADER + "".join(rows[first : first + LINES_A_FILE]), name=f"orders-{first}.csv")
        outbox.deliver_all(now=clock.now())
        promises = [_pledged(world, line) for line in DocumentLine.objects.order_by("id")]
    start = timezone.now()
    for place, pk in enumerate(promises):
        OutboxMessage.objects.filter(pk=pk).update(due_at=start + timedelta(seconds=seconds * place / count))
    Notification.objects.filter(mailed_at=None).update(mailed_at=start)  # nobody reads them


def _pledged(world: TradeWorld, line: DocumentLine) -> int:
    """Walk one case to its pledge; the promise that pays it out, put off until later."""
    at, by = clock.now(), world.applicant
    draft = applying.start_draft(product=Product.objects.get(code="ORDER"), currency=CNY, by=by, at=at)
    applying.choose_lines(application_id=draft.pk, line_ids=[line.pk], by=by, on=clock.today())
    applying.set_terms(
        application_id=draft.pk, amount=AMOUNT, tenor_days=60, wanted_on=clock.today(), note="", by=by
    )  # fmt: skip
    applying.submit(application_id=draft.pk, by=by, at=at)
    outbox.deliver_all(now=at)
    warned = list(draft.checks.exclude(result="PASS").values_list("code", "facts"))
    assert not warned, f"a case that needs a reviewer: {warned}"
    case = BankCase.objects.get(application=draft, bank=world.bank)
    _offer(world, case)
    outbox.deliver_all(now=at)
    process = FinancingProcess.objects.get(application=draft)
    perform(process, "choose", world.signatory.user, lambda row: _sign(world, row, case.pk))
    outbox.deliver_all(now=at)
    for element in perfection.missing(Pledge.objects.get(reference=draft.number)):
        perfecting.waive(reference=draft.number, element=element, reason="so agreed", by=world.checker, at=at)
    promise = OutboxMessage.objects.filter(topic="collateral.pledge.effective", delivered_at=None, due_at__lte=at).get()
    OutboxMessage.objects.filter(pk=promise.pk).update(due_at=at + timedelta(days=1))
    return promise.pk


def _offer(world: TradeWorld, case: BankCase) -> None:
    """Maker and checker of the first lender agree on an offer."""
    at, process = clock.now(), BankProcess.objects.get(bank_case=case)
    banking.claim(bank_case_id=case.pk, by=world.maker, at=at)
    terms = {"amount": AMOUNT, "annual_rate": Decimal("0.045"), "tenor_days": 60, "expires_on": clock.today()}
    perform(
        process, "make", world.maker.user,
        lambda _row: banking.propose_offer(
            bank_case_id=case.pk, conditions="", note="", by=world.maker, at=at, **terms
        ),
    )  # fmt: skip
    perform(
        process, "check", world.checker.user,
        lambda _row: banking.confirm(bank_case_id=case.pk, by=world.checker, at=at),
    )  # fmt: skip


def _sign(world: TradeWorld, process: FinancingProcess, case_id: int) -> None:
    process.application = choosing.accept(
        application_id=process.application_id, bank_case_id=case_id, proof=PASSWORD, by=world.signatory, at=clock.now()
    )
