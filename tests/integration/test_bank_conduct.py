"""A bank that misbehaves: whatever it says, nothing is paid twice, and what does not fit names itself to a person."""

# budget: one misbehaviour of a bank after the other
from collections.abc import Iterator
from datetime import timedelta

import pytest

from scf.banks.gateways.base import AnswerLost, BankUnreachable, Outcome, PaymentStatus
from scf.banks.gateways.cases import RecallAnswer, RecallOutcome
from scf.banks.gateways.sandbox_bank.local import LocalGateway
from scf.banks.models import Investigation, Payment
from scf.banks.services import lines, payments, recalls, statuses
from scf.domain.money import Money
from scf.financing.models import Application
from scf.financing.services import paying
from scf.kernel import clock
from scf.kernel.models import OutboxMessage
from scf.ledger.models import AccountKind, Leg
from scf.notifications.models import Notification
from scf.servicing import selectors as servicing
from scf.servicing.models import Loan
from scf.servicing.services import loans, refunds
from tests.lending import offered
from tests.trade_world import Person, TradeWorld, where


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """An offer that only needs a signature."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        offered(made)
        yield made


def sign(world: TradeWorld, conduct: str) -> Application:
    """Sign while the bank behaves like this towards the next payment."""
    world.books.conduct.switch(whom=world.bank.code, mode=conduct, times=1)
    application = Application.objects.get()
    Person(world, world.signatory).sign(application, application.bank_cases.get(bank=world.bank))
    return Application.objects.get()


def moved(world: TradeWorld) -> int:
    """What the bank's books say left the lending account, less what came back, in minor units."""
    lending = world.bank.bank_accounts.get(purpose="LENDING").number
    entries = world.books.accounts().get(world.bank.code, {}).get(lending, [])
    return -sum(entry.amount_minor for entry in entries)


def lent() -> int:
    """What our books say left the lender's funds."""
    return -sum(Leg.objects.filter(account__kind=AccountKind.FUNDING).values_list("minor", flat=True))


def opened() -> list[str]:
    return list(Investigation.objects.filter(state="OPEN").values_list("kind", flat=True))


def repair(world: TradeWorld, **decision: str) -> Application:
    Person(world, world.clerk).take(Application.objects.get(), "repair", **decision)
    return Application.objects.get()


class TestPaidOnceAndKnown:
    @pytest.mark.parametrize("conduct", ["off", "twice", "disorder"])
    def test_however_it_is_told(self, world, conduct):
        assert sign(world, conduct).state == "DISBURSED"
        assert moved(world) == lent() == 1000_00 and Loan.objects.count() == 1 and opened() == []

    def test_a_bank_that_never_tells_is_asked(self, world):
        assert sign(world, "forget").state == "DISBURSING"
        assert payments.ask_all(at=clock.now()) == 0  # banks are given a minute
        with clock.pinned(clock.now() + timedelta(minutes=2)):
            assert payments.ask_all(at=clock.now()) == 1
            world.pump()
        assert Application.objects.get().state == "DISBURSED" and moved(world) == lent() == 1000_00

    def test_a_bank_that_takes_its_time(self, world, monkeypatch):
        monkeypatch.setattr("scf.banks.gateways.sandbox_bank.conduct.DELAY_SECONDS", 0)
        assert sign(world, "delay").state == "DISBURSED"
        assert moved(world) == lent() == 1000_00

    def test_asked_in_vain_for_hours_it_is_a_persons_task(self, world, monkeypatch):
        sign(world, "delay")
        for hours in (1, 5):
            with clock.pinned(clock.now() + timedelta(hours=hours)):
                payments.ask_all(at=clock.now())
        assert opened() == ["NO_ANSWER"]


class TestMoneyIn:
    @pytest.mark.parametrize("conduct", ["late", "split", "corrected", "duplicated"])
    def test_a_credit_that_the_statement_does_not_show_yet_is_asked_for_again(self, world, conduct):
        sign(world, "off")
        loan, start = Loan.objects.get(), clock.now()
        collection = world.bank.bank_accounts.get(purpose="COLLECTION").number
        for part in (1, 2):
            world.books.pay_in(
                world.bank.code, key=f"K{part}", account=collection, amount_minor=500_00, currency="CNY",
                reference=f"还款{loan.number}", value_date=clock.today(), payer_name="x", payer_account="",
            )  # fmt: skip
        world.books.conduct.switch(whom=world.bank.code, mode=conduct, times=1)
        for seconds in (0, 10, 60):
            with clock.pinned(start + timedelta(seconds=seconds)):
                world.pump()

        assert Loan.objects.get().state == "CLOSED" and Application.objects.get().state == "SETTLED"
        assert not OutboxMessage.objects.filter(topic="banks.account.credited", delivered_at=None).exists()


