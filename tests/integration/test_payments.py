"""A payment is made once, whatever fails and wherever the process is killed."""

# budget: one fault a test, side by side, so that none is forgotten
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scf.banks.gateways import iso20022
from scf.banks.gateways.base import (
    AnswerLost,
    BankRefused,
    BankUnreachable,
    Outcome,
    PaymentInstruction,
    PaymentStatus,
    RawMessage,
    Receipt,
)
from scf.banks.gateways.sandbox_bank.local import LocalGateway
from scf.banks.models import BankMessage, Connection, Payment
from scf.banks.services import effects, lines, messages, payments, statuses
from scf.collateral.models import Pledge
from scf.collateral.selectors import perfection
from scf.collateral.services import perfecting
from scf.financing.models import Application
from scf.kernel import clock, outbox
from scf.kernel.models import OutboxMessage
from scf.servicing.models import Loan
from tests.factories import NOON
from tests.trade_world import Person, TradeWorld, step


class Killed(BaseException):
    """The process ends here; nothing catches it."""


class Line(LocalGateway):
    """A line to the in-process bank with faults that happen once each, in order."""

    before_sending: list[BaseException] = []
    after_sending: list[BaseException] = []
    asking: list[BaseException] = []
    fetching: list[BaseException] = []
    forgets_the_cursor = False

    def send_payment(self, instruction: PaymentInstruction, *, at: datetime) -> Receipt:
        self._strike(self.before_sending)
        receipt = super().send_payment(instruction, at=at)
        self._strike(self.after_sending)
        return receipt

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        self._strike(self.asking)
        return super().payment_status(end_to_end_id)

    def fetch_messages(self, *, after: str) -> list[RawMessage]:
        self._strike(self.fetching)
        return super().fetch_messages(after="" if self.forgets_the_cursor else after)

    @staticmethod
    def _strike(faults: list[BaseException]) -> None:
        if faults:
            raise faults.pop(0)


@pytest.fixture
def line(monkeypatch) -> type[Line]:
    """The class of every line; its lists are this test's own."""
    for name in ("before_sending", "after_sending", "asking", "fetching"):
        monkeypatch.setattr(Line, name, [])
    monkeypatch.setattr(Line, "forgets_the_cursor", False)
    return Line


@pytest.fixture
def world(db, tmp_path, line) -> Iterator[TradeWorld]:
    """A signed case: its payment is written, and no byte has left."""
    made = TradeWorld(tmp_path)
    with made.running(), lines.replaced(lambda connection: line(made.books, connection.bank.code)):
        made.order()
        application = Person(made, made.applicant).apply("PO-1", product="ORDER", amount="1000")
        case = application.bank_cases.get(bank=made.bank)
        Person(made, made.maker).offer(case, amount="1000")
        Person(made, made.checker).take(case, "check", action="CONFIRM")
        signatory = Person(made, made.signatory).client
        data = {"bank_case": case.pk, "has_read": "on", "proof": "correct horse battery"}
        assert signatory.post(f"/financing/work/{step(application, 'choose').pk}/", data).status_code == 302
        _deliver_until(lambda: Pledge.objects.filter(state="PLEDGED").exists())
        for element in perfection.missing(Pledge.objects.get()):
            perfecting.waive(
                reference=application.number, element=element, reason="so agreed", by=made.checker, at=clock.now()
            )
        _deliver_until(Payment.objects.exists)
        assert state() == "CREATED"
        yield made


def state() -> str:
    return Payment.objects.get().state


def _deliver_until(is_done: Callable[[], bool]) -> None:
    """One promise after another, and none more than needed: the payment's own is not kept yet."""
    while not is_done():
        assert outbox.deliver_one(now=clock.now())


def instructed(world: TradeWorld) -> int:
    """How many payments the bank has carried out."""
    journal: Path = world.books._journal._path
    return sum(json.loads(row)["fact"] == "instructed" for row in journal.read_text().splitlines())


def run(world: TradeWorld, minutes: int = 0) -> None:
    """Worker and beat, so many minutes after the signature."""
    with clock.pinned(NOON + timedelta(minutes=minutes)):
        world.pump()


