"""Cases that need nobody: buyers have confirmed, the lender's rules decide, the borrower has signed ahead.

Run inside the product's settings; `make` before the processes start, `measure` while they run.
"""

import json
import tempfile
import time
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from django.db import connection

import tests.trade_world
from scf.banks.models import Payment
from scf.domain.money import Money
from scf.financing.models import Application, Product
from scf.financing.services import ahead, applying, automatic
from scf.kernel import clock, outbox
from scf.kernel.calendars import china
from scf.kernel.models import OutboxMessage
from scf.orders.models import DocumentLine
from scf.orders.services.confirmations import confirm_document
from scf.parties.models import Role
from scf.servicing.services import rates
from tests.factories import PASSWORD, appetite, member
from tests.ruled_world import PRICE, cny
from tests.trade_world import CNY, ORDER_HEADER, TradeWorld

SECONDS_MAX = 30
LINES_A_FILE = 100


def make(count: int) -> None:
    """Drafts of the supplier, each complete and signed ahead."""
    tests.trade_world.appetite = partial(appetite, prices=[PRICE.as_json()])
    world = TradeWorld(Path(tempfile.mkdtemp(prefix="scf-unused-bank-")))
    today, at = clock.today(), clock.now()
    published = rates.propose(
        index=PRICE.index, effective_from=_published_by(today), rate=Decimal("0.03"), source="bench",
        by=member(world.platform, Role.ADMINISTRATOR), at=at,
    )  # fmt: skip
    rates.confirm(proposal_ids=[published.pk], by=world.clerk, at=at)
    rule = automatic.propose(
        amount_max=cny("5000.00"), tenor_days_max=90, products=["ORDER"], grade_min="", offer_days=3,
        valid_from=today, why="bench", by=member(world.bank, Role.ADMINISTRATOR), at=at,
    )  # fmt: skip
    automatic.confirm(rule_id=rule.pk, by=world.checker, at=at)
    signer = member(world.buyer, Role.SIGNER)
    for line in _orders(world, count):
        confirm_document(document_id=line.document_id, by=signer, at=clock.now())
        _draft(world, line.pk)
    _settle()


def _published_by(today: date) -> date:
    """The last day on which LPR was published."""
    for month in (today, today.replace(day=1) - timedelta(days=1)):
        found = china().following(month.replace(day=20))
        if found <= today:
            return found
    raise AssertionError("two months without a publication")


def _orders(world: TradeWorld, count: int) -> list[DocumentLine]:
    who, day = f"{world.supplier.name},{world.buyer.name}", clock.today() - timedelta(days=3)
    rows = [f"PO-{n:05d},{day},{who},CNY,1,虚构轴承,件,100,{1000 + n},60\n" for n in range(count)]
    for first in range(0, count, LINES_A_FILE):
        world.bring(ORDER_HEADER + "".join(rows[first : first + LINES_A_FILE]), name=f"orders-{first}.csv")
    _settle()
    return list(DocumentLine.objects.order_by("pk"))


def _draft(world: TradeWorld, line_id: int) -> None:
    by, today = world.signatory, clock.today()
    draft = applying.start_draft(product=Product.objects.get(code="ORDER"), currency=CNY, by=by, at=clock.now())
    applying.choose_lines(application_id=draft.pk, line_ids=[line_id], by=by, on=today)
    applying.set_terms(
        application_id=draft.pk, amount=Money(5_000_00, CNY), tenor_days=60, wanted_on=today, note="", by=by
    )
    ahead.sign(
        application_id=draft.pk, annual_cost_max=Decimal("0.05"), valid_to=today + timedelta(days=3), proof=PASSWORD,
        by=by, at=clock.now(),
    )  # fmt: skip


def _settle() -> None:
    """Keep what is promised so far; mails are nobody's here."""
    OutboxMessage.objects.filter(topic="notifications.mail").delete()
    outbox.deliver_all(now=clock.now(), messages_max=1_000_000)


def measure() -> None:
    """Submit one draft after the other; print the seconds from each submission to its instruction at the bank."""
    taken = []
    for draft in Application.objects.filter(state="DRAFT").select_related("supplier").order_by("pk"):
        by = draft.signed_ahead.get().signed_by
        began = time.perf_counter()
        applying.submit(application_id=draft.pk, by=by, at=clock.now())
        taken.append(_until_instructed(draft, began))
    connection.close()
    print(json.dumps(taken))


def _until_instructed(draft: Application, began: float) -> float:
    """Until the bank has the instruction, whatever it makes of it."""
    while time.perf_counter() - began < SECONDS_MAX:
        if Payment.objects.filter(reference=draft.number).exclude(state=Payment.State.CREATED).exists():
            return time.perf_counter() - began
        time.sleep(0.01)
    state = Application.objects.values_list("state", flat=True).get(pk=draft.pk)
    waiting = OutboxMessage.objects.filter(delivered_at=None, can_wait=False).order_by("pk")
    why = [f"{row.topic} tried {row.attempts} times: {row.last_error}" for row in waiting]
    raise AssertionError(f"{draft.number} is {state} after {SECONDS_MAX} s; waiting: {why}")