class TestAWrongSecret:
    class Line(LocalGateway):
        """Whoever is asked answers in a way that cannot be believed; what was told has arrived."""

        def send_payment(self, instruction, *, at):
            super().send_payment(instruction, at=at)
            raise AnswerLost("not signed", reason="ANSWER_NOT_SIGNED", status="401", date="today")

        def payment_status(self, end_to_end_id):
            raise BankUnreachable("not signed", reason="ANSWER_NOT_SIGNED", status="401", date="today")

        def fetch_messages(self, *, after):
            raise BankUnreachable("not signed", reason="ANSWER_NOT_SIGNED", status="401", date="today")

        def fetch_statement(self, account, *, first, last):
            raise BankUnreachable("not signed", reason="ANSWER_NOT_SIGNED", status="401", date="today")

    def test_is_named_within_the_hour_and_when_it_is_mended_nothing_was_paid_twice(self, world):
        with lines.replaced(lambda connection: self.Line(world.books, connection.bank.code)):
            assert sign(world, "off").state == "DISBURSING"
            assert Payment.objects.get().state == "UNKNOWN" and opened() == []
            for minutes in (2, 10, 20, 50):
                with clock.pinned(clock.now() + timedelta(minutes=minutes)):
                    payments.ask_all(at=clock.now())
                    world.pump()

        assert opened() == ["NO_ANSWER"]
        assert Notification.objects.filter(code="bank.investigation", membership=world.clerk).count() == 1
        clerk = Person(world, world.clerk).client
        page = clerk.get("/banks/investigations/", headers={"accept-language": "en"}).content.decode()
        assert "not signed with the shared secret of now" in page and Payment.objects.get().end_to_end_id in page
        with clock.pinned(clock.now() + timedelta(hours=3)):
            payments.ask_all(at=clock.now())
            world.pump()
        assert Payment.objects.get().state == "PAID" and opened() == [] and moved(world) == lent() == 1000_00


class TestWhatDoesNotFit:
    def test_a_wrong_amount_is_named_and_the_loan_stands_as_agreed(self, world):
        assert sign(world, "wrong_amount").state == "DISBURSED"

        found = Investigation.objects.get()
        assert (found.kind, found.facts["told"], found.facts["paid"]) == ("WRONG_AMOUNT", "CNY 1,000.00", "CNY 999.00")
        assert Payment.objects.get().paid_minor == moved(world) == 999_00

    def test_refused_it_is_paid_anew_once_a_person_says_so(self, world):
        assert sign(world, "refuse").state == "PAYMENT_FAILED"
        assert repair(world, action="RETRY").state == "DISBURSED"
        assert moved(world) == lent() == 1000_00 and Payment.objects.count() == 2

    def test_refused_and_paid_all_the_same_it_is_taken_over_not_paid_again(self, world):
        assert sign(world, "change_of_mind").state == "PAYMENT_FAILED"
        assert opened() == ["PAID_AFTER_FAILED"]
        application = Application.objects.get()
        with pytest.raises(paying.PaidAfterAll):
            paying.unwind(application_id=application.pk, reason="no", by=world.clerk, at=clock.now())

        assert repair(world, action="RETRY").state == "DISBURSED"

        assert moved(world) == lent() == 1000_00 and Payment.objects.count() == 1 and opened() == []


class TestAgainstItself:
    def test_refused_paid_all_the_same_and_its_repetition_refused_too(self, world):
        """The clerk paid anew before the bank's late word; that one fails: the first payment is the case's."""
        sign(world, "refuse")
        first = Payment.objects.get()
        world.books.conduct.switch(whom=world.bank.code, mode="refuse", times=1)
        paying.instruct(application_id=Application.objects.get().pk, by=world.clerk, at=clock.now())
        second = Payment.objects.exclude(pk=first.pk).get()
        said = {"bank": world.bank, "at": clock.now()}
        statuses.apply_status(status=PaymentStatus(first.end_to_end_id, "", Outcome.PAID, "ACSC"), **said)
        assert opened() == ["PAID_TWICE"]

        assert recalls.may_recall(first)  # what was paid beside its repetition is asked back
        payments.send(payment_id=second.pk, at=clock.now())
        world.pump()

        assert list(Payment.objects.order_by("pk").values_list("state", flat=True)) == ["PAID", "FAILED"]
        assert opened() == ["PAID_AFTER_FAILED"] and Payment.objects.count() == 2

    def test_money_that_is_back_before_we_know_that_it_was_paid_is_no_loan(self, world):
        sign(world, "forget")
        payment = Payment.objects.get()
        statuses.apply_return(
            end_to_end_id=payment.end_to_end_id, bank=world.bank, amount=payment.amount, on=clock.today(),
            reason="closed", code="AC04", at=clock.now(),
        )  # fmt: skip
        world.pump()
        assert Application.objects.get().state == "PAYMENT_FAILED" and lent() == 0
        assert not Loan.objects.filter(returned_on=None).exists()


