"""The sandbox bank as a process: pays once, forgets nothing, misbehaves on demand."""

import dataclasses
import secrets
import time
from datetime import UTC, date, datetime

import pytest
import requests

from scf.banks.gateways import iso20022
from scf.banks.gateways.base import (
    AnswerLost,
    BankRefused,
    BankUnreachable,
    Outcome,
    Party,
    PaymentInstruction,
)
from scf.banks.gateways.sandbox import SandboxGateway
from scf.kernel import signing
from tests.sandbox import SandboxProcess
from tests.stack import free_port

pytestmark = pytest.mark.processes
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    process = SandboxProcess(tmp_path_factory.mktemp("bank") / "run")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def bank(process):
    """The running bank, with a lender of its own for each test."""
    process.name = f"B{secrets.token_hex(4)}"
    return process


def instruction(**more):
    given = {
        "end_to_end_id": f"E{secrets.token_hex(6)}",
        "message_id": "M1",
        "amount_minor": 100_000_00,
        "currency": "CNY",
        "debtor": Party("Bank A", "LENDER1", "BKCHCNBJ"),
        "creditor": Party("供应商甲", "SUPPLIER1"),
        "execution_date": date(2026, 3, 1),
        "remittance": "case 1",
    }
    return PaymentInstruction(**{**given, **more})


class TestPayments:
    def test_are_paid_and_told_by_pain002_and_camt054(self, bank):
        line, order = bank.line(), instruction()

        assert line.send_payment(order, at=AT).is_repetition is False

        report, news = line.fetch_messages(after="")
        (status,) = iso20022.read_pain002(report.content)
        assert (status.end_to_end_id, status.outcome) == (order.end_to_end_id, Outcome.PAID)
        (entry,) = iso20022.read_camt(news.content)[0].entries
        assert (entry.amount_minor, entry.end_to_end_id) == (-order.amount_minor, order.end_to_end_id)
        assert line.fetch_messages(after=news.id) == []

    def test_repeated_are_paid_once(self, bank):
        line, order = bank.line(), instruction()
        line.send_payment(order, at=AT)

        again = line.send_payment(dataclasses.replace(order, message_id="M2"), at=AT)

        assert again.is_repetition
        assert len(line.fetch_messages(after="")) == 2

    def test_with_a_used_id_and_other_content_are_refused(self, bank):
        line, order = bank.line(), instruction()
        line.send_payment(order, at=AT)

        with pytest.raises(BankRefused) as refusal:
            line.send_payment(dataclasses.replace(order, amount_minor=1), at=AT)

        assert refusal.value.detail["bank_code"] == "END_TO_END_ID_REUSED"

    def test_to_a_closed_account_fail_with_the_reason(self, bank):
        line, order = bank.line(), instruction(creditor=Party("x", "62220000"))
        line.send_payment(order, at=AT)

        status = line.payment_status(order.end_to_end_id)

        assert (status.outcome, status.reason_code) == (Outcome.FAILED, "AC04")
        assert len(line.fetch_messages(after="")) == 1

    def test_that_are_pending_are_paid_at_the_next_look(self, bank):
        line, order = bank.line(), instruction(amount_minor=1_99)
        line.send_payment(order, at=AT)

        (pending,) = line.fetch_messages(after="")
        later = line.fetch_messages(after=pending.id)

        assert iso20022.read_pain002(pending.content)[0].outcome is Outcome.PENDING
        assert iso20022.read_pain002(later[0].content)[0].outcome is Outcome.PAID
        assert [message.kind for message in later] == ["pain.002", "camt.054"]

    def test_of_one_lender_are_not_seen_by_another(self, bank):
        order = instruction()
        bank.line().send_payment(order, at=AT)

        assert bank.line("OTHER").payment_status(order.end_to_end_id) is None


class TestStatements:
    def test_tie_out_and_hold_what_buyers_paid(self, bank):
        bank.pay_in(reference="LN1", payer_name="Buyer")
        bank.pay_in(amount="50.5", value_date="2026-04-01")

        message = bank.line().fetch_statement("COLLECT1", first=date(2026, 4, 1), last=LAST)

        (statement,) = iso20022.read_camt(message.content)
        assert (statement.opening_minor, statement.closing_minor) == (100_00, 150_50)
        assert statement.ties_out
        assert message.id == statement.statement_id

    def test_of_unknown_accounts_are_empty(self, bank):
        (statement,) = iso20022.read_camt(bank.line().fetch_statement("NEW", first=FIRST, last=LAST).content)

        assert statement.ties_out
        assert statement.entries == ()

    @pytest.mark.parametrize("wrong", [{"amount": "-1"}, {"amount": "1.001"}, {"account": "<x>"}, {"currency": "US"}])
    def test_hold_no_payment_that_makes_no_sense(self, bank, wrong):
        if wrong == {"currency": "US"}:
            bank.pay_in()

        assert bank.pay_in(**wrong).status_code in (400, 422)