def is_paid_once(world: TradeWorld) -> bool:
    """The whole way, once: one instruction at the bank, one payment, one loan, the case paid out."""
    return (
        instructed(world) == 1
        and list(Payment.objects.values_list("state", flat=True)) == ["PAID"]
        and Loan.objects.count() == 1
        and Application.objects.get().state == "DISBURSED"
    )


def test_nothing_fails(world):
    run(world)

    assert is_paid_once(world)


class TestLostFromSight:
    def test_an_answer_that_was_lost_is_asked_for(self, world, line):
        line.after_sending.append(AnswerLost("hung up"))
        line.fetching += [BankUnreachable("out")] * 20

        run(world)
        assert state() == "UNKNOWN" and instructed(world) == 1 and not Loan.objects.exists()
        line.fetching.clear()
        line.forgets_the_cursor = False
        payments.send(payment_id=Payment.objects.get().pk, at=NOON + timedelta(minutes=1))

        assert state() == "PAID" and instructed(world) == 1
        run(world, 2)
        assert is_paid_once(world)

    def test_what_never_arrived_is_sent_again_under_the_same_id(self, world, line):
        line.before_sending.append(BankUnreachable("out"))

        run(world)
        assert state() == "UNKNOWN" and instructed(world) == 0
        run(world, 1)

        assert is_paid_once(world)

    def test_while_the_question_is_not_answered_nothing_is_sent(self, world, line):
        line.after_sending.append(AnswerLost("hung up"))
        line.asking += [BankUnreachable("out"), AnswerLost("hung up")]
        line.fetching += [BankUnreachable("out")] * 50

        for minutes in (0, 1, 2):
            run(world, minutes)
            assert state() == "UNKNOWN" and instructed(world) == 1
        line.fetching.clear()
        run(world, 5)

        assert is_paid_once(world)

    def test_a_question_that_the_bank_refuses_says_nothing_about_the_payment(self, world, line):
        line.after_sending.append(AnswerLost("hung up"))
        line.asking.append(BankRefused("signature out of date"))
        line.fetching += [BankUnreachable("out")] * 50

        run(world)
        run(world, 1)
        assert state() == "UNKNOWN", "the bank may have paid: a second payment must not become possible"
        line.fetching.clear()
        run(world, 5)

        assert is_paid_once(world)

    def test_news_that_comes_before_the_question_is_enough(self, world, line):
        line.after_sending.append(AnswerLost("hung up"))

        run(world)

        assert is_paid_once(world)

    def test_a_long_outage_is_survived_and_seen(self, world, line):
        line.before_sending += [BankUnreachable("out")] * 4
        line.fetching += [BankUnreachable("out")] * 6

        run(world)
        assert Connection.objects.get(bank=world.bank).silent_since == NOON
        for minutes in (1, 2, 5, 10, 30):
            run(world, minutes)

        assert is_paid_once(world)
        assert Connection.objects.get(bank=world.bank).silent_since is None