class TestAskedBack:
    def ask(self, world: TradeWorld) -> str:
        """The clerk asks the paid loan back on the payment's page; what the page then says."""
        payment, client = Payment.objects.get(), Person(world, world.clerk).client
        page = f"/banks/payments/{payment.end_to_end_id}/"
        assert client.post(page, {"reason_code": "DUPL", "note": "paid twice"}).status_code == 302
        world.pump()
        return client.get(page).content.decode()

    def test_the_payee_agrees_and_the_case_is_open_again(self, world):
        sign(world, "off")
        self.ask(world)

        assert Payment.objects.get().state == "RETURNED" and opened() == [] and moved(world) == lent() == 0
        assert Application.objects.get().state == "PAYMENT_FAILED"

    def test_the_payee_refuses_and_the_clerk_reads_why(self, world):
        sign(world, "off")
        world.books.conduct.switch(whom=world.bank.code, mode="refuse_recall")

        assert "The payee does not agree" in self.ask(world)

        assert opened() == ["RECALL"] and Payment.objects.get().state == "PAID"
        client = Person(world, world.clerk).client
        client.post(f"/banks/investigations/{Investigation.objects.get().pk}/close/", {"note": "left as it is"})
        assert opened() == [] and moved(world) == 1000_00

    def test_after_a_refusal_a_person_may_ask_again_with_an_id_of_its_own(self, world):
        sign(world, "off")
        world.books.conduct.switch(whom=world.bank.code, mode="refuse_recall", times=1)
        self.ask(world)

        assert "Ask this payment back" not in self.ask(world)

        first, second = Investigation.objects.order_by("pk")
        assert [row.facts["answer"] for row in (first, second)] == ["REFUSED", "DONE"]
        assert second.facts["recall_id"] == f"{first.facts['recall_id']}-2"
        assert Payment.objects.get().state == "RETURNED" and opened() == [] and moved(world) == lent() == 0

    def test_not_again_while_the_bank_thinks_and_a_late_answer_is_that_of_its_own_request(self, world):
        sign(world, "off")
        payment = Payment.objects.get()
        asked = {"payment_id": payment.pk, "reason_code": "DUPL", "note": "x", "by": world.clerk, "at": clock.now()}
        refused = RecallAnswer(f"R{payment.end_to_end_id}", payment.end_to_end_id, RecallOutcome.REFUSED, "RJCR")
        first = recalls.recall(**asked)
        with pytest.raises(recalls.NotRecallable):
            recalls.recall(**asked)
        recalls.take_answer(answer=refused, bank=world.bank, at=clock.now())
        second = recalls.recall(**asked)

        assert recalls.take_answer(answer=refused, bank=world.bank, at=clock.now()) == first
        assert Investigation.objects.get(pk=second.pk).facts["answer"] == "PENDING"

    def test_only_what_has_left(self, world):
        sign(world, "refuse")
        with pytest.raises(recalls.NotRecallable):
            recalls.recall(
                payment_id=Payment.objects.get().pk, reason_code="DUPL", note="x", by=world.clerk, at=clock.now()
            )


