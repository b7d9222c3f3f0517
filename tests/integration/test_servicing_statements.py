"""Bank statements in: duplicates, overlaps, suspense, refusals."""

from datetime import date

import pytest
from django.db.models import Sum

from scf.banks.gateways.base import BankUnreachable, NotOffered, RawMessage
from scf.banks.services import connecting, lines
from scf.banks.services.statements import AccountUnknown, StatementOutOfBalance, StatementUnreadable
from scf.kernel.lifecycle import NotAllowedNow
from scf.ledger import selectors as ledger
from scf.ledger.models import Account, Leg
from scf.servicing.models import IncomingPayment, Loan, LoanEvent
from scf.servicing.selectors.suggestions import suggestions_for
from scf.servicing.services import matching, statements
from scf.servicing.services.parts import LoanNotPayable
from tests.factories import LendingWorld
from tests.integration.servicing_world import bring, camt, credit, noon

pytestmark = pytest.mark.django_db
DAY = date(2031, 4, 2)


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


def suspense_balance() -> int:
    return Leg.objects.filter(account__kind=Account.Kind.SUSPENSE).aggregate(sum=Sum("minor"))["sum"] or 0


class TestImportStatement:
    def test_again_changes_nothing_and_says_so(self, world, loan):
        content = camt(world, credit("500.00", loan.number, DAY))
        first = statements.import_statement(content=content, name="a.xml", by=world.clerk, at=noon(DAY))

        again = statements.import_statement(content=content, name="b.xml", by=world.clerk, at=noon(DAY))

        assert (first[0].is_duplicate, again[0].is_duplicate) == (False, True)
        assert loan.events.filter(kind=LoanEvent.Kind.REPAYMENT).count() == 1

    def test_an_overlapping_one_brings_only_what_is_new(self, world, loan):
        known, new = credit("500.00", loan.number, DAY), credit("700.00", loan.number, DAY)
        bring(world, known)

        outcome = bring(world, known, new)[0]

        assert outcome.allocated == 1
        assert sorted(loan.events.filter(kind="REPAYMENT").values_list("amount_minor", flat=True)) == [500_00, 700_00]

    def test_two_equal_payments_of_a_day_are_two(self, world, loan):
        twin = credit("500.00", loan.number, DAY, reference="")

        assert bring(world, twin, twin)[0].allocated == 2
        assert bring(world, twin, twin)[0].allocated == 0

    def test_money_that_left_is_of_no_concern(self, world):
        outcome = bring(world, credit("-500.00", "refund", DAY))[0]

        assert (outcome.allocated, outcome.suspended, outcome.other) == (0, 0, 1)

    def test_what_the_bank_takes_back_waits_for_a_person(self, world, loan):
        assert bring(world, credit("500.00", loan.number, DAY, is_reversal=True))[0].suspended == 1

    @pytest.mark.parametrize(
        ("broken", "refusal"),
        [
            (lambda world: b"\x00\x01 not XML", StatementUnreadable),
            (lambda world: b"<Document><Other/></Document>", StatementUnreadable),
            (lambda world: camt(world, credit("1.00", "x", DAY), account="6299999"), AccountUnknown),
            (lambda world: camt(world, credit("1.00", "x", DAY), wrong_by=1), StatementOutOfBalance),
        ],
    )
    def test_a_bad_file_is_refused_whole(self, world, broken, refusal):
        with pytest.raises(refusal):
            statements.import_statement(content=broken(world), name="bad.xml", by=world.clerk, at=noon(DAY))

        assert IncomingPayment.objects.count() == 0

    def test_one_that_is_too_large_is_refused(self, world, settings):
        settings.UPLOAD_BYTES_MAX = 10

        with pytest.raises(statements.StatementTooLarge):
            statements.import_statement(content=b"<" * 11, name="large.xml", by=world.clerk, at=noon(DAY))

    def test_a_good_file_comes_in_beside_a_bad_one(self, world, loan):
        files = [("bad.xml", b"?"), ("good.xml", camt(world, credit("500.00", loan.number, DAY)))]

        bad, good = statements.import_files(files=files, by=world.clerk, at=noon(DAY))

        assert isinstance(bad.refusal, StatementUnreadable) and good.refusal is None
        assert good.outcomes[0].allocated == 1


