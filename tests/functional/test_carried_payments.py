"""Payments over lines that cannot be asked: folders, a real SFTP server, and an officer's hands. Each is made once."""

# budget: one line and one fault a test, side by side, so that none is forgotten
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from scf.banks.gateways import iso20022
from scf.banks.gateways.base import Outcome, PaymentStatus, Statement, StatementEntry
from scf.banks.gateways.sandbox_bank.folders import BankFolders
from scf.banks.models import BankMessage, Connection, Investigation, OutgoingFile, Payment
from scf.banks.services import connecting, effects, lines, messages, outgoing, payments, recalls
from scf.financing.models import Application
from scf.kernel import clock
from scf.kernel.models import AuditEntry
from scf.notifications.models import Notification
from scf.parties.models import BankAccount
from scf.servicing.models import IncomingPayment
from tests.bank_servers import sftp_bank
from tests.factories import NOON
from tests.integration.test_payments import Killed, instructed, is_paid_once, raising, run, state
from tests.lending import lent
from tests.trade_world import TradeWorld, client_of

PAGE = "/banks/files/"


def connect(world: TradeWorld, gateway: str, **settings: object) -> Connection:
    """The first lender's line from now on."""
    return connecting.connect(bank=world.bank, gateway=gateway, settings=settings, by=None, at=NOON)


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """Nothing is paid yet; lines are as their settings say."""
    made = TradeWorld(tmp_path)
    made.lenders_waive = True
    with made.running(), lines.replaced(lines.by_settings):
        made.order()
        Connection.objects.filter(bank=made.other_bank).update(is_active=False)
        yield made


class Folder:
    """The first lender's folders, with the sandbox bank behind them."""

    def __init__(self, world: TradeWorld, root: Path) -> None:
        self.world, self.home = world, root / world.bank.code
        self.home.mkdir(parents=True)
        self.bank = BankFolders(world.books, root)
        self.bank.exchange()
        (self.home / "kept").mkdir()

    def names(self, folder: str) -> list[str]:
        return sorted(each.name for each in (self.home / folder).iterdir())


@pytest.fixture
def folder(world, tmp_path) -> Folder:
    """A line of folders on this machine."""
    found = Folder(world, tmp_path / "folders")
    connect(world, "folder", root=str(found.home), archive="kept", poll_seconds=0)
    return found