class TestSentBack:
    @pytest.mark.parametrize("is_debit_known", [True, False])
    def test_all_that_a_wrong_amount_had_taken_is_no_part_of_it(self, world, is_debit_known):
        """The bank pays one unit too little, and the payee's bank sends back what came."""
        sign(world, "wrong_amount")
        payment = Payment.objects.get()
        if not is_debit_known:  # news of the return overtakes that of the debit
            Payment.objects.update(paid_minor=None)
            Investigation.objects.all().delete()
        said = {"bank": world.bank, "at": clock.now(), "amount": Money.of("999.00", "CNY")}
        statuses.apply_return(
            end_to_end_id=payment.end_to_end_id, on=clock.today(), reason="closed", code="AC04", **said
        )  # fmt: skip
        paid = PaymentStatus(payment.end_to_end_id, "", Outcome.PAID, "BOOK")
        statuses.apply_status(status=paid, value_date=clock.today(), **said)
        world.pump()

        assert Payment.objects.get().state == "RETURNED" and opened() == [] and lent() == 0
        assert Application.objects.get().state == "PAYMENT_FAILED"

    def test_the_case_is_open_again_and_paid_anew(self, world):
        application = sign(world, "bounce")

        assert application.state == "PAYMENT_FAILED" and where(application) == ["repair"]
        assert Payment.objects.get().state == "RETURNED" and moved(world) == lent() == 0
        loan = Loan.objects.get()
        assert (loan.state, loan.returned_on) == ("CLOSED", clock.today())

        assert repair(world, action="RETRY").state == "DISBURSED"
        assert moved(world) == lent() == 1000_00
        assert Loan.objects.filter(returned_on=None).get().state == "ACTIVE"
        assert world.repay(Loan.objects.get(returned_on=None)).state == "CLOSED"
        assert Application.objects.get().state == "SETTLED"

    def test_what_a_loan_was_repaid_before_its_money_came_back_is_returned_once_and_the_loan_paid_anew_runs_on(
        self, world, monkeypatch
    ):
        sign(world, "off")
        first, payment = Loan.objects.get(), Payment.objects.get()
        with monkeypatch.context() as patched:
            patched.setattr(world, "pump", lambda: None)
            world.repay(first)  # closed, but nobody has drawn the conclusion when the money comes back
        statuses.apply_return(
            end_to_end_id=payment.end_to_end_id, bank=world.bank, amount=payment.amount, on=clock.today(),
            reason="closed", code="AC04", at=clock.now(),
        )  # fmt: skip
        loans.take_back(payment=Payment.objects.get(), on=clock.today(), at=clock.now())
        world.pump()
        assert repair(world, action="RETRY").state == "DISBURSED"
        second = Loan.objects.get(returned_on=None)
        (owed,) = servicing.owed_back(Loan.objects.all())
        assert owed.loan == first and owed.amount == payment.amount

        refunds.refund(loan_id=first.pk, amount=owed.amount, by=world.clerk, at=clock.now())
        world.pump()

        assert servicing.owed_back(Loan.objects.all()) == [] and not second.events.filter(kind="REFUND").exists()
        assert Application.objects.get().state == "DISBURSED"  # news of the first loan says nothing of the second
        with pytest.raises(refunds.NothingOwedBack):
            refunds.refund(loan_id=first.pk, amount=owed.amount, by=world.clerk, at=clock.now())
        assert world.repay(second).state == "CLOSED" and Application.objects.get().state == "SETTLED"

    def test_paid_anew_it_is_refused_while_the_money_of_the_first_loan_is_on_its_way_back(self, world, monkeypatch):
        sign(world, "off")
        first, payment = Loan.objects.get(), Payment.objects.get()
        with monkeypatch.context() as patched:
            patched.setattr(world, "pump", lambda: None)
            world.repay(first)
        statuses.apply_return(
            end_to_end_id=payment.end_to_end_id, bank=world.bank, amount=payment.amount, on=clock.today(),
            reason="closed", code="AC04", at=clock.now(),
        )  # fmt: skip
        loans.take_back(payment=Payment.objects.get(), on=clock.today(), at=clock.now())
        world.pump()
        world.books.conduct.switch(whom=world.bank.code, mode="delay", times=1)
        assert repair(world, action="RETRY").state == "DISBURSING"
        second = Payment.objects.latest("pk")
        assert second.state == "SENT"
        refunds.refund(loan_id=first.pk, amount=payment.amount, by=world.clerk, at=clock.now())
        assert Payment.objects.latest("pk").kind == "REFUND"

        refused = PaymentStatus(second.end_to_end_id, "", Outcome.FAILED, "RJCT", "AM04", "no funds")
        statuses.apply_status(status=refused, bank=world.bank, at=clock.now())
        world.pump()

        application = Application.objects.get()
        assert application.state == "PAYMENT_FAILED" and where(application) == ["repair"]

    def test_or_given_up_and_the_goods_are_free(self, world):
        free = world.lendable("PO-1")
        sign(world, "bounce")
        assert repair(world, action="UNWIND", reason="account closed").state == "UNWOUND"
        assert moved(world) == lent() == 0
        assert world.lendable("PO-1") > free
