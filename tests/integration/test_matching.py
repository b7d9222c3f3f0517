"""Money in suspense: what it may mean, on which loans it goes, and how it comes off again."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from scf.domain.matching import Code
from scf.domain.money import Money
from scf.kernel import audit, clock
from scf.kernel.models import OutboxMessage
from scf.ledger.models import Account, Leg
from scf.notifications.models import Notification
from scf.parties.models import Role
from scf.servicing import selectors
from scf.servicing.models import IncomingPayment, Loan, LoanEvent, PayerRule
from scf.servicing.selectors import suspense
from scf.servicing.selectors.payers import rules
from scf.servicing.selectors.suggestions import suggestions_for
from scf.servicing.services import matching, payers, suspense_news
from tests.factories import LendingWorld, member, organisation
from tests.integration.servicing_world import bring, browser, credit, noon

pytestmark = pytest.mark.django_db
DAY = date(2031, 4, 2)
NEXT = date(2031, 4, 3)


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


def came(world, amount: str, text: str = "?", day: date = DAY, **more) -> IncomingPayment:
    bring(world, credit(amount, text, day, **more))
    return IncomingPayment.objects.latest("pk")


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def in_suspense() -> int:
    return -sum(Leg.objects.filter(account__kind=Account.Kind.SUSPENSE).values_list("minor", flat=True))


def states(*loans: Loan) -> list[str]:
    return [Loan.objects.get(pk=loan.pk).state for loan in loans]


class TestSplit:
    @pytest.fixture
    def loans(self, world) -> list[Loan]:
        return [world.loan(amount="1000.00", days=60), world.loan(amount="2000.00", days=90)]

    def split(self, world, incoming, *parts, day=DAY):
        given = [(loan.pk, cny(amount)) for loan, amount in parts]
        return matching.split(incoming_id=incoming.pk, parts=given, by=world.clerk, at=noon(day))

    def test_one_payment_on_two_loans_and_off_again(self, world, loans):
        incoming = came(world, "3500.00")

        done = self.split(world, incoming, (loans[0], "1003.63"), (loans[1], "2496.37"))

        assert done.state == "ALLOCATED" and in_suspense() == 0
        assert states(*loans) == ["CLOSED", "CLOSED"]
        sources = [event.source for event in incoming.parts.order_by("id")]
        entry = audit.subject_of(incoming.entry)
        assert sources == [entry, f"{entry}/2"]

        back = matching.unmatch(incoming_id=incoming.pk, by=world.clerk, at=noon(DAY))

        assert (back.state, in_suspense()) == ("SUSPENSE", 3500_00)
        assert states(*loans) == ["PART_REPAID", "PART_REPAID"]
        again = matching.allocate(incoming_id=incoming.pk, loan_id=loans[1].pk, by=world.clerk, at=noon(DAY))
        assert again.state == "ALLOCATED" and selectors.waiting_of(again).minor == 0

    @pytest.mark.parametrize("amounts", [("1000.00", "1000.00"), ("3000.00", "1000.00"), ("3500.00", "0.00")])
    def test_parts_that_do_not_make_the_payment_are_refused_whole(self, world, loans, amounts):
        incoming = came(world, "3500.00")

        with pytest.raises(matching.PartsDiffer):
            self.split(world, incoming, *zip(loans, amounts, strict=True))

        assert not incoming.parts.exists()

    def test_an_earlier_day_is_the_lenders_unless_the_bank_took_the_money_back(self, world, loans):
        incoming = came(world, "500.00", loans[0].number, end_to_end_id="E2E-7")

        with pytest.raises(matching.NeedsLender):
            matching.unmatch(incoming_id=incoming.pk, by=world.clerk, at=noon(NEXT))
        bring(world, credit("-500.00", "return", NEXT, end_to_end_id="E2E-7", is_reversal=True), opening=500_00)
        done = matching.unmatch(incoming_id=incoming.pk, by=world.clerk, at=noon(NEXT))

        assert (done.state, in_suspense()) == ("RETURNED", 0)
        assert selectors.standing(loans[0], NEXT).now.principal == loans[0].principal

    def test_money_in_suspense_that_the_bank_takes_back_is_gone_by_itself(self, world):
        incoming = came(world, "500.00", end_to_end_id="E2E-8")

        bring(world, credit("-500.00", "return", NEXT, end_to_end_id="E2E-8", is_reversal=True), opening=500_00)

        incoming.refresh_from_db()
        assert (incoming.state, in_suspense()) == ("RETURNED", 0)

    def test_sql_puts_no_more_on_loans_than_came(self, world, loans):
        incoming = came(world, "500.00")
        self.split(world, incoming, (loans[0], "200.00"), (loans[1], "300.00"))
        foreign = LendingWorld().loan()
        insert = (
            "INSERT INTO servicing_loanevent (loan_id, kind, amount_minor, value_date, source, payer, data, note,"
            " recorded_at, incoming_id) VALUES (%s, 'REPAYMENT', %s, '2031-04-02', 'x', '', '{}', '', now(), %s)"
        )
        attacks = [
            (insert, [loans[0].pk, 1, incoming.pk]),
            (insert, [foreign.pk, 1, came(world, "9.00").pk]),
            ("UPDATE servicing_incomingpayment SET amount_minor = 50100 WHERE id = %s", [incoming.pk]),
            ("DELETE FROM servicing_payerrule", []),
        ]
        for statement, values in attacks:
            with pytest.raises(IntegrityError if "INSERT" in statement else Exception), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(statement, values)
        assert LoanEvent.objects.filter(incoming=incoming).count() == 2


class TestByItself:
    """What a machine allocates: what names a loan, by number or account; nothing else."""

    def open(self, world, number="8800123456", supplier=None, loan=None):
        return payers.open_account(
            bank=world.bank, number=number, supplier=supplier, loan=loan, by=world.clerk, at=noon(DAY)
        )

    def test_money_into_a_loans_own_account_goes_to_it(self, world):
        loan, _other = world.loan(), world.loan()
        self.open(world, loan=loan)

        assert came(world, "500.00", "收款子账户8800123456 货款").parts.get().loan == loan

    def test_money_into_a_suppliers_account_goes_to_the_one_loan_that_asks_for_it(self, world):
        first, second = world.loan(amount="1000.00"), world.loan(amount="2000.00")
        self.open(world, supplier=world.supplier)

        assert came(world, "1003.63", "8800123456").parts.get().loan == first
        # the first loan is closed now: the supplier has one running loan left
        assert came(world, "777.00", "8800123456").parts.get().loan == second

    def test_of_several_loans_none_is_guessed_and_what_disagrees_waits(self, world):
        loan = world.loan()
        world.loan(amount="5000.00")
        self.open(world, supplier=world.supplier)
        self.open(world, number="8800999999", supplier=organisation())

        assert came(world, "777.00", "8800123456").why == "ACCOUNT_SEVERAL"
        assert came(world, "777.00", f"8800999999 {loan.number}").why == "ACCOUNT_DISAGREES"

    def test_a_number_stands_for_one_at_a_time(self, world):
        row = self.open(world, supplier=world.supplier)
        with pytest.raises(payers.AccountTaken):
            self.open(world, loan=world.loan())

        payers.close_account(account_id=row.pk, by=world.clerk, at=noon(DAY))

        assert came(world, "777.00", "8800123456").why == "NO_REFERENCE"
        self.open(world, loan=world.loan())


class TestLearning:
    def test_a_decision_is_a_reason_next_time_until_it_is_switched_off(self, world):
        loan = world.loan(supplier=organisation())
        world.loan()
        marks = {"payer": "代付公司", "counterparty_account": "6225 0000 1111"}
        first = came(world, "500.00", **marks)
        matching.allocate(incoming_id=first.pk, loan_id=loan.pk, by=world.clerk, at=noon(DAY))

        second = came(world, "700.00", **marks)
        offer = suggestions_for(second).offers[0]

        assert second.state == "SUSPENSE"  # it never moves money by itself
        assert offer.parts[0].stand.loan == loan
        assert [reason.code for reason in offer.suggestion.reasons] == [Code.LEARNED_ACCOUNT]
        for rule in rules():
            payers.switch(rule_id=rule.pk, is_on=False, by=world.clerk, at=noon(DAY))
        assert suggestions_for(second).offers == []
        matching.allocate(incoming_id=second.pk, loan_id=loan.pk, by=world.clerk, at=noon(DAY))
        assert not any(rule.is_on for rule in rules())  # a person switched it off: it is not learned again

    def test_a_slip_that_is_undone_teaches_nothing(self, world):
        loan, payment = world.loan(), came(world, "500.00", payer="代付公司")
        matching.allocate(incoming_id=payment.pk, loan_id=loan.pk, by=world.clerk, at=noon(DAY))

        matching.unmatch(incoming_id=payment.pk, by=world.clerk, at=noon(DAY))

        assert [rule.is_on for rule in rules()] == [False] and PayerRule.objects.count() == 2
        matching.allocate(incoming_id=payment.pk, loan_id=loan.pk, by=world.clerk, at=noon(DAY))
        assert [rule.is_on for rule in rules()] == [True]


class TestDesk:
    @pytest.fixture(autouse=True)
    def _today(self):
        with clock.pinned(noon(DAY)):
            yield

    def test_shows_fifty_by_a_fixed_number_of_queries_and_goes_on_by_key(self, world, django_assert_max_num_queries):
        for _ in range(3):
            world.loan(amount="1000.00")
        entries = [credit(f"{100 + index}.00", "?", DAY, payer=f"P{index}") for index in range(53)]
        bring(world, *entries)
        client = browser(world.clerk)

        with django_assert_max_num_queries(23):
            page = client.get(reverse("servicing:desk"))

        assert len(page.context["rows"]) == 50
        rest = client.get(reverse("servicing:desk"), {"after": page.context["next_after"]})
        assert len(rest.context["rows"]) == 3

    def test_a_suggestion_is_taken_undone_and_set_aside_with_plain_forms(self, world):
        loan = world.loan(amount="1000.00")
        payment = came(world, "1003.63", payer=world.buyer.name)
        client, desk = browser(world.clerk), reverse("servicing:desk")
        address = reverse("servicing:incoming", args=[payment.pk])
        assert "exactly what pays it off" in client.get(desk).content.decode()

        taken = client.post(address, {"action": "take", "loan": [loan.number], "amount": ["1003.63"], "then": desk})
        assert taken.url == desk and states(loan) == ["CLOSED"]
        undo = client.get(desk).context["undo"]
        assert undo == payment
        client.post(address, {"action": "undo", "then": desk})
        client.post(address, {"action": "set_aside", "note": "a deposit", "then": "https://elsewhere.example/"})

        payment.refresh_from_db()
        assert payment.state == "SET_ASIDE" and states(loan) == ["PART_REPAID"]
        short = client.post(address, {"action": "take", "loan": [loan.number], "amount": ["1.00"]})
        assert short.status_code == 409 or short.status_code == 422

    def test_what_differs_is_said(self, world):
        loan = world.loan(amount="1000.00")
        payment = came(world, "500.00")
        client = browser(world.clerk)

        answer = client.post(
            reverse("servicing:incoming", args=[payment.pk]), {"action": "take", "loan": loan.number, "amount": "499"}
        )

        assert answer.status_code == 422 and "CNY 500.00 waits" in answer.content.decode()


class TestAge:
    def test_clerks_are_told_first_then_administrators_once_each(self, world):
        boss = member(world.platform, Role.ADMINISTRATOR)
        came(world, "500.00")  # a Wednesday
        told = []
        for day in (date(2031, 4, 8), date(2031, 4, 9), date(2031, 4, 9), date(2031, 4, 18), date(2031, 4, 21)):
            suspense_news.escalate(on=day, at=noon(day))
            for message in OutboxMessage.objects.filter(topic="servicing.suspense.aged"):
                suspense_news.tell_aged(**message.payload, at=noon(day))  # more than once is once
            rows = Notification.objects.filter(code__startswith="suspense").order_by("id")
            told.append([row.membership.role for row in rows])

        assert told[0] in ([], ["CLERK"]) and told[1] == told[2] == ["CLERK"]
        assert told[-1] == ["CLERK", "ADMINISTRATOR"] and boss.pk
        assert [age.count for age in suspense.ages(DAY)] == [1, 0, 0, 0]
        assert [age.count for age in suspense.ages(date(2031, 5, 9))] == [0, 0, 0, 1]