class TestFolders:
    def test_the_round_out_and_back(self, world, folder):
        lent(world)

        payment = Payment.objects.get()
        assert state() == "SENT" and folder.names("in") == [f"pain.001_{payment.end_to_end_id}.xml"]
        run(world, 1)
        assert state() == "SENT", "silence is not read as an answer"
        folder.bank.exchange()
        run(world, 2)

        assert is_paid_once(world) and payment.reference == Application.objects.get().number
        run(world, 3)
        kept = folder.names("kept")
        assert len(kept) == 3 and all("pain.002" in name or "camt.05" in name for name in kept)
        assert folder.names("out") == [] and not Investigation.objects.exists()

    def test_repayments_come_with_the_statements_among_the_messages(self, world, folder):
        lent(world)
        folder.bank.exchange()
        run(world, 1)
        account = world.bank.bank_accounts.get(purpose=BankAccount.Purpose.COLLECTION)
        world.books.pay_in(
            world.bank.code, key="k", account=account.number, amount_minor=10_00, currency="CNY", reference="?",
            value_date=clock.today(), payer_name="A buyer", payer_account="",
        )  # fmt: skip
        folder.bank.exchange()
        run(world, 2)

        assert IncomingPayment.objects.get().amount_minor == 10_00
        assert not Investigation.objects.exists()

    @pytest.mark.parametrize("place", ["stage", "hand_over"])
    def test_killed_between_the_file_and_its_row(self, world, folder, monkeypatch, place):
        with monkeypatch.context() as once:
            once.setattr(outgoing.OutgoingFiles, place, raising)
            with pytest.raises(Killed):
                lent(world)
        folder.bank.exchange()  # a bank takes at once what it can see
        assert instructed(world) == (1 if place == "hand_over" else 0)
        run(world, 1)
        folder.bank.exchange()
        run(world, 2)

        assert is_paid_once(world) and OutgoingFile.objects.count() == 1

    def test_killed_between_a_message_and_its_row_and_between_its_row_and_its_effect(self, world, folder, monkeypatch):
        lent(world)
        folder.bank.exchange()
        for module, name in ((messages.outbox, "put"), (effects, "apply_status")):
            with monkeypatch.context() as once:
                once.setattr(module, name, raising)
                with pytest.raises(Killed):
                    run(world, 1)
        run(world, 3)

        assert is_paid_once(world)

    def test_a_bank_that_cannot_be_reached_for_long_gets_the_file_once_it_can(self, world, folder):
        gone = folder.home.with_name("gone")
        folder.home.rename(gone)
        lent(world)
        for minutes in (1, 10):
            run(world, minutes)
        assert state() == "UNKNOWN" and Connection.objects.get(bank=world.bank).silent_since == NOON
        gone.rename(folder.home)
        with clock.pinned(NOON + timedelta(days=2)):  # no promise has a try left
            payments.outbox.OutboxMessage.objects.filter(delivered_at=None).delete()
            payments.ask_all(at=clock.now())
        run(world, 2 * 24 * 60)
        folder.bank.exchange()
        run(world, 2 * 24 * 60 + 1)

        assert is_paid_once(world)

    def test_silence_becomes_a_persons_task_after_the_lines_patience_and_nothing_is_sent_again(self, world, folder):
        lent(world)
        (folder.home / "in" / folder.names("in")[0]).unlink()  # taken, and never heard of again
        for hours in (5, 25, 27, 50):
            with clock.pinned(NOON + timedelta(hours=hours)):
                payments.ask_all(at=clock.now())
                world.pump()
            assert Investigation.objects.filter(kind="NO_ANSWER").exists() == (hours > 26)

        assert state() == "SENT" and folder.names("in") == []

    def test_a_recall_is_a_file_and_its_answer_comes_back(self, world, folder):
        lent(world)
        folder.bank.exchange()
        run(world, 1)
        payment = Payment.objects.get()
        with clock.pinned(NOON + timedelta(minutes=2)):
            recalls.recall(payment_id=payment.pk, reason_code="DUPL", note="twice", by=world.clerk, at=clock.now())
        run(world, 3)
        assert folder.names("in") == [f"camt.056_R{payment.end_to_end_id}.xml"]
        folder.bank.exchange()
        run(world, 4)

        assert state() == "RETURNED"

    def test_what_cannot_be_taken_is_a_clerks_task_once_and_holds_up_nothing(self, world, folder):
        lent(world)
        (folder.home / "out" / "000-rubbish.xml").write_bytes(b"<not-a-message/>")
        (folder.home / "out" / "half.xml.tmp").write_bytes(b"<Document")
        folder.bank.exchange()
        run(world, 1)
        run(world, 2)

        assert is_paid_once(world)
        found = Investigation.objects.get()
        assert (found.kind, found.facts["file"]) == ("UNREADABLE", "000-rubbish.xml")
        page = client_of(world.clerk).get("/banks/investigations/").content.decode()
        assert "000-rubbish.xml" in page
        assert folder.names("out") == ["half.xml.tmp"]

    def test_another_lenders_statement_is_not_taken(self, world, folder):
        theirs = world.other_bank.bank_accounts.get(purpose=BankAccount.Purpose.COLLECTION)
        world.books.pay_in(
            "X", key="k", account=theirs.number, amount_minor=10_00, currency="CNY", reference="?",
            value_date=clock.today(), payer_name="A buyer", payer_account="",
        )  # fmt: skip
        statement = world.books.statement("X", theirs.number, first=clock.today(), last=clock.today())
        content = iso20022.write_statement(statement, message_id="S", at=NOON)
        (folder.home / "out" / "theirs.xml").write_bytes(content)
        run(world)

        assert not IncomingPayment.objects.exists()
        assert BankMessage.objects.get().result["refusal"]["code"] == "ACCOUNT_UNKNOWN"

    def test_a_verdict_over_the_whole_message_is_one_over_its_payment(self, world, folder):
        lent(world)
        payment = Payment.objects.get()
        group = PaymentStatus(payment.end_to_end_id, f"M{payment.end_to_end_id}", Outcome.FAILED, "RJCT", "FF01", "bad")
        content = iso20022.write_pain002(group, message_id="G", at=NOON).decode()
        block = content[content.index("  <OrgnlPmtInfAndSts>") : content.index("</CstmrPmtStsRpt>")]
        content = content.replace(block, "").replace("</OrgnlMsgNmId>", "</OrgnlMsgNmId><GrpSts>RJCT</GrpSts>")
        (folder.home / "out" / "verdict.xml").write_text(content)
        run(world, 1)

        assert state() == "FAILED" and Application.objects.get().state == "PAYMENT_FAILED"