class TestSafety:
    def test_unsigned_and_wrongly_signed_requests_are_refused(self, bank):
        stranger = SandboxGateway(base_url=bank.url, bank=bank.name, secret="wrong")

        assert requests.get(f"{bank.url}/{bank.name}/messages").status_code == 401
        with pytest.raises(AnswerLost):  # a refusal that nobody has signed may be anybody's
            stranger.send_payment(instruction(), at=AT)

    def test_a_recorded_request_cannot_be_played_again(self, bank):
        target = f"/{bank.name}/messages"
        headers = signing.headers(secret=bank.secret, method="GET", target=target, body=b"", now=time.time())

        answers = [requests.get(bank.url + target, headers=headers).status_code for _ in range(2)]

        assert answers == [200, 401]

    def test_an_old_signature_is_refused(self, bank):
        target = f"/{bank.name}/messages"
        headers = signing.headers(secret=bank.secret, method="GET", target=target, body=b"", now=time.time() - 3600)

        assert requests.get(bank.url + target, headers=headers).status_code == 401

    def test_the_page_shows_accounts_and_escapes_what_people_wrote(self, bank):
        bank.pay_in(payer_name="<script>alert(1)</script>")

        page = requests.get(bank.url, params={"bank": bank.name, "reference": '"><b>'}).text

        assert "COLLECT1" in page
        assert "<script>" not in page
        assert '"><b>' not in page


class TestFaults:
    def test_an_outage_does_nothing_and_says_so(self, bank):
        order = instruction()
        bank.fault("outage", times=1)

        with pytest.raises(BankUnreachable):
            bank.line().send_payment(order, at=AT)

        assert bank.line().payment_status(order.end_to_end_id) is None

    def test_a_lost_answer_was_carried_out_and_a_repetition_pays_once(self, bank):
        order = instruction()
        bank.fault("lost_answer", times=1)

        with pytest.raises(AnswerLost):
            bank.line().send_payment(order, at=AT)

        assert bank.line().payment_status(order.end_to_end_id).outcome is Outcome.PAID
        assert bank.line().send_payment(order, at=AT).is_repetition

    def test_a_slow_answer_is_not_waited_for_for_ever(self, bank):
        bank.fault("slow", seconds=2, times=1)

        with pytest.raises(AnswerLost):
            bank.line(answer_seconds_max=0.3).send_payment(instruction(), at=AT)

    def test_nobody_at_the_address_is_unreachable(self):
        line = SandboxGateway(base_url=f"http://127.0.0.1:{free_port()}", bank="X", secret="x")

        with pytest.raises(BankUnreachable):
            line.send_payment(instruction(), at=AT)


class TestMemory:
    def test_a_killed_bank_knows_everything_it_has_promised(self, tmp_path):
        bank = SandboxProcess(tmp_path / "run")
        bank.name = "A"
        bank.start()
        orders = [instruction(), instruction(amount_minor=5_99), instruction(creditor=Party("x", "10000"))]
        for order in orders:
            bank.line().send_payment(order, at=AT)
        before = bank.line().fetch_messages(after="")

        bank.kill()
        with bank.journal.open("a") as journal:
            journal.write('{"fact": "instructed", "ba')  # torn by the kill: nobody was told of it
        bank.start()

        assert bank.line().fetch_messages(after="") == before
        assert [bank.line().send_payment(order, at=AT).is_repetition for order in orders] == [True] * 3
        bank.pay_in()
        assert bank.line().fetch_messages(after=before[-1].id)[-1].kind == "camt.054"
        bank.kill()


class TestFolders:
    def test_a_bank_whose_folder_was_made_is_reached_by_files_and_tells_nothing_of_before(self, bank):
        bank.line().send_payment(instruction(end_to_end_id="EARLIER"), at=AT)
        home = bank.journal.parents[1] / "bank-folders" / bank.name
        home.mkdir(parents=True)
        self.wait(lambda: (home / "done").exists())

        (home / "in" / "half.xml.tmp").write_bytes(b"<Document")
        (home / "in" / "bad.xml").write_bytes(b"<Document")
        (home / "in" / "one.xml").write_bytes(iso20022.write_pain001(instruction(end_to_end_id="E1"), at=AT))
        self.wait(lambda: len(list((home / "out").glob("*.xml"))) == 3)

        told = {file.name.split("-")[1]: file.read_bytes() for file in (home / "out").glob("0*.xml")}
        assert iso20022.read_pain002(told["pain.002.xml"])[0].end_to_end_id == "E1"
        (statement,) = iso20022.read_camt(next((home / "out").glob("camt.053-LENDER1-*.xml")).read_bytes())
        assert [entry.end_to_end_id for entry in statement.entries] == ["EARLIER", "E1"]
        assert [file.name for file in (home / "in").iterdir()] == ["half.xml.tmp"]
        assert (home / "done" / "bad.xml.refused.txt").exists()

    def wait(self, is_so):
        deadline = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < deadline
            time.sleep(0.05)