class TestKilled:
    def killed(self, act: Callable[[], object]) -> None:
        with pytest.raises(Killed):
            act()

    def test_before_the_bank_is_reached(self, world, line):
        line.before_sending.append(Killed())

        self.killed(lambda: run(world))
        assert state() == "SENT" and instructed(world) == 0
        run(world, 1)

        assert is_paid_once(world)

    def test_after_the_bank_has_it_and_before_we_know(self, world, line):
        line.after_sending.append(Killed())

        self.killed(lambda: run(world))
        assert state() == "SENT" and instructed(world) == 1
        run(world, 1)

        assert is_paid_once(world)

    def test_before_the_row_says_that_it_was_sent(self, world, monkeypatch):
        with monkeypatch.context() as once:
            once.setattr(payments.lifecycle, "fire", raising)
            self.killed(lambda: run(world))
        assert state() == "CREATED" and instructed(world) == 0
        run(world, 1)

        assert is_paid_once(world)

    def test_with_a_message_fetched_and_the_cursor_not_saved(self, world, monkeypatch):
        outbox.deliver_all(now=NOON)
        with monkeypatch.context() as once:
            once.setattr(messages.outbox, "put", raising)
            self.killed(lambda: run(world))
        assert Connection.objects.get(bank=world.bank).cursor == "" and not BankMessage.objects.exists()
        run(world, 1)

        assert is_paid_once(world)

    def test_while_a_message_takes_its_effect(self, world, monkeypatch):
        outbox.deliver_all(now=NOON)
        with monkeypatch.context() as once:
            once.setattr(effects, "apply_status", raising)
            self.killed(lambda: run(world))
        assert state() == "SENT" and BankMessage.objects.filter(handled_at=None).exists()
        run(world, 1)

        assert is_paid_once(world)

    def test_while_the_loan_is_opened(self, world, monkeypatch):
        from scf.financing.services import paying

        with monkeypatch.context() as once:
            once.setattr(paying.loans, "open_loan", raising)
            self.killed(lambda: run(world))
        assert state() == "PAID" and not Loan.objects.exists()
        assert Application.objects.get().state == "DISBURSING"
        run(world, 1)

        assert is_paid_once(world)

    def test_after_every_handler_and_before_its_mark(self, world, monkeypatch):
        """Each message of the whole way is delivered twice."""
        real = outbox.OutboxMessage.objects.filter

        run(world)
        for message in OutboxMessage.objects.order_by("pk"):
            for handler in outbox._handlers.get(message.topic, []):
                handler(message_id=message.pk, at=NOON, **message.payload)
        run(world, 1)

        assert real(delivered_at=None).count() == 0 and is_paid_once(world)


def raising(*args: object, **kwargs: object) -> None:
    raise Killed


class TestMessages:
    def test_fetched_again_and_again_they_take_effect_once(self, world, line):
        line.forgets_the_cursor = True

        for minutes in range(3):
            run(world, minutes)

        assert is_paid_once(world)
        assert BankMessage.objects.count() == len(world.books.messages(world.bank.code, after=0))

    def test_one_that_cannot_be_read_is_kept_with_the_reason_and_holds_up_nothing(self, world, monkeypatch):
        broken = RawMessage("0-broken", "pain.002", b"<not-a-message/>")
        connection = Connection.objects.select_related("bank").get(bank=world.bank)

        messages.keep(connection=connection, message=broken, at=NOON)
        Connection.objects.filter(pk=connection.pk).update(cursor="")
        run(world)

        kept = BankMessage.objects.get(external_id="0-broken")
        assert kept.problem and kept.handled_at == NOON and is_paid_once(world)

    @pytest.mark.parametrize("outcome", [Outcome.PAID, Outcome.FAILED])
    def test_another_bank_says_nothing_about_it(self, world, outcome):
        status = PaymentStatus(Payment.objects.get().end_to_end_id, "", outcome, "ACSC")
        content = iso20022.write_pain002(status, message_id="X1", at=NOON)
        connection = Connection.objects.select_related("bank").get(bank=world.other_bank)

        messages.keep(connection=connection, message=RawMessage("1", "pain.002", content), at=NOON)
        messages.handle(bank_message_id=BankMessage.objects.get().pk, at=NOON)

        assert state() == "CREATED"

    def test_one_without_a_payment_of_ours_changes_nothing(self, world):
        status = PaymentStatus("PO-19990101-0001", "", Outcome.PAID, "ACSC")

        assert statuses.apply_status(status=status, bank=world.bank, at=NOON) is None
        assert state() == "CREATED"


class TestRefused:
    def test_what_the_bank_refuses_has_failed_and_a_person_decides(self, world, line):
        line.before_sending.append(BankRefused("no", bank_message="limit of the day"))

        run(world)

        assert state() == "FAILED" and Payment.objects.get().reason == "limit of the day"
        assert Application.objects.get().state == "PAYMENT_FAILED"
        Person(world, world.clerk).take(Application.objects.get(), "repair", action="RETRY")
        assert instructed(world) == 1 and Loan.objects.count() == 1

    def test_what_was_decided_stays_decided(self, world):
        run(world)
        payment = Payment.objects.get()
        late = PaymentStatus(payment.end_to_end_id, "", Outcome.FAILED, "RJCT", "AC04", "closed")

        statuses.apply_status(status=late, bank=world.bank, at=NOON)

        assert is_paid_once(world)