class TestTheDatabase:
    def test_a_file_stays_and_a_line_with_payments_on_it_stays(self, world, folder):
        lent(world)

        for statement in (
            "UPDATE banks_outgoingfile SET name = 'x'",
            "UPDATE banks_outgoingfile SET handed_at = NULL",
            "UPDATE banks_outgoingfile SET token = 'other'",
            "UPDATE banks_outgoingfile SET taken_at = now()",
            "DELETE FROM banks_outgoingfile",
            f"UPDATE banks_connection SET gateway = 'https' WHERE bank_id = {world.bank.pk}",
            f"DELETE FROM banks_connection WHERE bank_id = {world.bank.pk}",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        with pytest.raises(connecting.LineHeld):
            connect(world, "browser")
        connect(world, "folder", root=str(folder.home), poll_seconds=60)  # the same kind of line may be mended


def test_by_a_real_sftp_server(world, tmp_path, monkeypatch):
    with sftp_bank(tmp_path / "sftp") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        home = Folder(world, tmp_path / "bank-side")
        for name in ("in", "out"):  # the bank's own machine sees what its SFTP server shows
            (home.home / name).rmdir()
            (home.home / name).symlink_to(server.root / name)
        connect(world, "sftp", **server.settings(archive="archive"))
        assert all(is_good for is_good, _sentence in connecting.tried(Connection.objects.get(bank=world.bank)))
        lent(world)
        assert state() == "SENT"
        home.bank.exchange()
        run(world, 1)
        run(world, 2)

        assert is_paid_once(world) and len(list((server.root / "archive").iterdir())) == 3


class TestByHand:
    @pytest.fixture
    def officer(self, world):
        """The lender has nothing; a case was signed, and an officer is at the page."""
        connect(world, "browser")
        lent(world)
        client = client_of(world.maker)
        client.cookies["django_language"] = "en"
        return client

    def bring(self, client, *files, **data):
        uploads = [SimpleUploadedFile(name, content) for name, content in files]
        return client.post(PAGE, {"brought": uploads, **data})

    def said(self, world) -> list[tuple[str, bytes]]:
        """The lender's bank carries out what it was brought, and gives its files out."""
        taken = OutgoingFile.objects.get().file.content.read()
        for told in iso20022.read_pain001(taken):
            world.books.instruct(world.bank.code, told)
        found = world.books.messages(world.bank.code, after=0)
        return [(f"{message.kind}.xml", message.content) for message in found]

    def test_a_file_is_taken_carried_out_and_its_answers_brought(self, world, officer):
        with clock.pinned(NOON + timedelta(minutes=1)):
            payment, file = Payment.objects.get(), OutgoingFile.objects.get()
            assert state() == "SENT" and file.taken_at is None
            assert Notification.objects.filter(membership=world.maker, code="bank.file_ready").exists()
            assert payment.end_to_end_id in officer.get(PAGE).content.decode()
            assert "/banks/files/" in officer.get("/").content.decode()

            first, again = (officer.post(f"{PAGE}{file.pk}/take/") for _time in range(2))
            assert first.content == again.content and file.name in first["Content-Disposition"]
            took = AuditEntry.objects.filter(action="payment.take_file", actor=world.maker.user)
            assert [entry.after["is_first"] for entry in took.order_by("pk")] == [True, False]

            answer = self.bring(officer, *self.said(world))
            assert answer.status_code == 200 and payment.end_to_end_id in answer.content.decode()
            world.pump()
            assert is_paid_once(world)

            repeated = self.bring(officer, *self.said(world)).content.decode()
            assert "came before" in repeated and BankMessage.objects.count() == 2
            brought = AuditEntry.objects.filter(action="bankmessage.bring", actor=world.maker.user)
            assert brought.count() == 4 and is_paid_once(world)
            assert file.name in client_of(world.clerk).get(f"/banks/payments/{payment.end_to_end_id}/").content.decode()

    def test_silence_while_nobody_takes_the_file_is_no_answer(self, world, officer):
        for hours in (1, 30):
            with clock.pinned(NOON + timedelta(hours=hours)):
                payments.ask_all(at=clock.now())
                world.pump()

        assert state() == "SENT" and OutgoingFile.objects.count() == 1
        assert Investigation.objects.get().kind == "NO_ANSWER"

    def test_a_banks_export_tells_of_a_payment_by_our_words_in_it(self, world, officer):
        payment = Payment.objects.get()
        sheet = (
            "日期,摘要,借方,贷方,余额\n"
            f"2031-03-03,转账 {payment.reference},{payment.amount.amount},,9000.00\n"
            "2031-03-03,其他,50.00,,8950.00\n"
        ).encode()
        own = world.bank.bank_accounts.get(purpose=BankAccount.Purpose.LENDING)

        unnamed = self.bring(officer, ("export.csv", sheet))
        assert unnamed.status_code == 422 and state() == "SENT"
        named = self.bring(officer, ("export.csv", sheet), account=own.pk)
        assert named.status_code == 200, named.content.decode()
        assert state() == "PAID"

    def test_an_amount_that_is_not_ours_pays_nothing(self, world, officer):
        payment = Payment.objects.get()
        own = world.bank.bank_accounts.get(purpose=BankAccount.Purpose.LENDING)
        entry = StatementEntry(
            "B1", -payment.amount_minor - 1, "CNY", NOON.date(), NOON.date(), remittance=payment.reference
        )
        told = Statement(own.number, "S1", "CNY", NOON.date(), NOON.date(), 10**9, 10**9 + entry.amount_minor, (entry,))
        content = iso20022.write_statement(told, message_id="S1", at=NOON)

        assert self.bring(officer, ("day.xml", content)).status_code == 200
        assert state() == "SENT"

    def test_bad_files_are_named_beside_good_ones(self, world, officer):
        good = self.said(world)[0]
        broken = b"date,amount,balance\n2031-13-45,1.00,1.00\n"

        answer = self.bring(officer, ("cut.xml", good[1][:200]), ("broken.csv", broken), ("empty.xml", b""), good)

        page = answer.content.decode()
        assert answer.status_code == 422 and state() == "PAID"
        assert all(name in page for name in ("cut.xml", "broken.csv", "empty.xml"))
        assert "2031-13-45" in page and "Export it again" in page and "breaks off here" in page

    def test_nobody_else_takes_or_brings(self, world, officer):
        file, said = OutgoingFile.objects.get(), self.said(world)

        for stranger in (world.other_maker, world.other_checker):
            client = client_of(stranger)
            assert client.post(f"{PAGE}{file.pk}/take/").status_code == 404
            assert Payment.objects.get().end_to_end_id not in client.get(PAGE).content.decode()
            self.bring(client, *said)
        for stranger in (world.clerk, world.reviewer, world.applicant):
            client = client_of(stranger)
            assert client.get(PAGE).status_code == client.post(f"{PAGE}{file.pk}/take/").status_code == 403
        assert state() == "SENT", "another lender's officers say nothing about our payment"

    def test_killed_between_the_kept_file_and_its_effect(self, world, officer, monkeypatch):
        with monkeypatch.context() as once:
            once.setattr(effects, "apply_status", raising)
            with pytest.raises(Killed):
                self.bring(officer, *self.said(world))
        assert state() == "SENT" and BankMessage.objects.get().handled_at is None
        run(world, 1)

        assert is_paid_once(world)
