"""The statement of the account that pays is proof: a payment of which nothing else tells is paid by it, once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from scf.banks.gateways.base import BankUnreachable, Statement, StatementEntry
from scf.banks.gateways.iso20022 import write_statement
from scf.banks.gateways.sandbox_bank.local import LocalGateway
from scf.banks.models import Investigation, Payment
from scf.banks.models import Statement as Kept
from scf.banks.services import lines, payments
from scf.financing.models import Application
from scf.kernel import clock
from scf.parties.models import BankAccount
from scf.servicing.models import IncomingPayment, Loan
from scf.servicing.services import statements
from tests.integration.test_bank_conduct import lent, moved, opened, sign
from tests.lending import offered
from tests.trade_world import Person, TradeWorld


class Deaf(LocalGateway):
    """A bank whose machine gives statements, and answers no question about a payment."""

    def payment_status(self, end_to_end_id):
        raise BankUnreachable("the bank is not available at the moment", reason="CLOSED")


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """An offer that only needs a signature, at a bank that pays and forgets to tell."""
    made = TradeWorld(tmp_path)
    with made.running(), lines.replaced(lambda connection: Deaf(made.books, connection.bank.code)):
        made.order()
        offered(made)
        yield made


def own(world: TradeWorld) -> BankAccount:
    return world.bank.bank_accounts.get(purpose=BankAccount.Purpose.LENDING)


def debit(payment: Payment, minor: int, **more: str) -> StatementEntry:
    today = clock.today()
    given = {"end_to_end_id": payment.end_to_end_id, "counterparty_account": payment.creditor_account.number, **more}
    return StatementEntry(f"B{minor}", minor, "CNY", today, today - timedelta(days=1), **given)


def bring(world: TradeWorld, *entries: StatementEntry) -> statements.Outcome:
    """The clerk uploads the lender's own statement."""
    whole, today = sum(entry.amount_minor for entry in entries), clock.today()
    told = Statement(own(world).number, f"S{whole}", "CNY", today, today, 10**9, 10**9 + whole, entries, len(entries))
    content = write_statement(told, message_id="S1", at=clock.now())
    (outcome,) = statements.import_statement(content=content, name="own.xml", by=world.clerk, at=clock.now())
    world.pump()
    return outcome


class TestTheStatementAlone:
    def test_fetched_by_a_clerk_it_pays_the_case_out(self, world):
        assert sign(world, "forget").state == "DISBURSING"
        today = clock.today().isoformat()
        form = {"fetch-account": own(world).pk, "fetch-from_date": today, "fetch-to_date": today}

        clerk = Person(world, world.clerk).client
        page = clerk.post("/servicing/reconciliation/fetch/", form, headers={"accept-language": "en"})
        world.pump()

        assert "It tells of 1 payment of ours." in page.content.decode()
        payment = Payment.objects.get()
        assert (payment.state, payment.value_date, payment.paid_minor) == ("PAID", clock.today(), 1000_00)
        assert Application.objects.get().state == "DISBURSED" and moved(world) == lent() == 1000_00
        assert not IncomingPayment.objects.exists() and opened() == []

    def test_is_asked_for_where_the_bank_answers_no_question(self, world):
        sign(world, "forget")
        start = clock.now()
        for minutes in (2, 6, 15):
            with clock.pinned(start + timedelta(minutes=minutes)):
                payments.ask_all(at=clock.now())
                world.pump()

        assert Payment.objects.get().state == "PAID" and Kept.objects.get().account == own(world)
        assert moved(world) == lent() == 1000_00 and Loan.objects.count() == 1

    def test_twice_and_after_other_news_it_changes_nothing(self, world):
        sign(world, "off")
        payment = Payment.objects.get()
        assert payment.state == "PAID"

        assert bring(world, debit(payment, -1000_00)).payments == 1
        assert bring(world, debit(payment, -1000_00)).is_duplicate

        assert Loan.objects.count() == 1 and opened() == [] and lent() == 1000_00


class TestWhatDoesNotFit:
    def test_another_amount_is_named_on_the_day_on_which_it_was_paid(self, world):
        sign(world, "forget")
        payment = Payment.objects.get()
        bring(world, debit(payment, -999_00))

        row = Investigation.objects.get()
        assert (row.kind, row.facts["paid"], row.payment_id) == ("WRONG_AMOUNT", "CNY 999.00", payment.pk)
        assert Payment.objects.get().value_date == clock.today() - timedelta(days=1)

    def test_debits_that_we_never_told_are_named_and_those_of_the_lenders_own_business_are_not(self, world):
        sign(world, "off")
        payment = Payment.objects.get()
        outcome = bring(
            world, debit(payment, -5_00, end_to_end_id="PO-20990101-0001"),
            debit(payment, -6_00, end_to_end_id="", remittance="transfer"),
            debit(payment, -7_00, end_to_end_id="", remittance="rent", counterparty_account="LANDLORD"),
        )  # fmt: skip

        assert sorted(Investigation.objects.values_list("facts__paid", flat=True)) == ["CNY 5.00", "CNY 6.00"]
        assert opened() == ["UNKNOWN_DEBIT"] * 2 and (outcome.payments, outcome.other) == (0, 3)

    def test_its_credits_are_no_repayments_but_a_return_is_one(self, world):
        sign(world, "off")
        payment = Payment.objects.get()
        bring(
            world, debit(payment, 50_00, end_to_end_id="", remittance=f"还款{Loan.objects.get().number}"),
            debit(payment, 1000_00, remittance="RETURNED"),
        )  # fmt: skip

        assert not IncomingPayment.objects.exists()
        assert Payment.objects.get().state == "RETURNED" and lent() == 0
        assert Application.objects.get().state == "PAYMENT_FAILED"
