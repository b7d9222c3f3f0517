"""The page of one loan: where it stands on any day, what closes it, how each figure comes about."""

from datetime import date

import pytest

from scf.domain.money import Money
from scf.kernel import clock
from scf.parties.models import Organisation, Role
from scf.servicing.models import Loan
from tests.factories import LendingWorld, member, organisation
from tests.integration.closing_world import close
from tests.integration.servicing_world import get, noon, repay

pytestmark = pytest.mark.django_db
TODAY = date(2031, 4, 2)


@pytest.fixture(autouse=True)
def _today():
    with clock.pinned(noon(TODAY)):
        yield


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


class TestLoanPage:
    def test_shows_the_position_on_any_day(self, world, loan):
        page = get(world.clerk, "loan", loan.number, on="2031-06-01").content.decode()

        assert "1,010,875.00" in page

    @pytest.mark.parametrize("on", ["", "yesterday", "9999-12-31", "0001-01-01", "2031-02-30"])
    def test_bears_any_day(self, world, loan, on):
        assert get(world.clerk, "loan", loan.number, on=on).status_code == 200

    @pytest.mark.parametrize(
        ("who", "sees"), [("clerk", True), ("maker", True), ("applicant", False), ("reviewer", False)]
    )
    def test_the_books_are_for_the_clerk_and_the_lender(self, world, loan, who, sees):
        page = get(getattr(world, who), "loan", loan.number)

        assert page.status_code == 200
        assert ('id="ledger"' in page.content.decode()) is sees

    def test_the_class_and_its_reason_are_the_lenders_and_the_clerks(self, world, loan):
        late = world.loan(drawn=date(2030, 12, 1), days=90)
        close(date(2031, 4, 1))

        for who in (world.clerk, world.maker):
            assert (
                "another loan of the supplier is overdue by 32 days" in get(who, "loan", loan.number).content.decode()
            )
            assert "overdue by 32 days" in get(who, "loan", late.number).content.decode()
        page = get(world.applicant, "loan", loan.number).content.decode()
        assert "Special mention" not in page and "overdue by" not in page

    def test_has_no_inline_style_or_script(self, world, loan):
        page = get(world.clerk, "loan", loan.number).content.decode()

        assert " style=" not in page and "<script>" not in page and " onclick=" not in page

    @pytest.mark.parametrize("name", ["loan", "loan-statement"])
    def test_does_not_exist_for_strangers(self, world, loan, name):
        strangers = [member(organisation(), Role.APPLICANT), member(organisation(Organisation.Kind.BANK), Role.MAKER)]

        assert {get(stranger, name, loan.number).status_code for stranger in strangers} == {404}


class TestExplained:
    def test_the_page_shows_how_interest_comes_about_to_the_fen(self, world, loan):
        repay(world, loan, "400000.00", date(2031, 3, 13), on=TODAY)

        page = get(world.applicant, "loan", loan.number, on="2031-06-11")
        figures = {figure.due: figure for _name, figure in page.context["figures"]}

        assert set(figures) == {"INTEREST", "PENALTY", "COMPOUND"}
        for figure in figures.values():
            assert figure.earned == sum((each.result for each in figure.sums), Money(0, "CNY"))
        assert [part.days for part in figures["INTEREST"].sums[0].parts] == [10, 80]
        assert figures["INTEREST"].unpaid == page.context["stand"].now.interest
        assert "1,208.33333333…" in page.content.decode()

    def test_what_was_known_then_can_still_be_seen(self, world, loan):
        repay(world, loan, "400000.00", date(2031, 3, 13), on=TODAY)

        now = get(world.maker, "loan", loan.number, on="2031-03-20")
        then = get(world.maker, "loan", loan.number, on="2031-03-20", known="2031-03-20")

        assert now.context["stand"].now.paid["PRINCIPAL"] and not then.context["stand"].now.paid["PRINCIPAL"]
        assert "As it was known on 2031-03-20" in then.content.decode()
        assert get(world.maker, "loan", loan.number, known="2000-01-01").status_code == 200

    def test_what_closes_it_on_a_day_closes_it(self, world, loan):
        page = get(world.applicant, "loan", loan.number, on="2031-04-02")
        quote = page.context["quote"]

        closed = repay(world, loan, str(quote.sum.amount), TODAY)

        assert "1,003,625.00" in page.content.decode() and closed.state == Loan.State.CLOSED
        assert "Nothing is owed" in get(world.applicant, "loan", loan.number).content.decode()

    @pytest.mark.parametrize(
        ("on", "words"), [("2031-05-31", "to come"), ("2031-06-01", "due today"), ("2031-06-02", "overdue")]
    )
    def test_the_plan_says_the_state_of_each_instalment(self, world, loan, on, words):
        page = get(world.clerk, "loan", loan.number, on=on)

        assert [state[2] for _row, _charges, state in page.context["rows"]] == [words]