class Line:
    """A lender's machine that answers with a statement, or does not answer."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content

    def fetch_statement(self, account, *, first, last):
        if self.content is None:
            raise BankUnreachable("no answer")
        return RawMessage("1", "camt.053", self.content)


class TestFetchStatement:
    @pytest.fixture
    def fetch(self, world):
        def fetch(content):
            with lines.replaced(lambda connection: Line(content)):
                return statements.fetch_statement(
                    account=world.collection, from_date=DAY, to_date=DAY, by=world.clerk, at=noon(DAY)
                )

        return fetch

    def test_imports_what_the_lender_sends(self, world, loan, fetch):
        assert fetch(camt(world, credit("500.00", loan.number, DAY)))[0].allocated == 1

    def test_says_that_the_lender_does_not_answer(self, fetch):
        with pytest.raises(BankUnreachable):
            fetch(None)

    def test_says_that_the_lender_cannot_be_asked(self, world, fetch):
        connecting.connect(bank=world.bank, gateway="browser", settings={}, by=None, at=noon(DAY))

        with pytest.raises(NotOffered):
            statements.fetch_statement(
                account=world.collection, from_date=DAY, to_date=DAY, by=world.clerk, at=noon(DAY)
            )

    def test_says_that_there_is_no_line(self, world, fetch):
        world.bank.connection.delete()

        with pytest.raises(statements.LenderNotConnected):
            fetch(None)


class TestSuspense:
    @pytest.fixture
    def incoming(self, world, loan) -> IncomingPayment:
        bring(world, credit("1003625.00", "货款", DAY, payer=world.buyer.name))
        return IncomingPayment.objects.get()

    def test_holds_what_names_no_loan(self, incoming):
        assert (incoming.state, incoming.why) == (IncomingPayment.State.SUSPENSE, "NO_REFERENCE")
        assert suspense_balance() == -1_003_625_00
        assert ledger.unbalanced() == []

    def test_suggests_the_loan_with_exactly_this_payoff_first(self, world, loan, incoming):
        world.loan(amount="1000.00")

        assert suggestions_for(incoming).offers[0].parts[0].stand.loan == loan

    def test_a_person_allocates_it_and_the_suspense_is_empty(self, world, loan, incoming):
        matching.allocate(incoming_id=incoming.pk, loan_id=loan.pk, by=world.clerk, at=noon(DAY))

        assert Loan.objects.get().state == Loan.State.CLOSED
        assert suspense_balance() == 0
        assert ledger.unbalanced() == []

    def test_it_is_allocated_once(self, world, loan, incoming):
        matching.allocate(incoming_id=incoming.pk, loan_id=loan.pk, by=world.clerk, at=noon(DAY))

        with pytest.raises(NotAllowedNow):
            matching.allocate(incoming_id=incoming.pk, loan_id=loan.pk, by=world.clerk, at=noon(DAY))

    def test_a_loan_that_was_not_there_yet_is_neither_suggested_nor_taken(self, world, incoming):
        later = world.loan(drawn=date(2031, 12, 1))

        assert later not in [part.stand.loan for each in suggestions_for(incoming).offers for part in each.parts]
        with pytest.raises(LoanNotPayable):
            matching.allocate(incoming_id=incoming.pk, loan_id=later.pk, by=world.clerk, at=noon(date(2031, 12, 2)))

    def test_a_loan_of_another_lender_is_refused(self, world, incoming):
        foreign = LendingWorld().loan()

        with pytest.raises(LoanNotPayable):
            matching.allocate(incoming_id=incoming.pk, loan_id=foreign.pk, by=world.clerk, at=noon(DAY))

    def test_a_person_sets_it_aside_with_a_reason(self, world, incoming):
        found = matching.set_aside(incoming_id=incoming.pk, by=world.clerk, at=noon(DAY), note="a deposit")

        assert found.state == IncomingPayment.State.SET_ASIDE
        assert suspense_balance() == -1_003_625_00
