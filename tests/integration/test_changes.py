"""What lenders change about running loans: two people, one event, books that follow."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from scf.domain.money import Money
from scf.kernel.lifecycle import NotAllowedNow
from scf.parties.models import Organisation, Role
from scf.servicing.models import Loan, LoanChange
from scf.servicing.selectors.changes import ChangeRefused
from scf.servicing.services import changes
from tests.factories import LendingWorld, member, organisation
from tests.integration.changes_world import DAY, DUE, Kind, cny, done, now, propose, take_back
from tests.integration.closing_world import balance, close
from tests.integration.servicing_world import noon, repay

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


class TestTwoPeople:
    def test_nothing_happens_before_the_checker_decides(self, world, loan):
        change = propose(world, loan, Kind.FEE, amount=cny("500.00"))

        assert change.state == LoanChange.State.PROPOSED and now(loan).costs == cny("0")
        changes.approve(change_id=change.pk, by=world.checker, at=noon(DAY), answer="fine")

        change = LoanChange.objects.get()
        assert (change.state, change.answer, change.decided_by) == ("DONE", "fine", world.checker)
        assert (change.event.by, change.event.note) == (world.checker, "agreed")
        assert now(loan).costs == cny("500.00")

    def test_one_person_in_both_roles_does_not_suffice(self, world, loan):
        change = propose(world, loan, Kind.FEE, amount=cny("500.00"))
        also_checker = world.checker
        also_checker.user = world.maker.user

        with pytest.raises(changes.NeedsAnother):
            changes.approve(change_id=change.pk, by=also_checker, at=noon(DAY))
        with pytest.raises(changes.NeedsAnother):
            changes.refuse(change_id=change.pk, by=also_checker, at=noon(DAY), answer="no")

    def test_the_database_wants_two_too(self, world, loan):
        change = propose(world, loan, Kind.FEE, amount=cny("500.00"))
        event = loan.events.get()

        for values in ({"state": "DONE", "event": event, "decided_by": world.maker}, {"state": "DONE"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                LoanChange.objects.filter(pk=change.pk).update(**values)

    def test_officers_of_another_lender_and_the_platform_have_no_say(self, world, loan):
        change = propose(world, loan, Kind.FEE, amount=cny("500.00"))
        strangers = [member(organisation(Organisation.Kind.BANK), Role.CHECKER), world.clerk, world.maker]

        for stranger in strangers[:2]:
            with pytest.raises(changes.NotYours):
                changes.approve(change_id=change.pk, by=stranger, at=noon(DAY))
        with pytest.raises(changes.NotYours):
            changes.approve(change_id=change.pk, by=world.maker, at=noon(DAY))

    def test_a_decision_is_made_once(self, world, loan):
        change = propose(world, loan, Kind.FEE, amount=cny("500.00"))
        changes.refuse(change_id=change.pk, by=world.checker, at=noon(DAY), answer="why?")

        with pytest.raises(NotAllowedNow):
            changes.approve(change_id=change.pk, by=world.checker, at=noon(DAY))
        assert loan.events.count() == 1

    def test_the_maker_withdraws_and_may_propose_again(self, world, loan):
        change = propose(world, loan, Kind.FEE, amount=cny("500.00"))
        with pytest.raises(changes.ProposedAlready):
            propose(world, loan, Kind.FEE, amount=cny("5.00"))

        changes.withdraw(change_id=change.pk, by=world.maker, at=noon(DAY))

        assert propose(world, loan, Kind.FEE, amount=cny("5.00")).state == LoanChange.State.PROPOSED

    def test_it_is_checked_again_when_it_is_decided(self, world, loan):
        change = propose(world, loan, Kind.WAIVER, amount=cny("3625.00"), data={"rank": "INTEREST"})
        repay(world, loan, "1003625.00", DAY)

        with pytest.raises(ChangeRefused, match="cannot"):
            changes.approve(change_id=change.pk, by=world.checker, at=noon(DAY))
        assert LoanChange.objects.get().state == LoanChange.State.PROPOSED


class TestCharges:
    def test_a_fee_is_paid_first_and_is_income(self, world, loan):
        done(world, loan, Kind.FEE, amount=cny("500.00"))
        repay(world, loan, "4125.00", DAY)
        close(DAY)

        stand = now(loan)
        assert (stand.costs, stand.interest, stand.principal) == (cny("0"), cny("0"), cny("1000000.00"))
        assert balance("COST") == -500_00

    def test_a_penalty_is_owed(self, world, loan):
        assert now(done(world, loan, Kind.PENALTY, amount=cny("80.00"))).penalty == cny("80.00")

    def test_interest_waived_within_grace_stays_waived_when_it_becomes_penalty(self, world, loan):
        day = DUE + timedelta(days=3)
        owed = now(loan, day).interest
        done(world, loan, Kind.WAIVER, on=day, amount=owed, data={"rank": "INTEREST"})

        then = now(loan, DUE + timedelta(days=10))
        assert not any(then.paid.values()) and sum(money.minor for money in then.waived.values()) == owed.minor
        assert then.waived["PENALTY"] == owed - now(loan, DUE).interest

    def test_interest_is_waived_up_to_what_is_owed(self, world, loan):
        with pytest.raises(ChangeRefused, match="cannot"):
            propose(world, loan, Kind.WAIVER, amount=cny("3625.01"), data={"rank": "INTEREST"})

        done(world, loan, Kind.WAIVER, amount=cny("3625.00"), data={"rank": "INTEREST"})

        assert now(loan).interest == cny("0")
        assert balance("WAIVED") == 3625_00
        assert repay(world, loan, "1000000.00", DAY).state == Loan.State.CLOSED


class TestTerms:
    def test_a_new_rate_runs_from_its_day_also_a_past_or_a_coming_one(self, world, loan):
        done(world, loan, Kind.RATE_CHANGE, value_date=date(2031, 3, 13), data={"annual_rate": "0.036"})

        # 10 days at 4.35 %, 20 days at 3.60 %
        assert now(loan).interest == cny("3208.33")
        done(world, loan, Kind.RATE_CHANGE, value_date=date(2031, 4, 12), data={"annual_rate": "0.0435"})
        assert now(loan, date(2031, 4, 22)).interest == cny("5416.67")

    def test_an_extension_moves_the_due_date_and_interest_goes_on(self, world, loan):
        changed = done(world, loan, Kind.EXTENSION, data={"maturity_date": "2031-07-01"})

        assert changed.due_on == date(2031, 7, 1) and changed.maturity_date == DUE
        stand = now(loan, date(2031, 7, 1))
        assert stand.days_past_due == 0 and stand.interest == cny("14500.00")
        assert now(loan, date(2031, 7, 6)).days_past_due == 5
        assert changed.stored_standing.class_code == "SPECIAL_MENTION"

    def test_an_extension_that_lies_ahead_keeps_the_due_date_through_what_comes_before_it(self, world, loan):
        done(world, loan, Kind.EXTENSION, value_date=date(2031, 5, 20), data={"maturity_date": "2031-07-01"})

        assert repay(world, loan, "1000.00", date(2031, 4, 10)).due_on == date(2031, 7, 1)

    def test_arrears_are_not_extended_away(self, world, loan):
        late = DUE + timedelta(days=44)
        with pytest.raises(ChangeRefused):
            propose(world, loan, Kind.EXTENSION, on=late, value_date=DAY, data={"maturity_date": "2031-08-01"})

    def test_an_overdue_loan_can_get_another_rate_from_today_on(self, world, loan):
        late = DUE + timedelta(days=44)
        assert propose(world, loan, Kind.RATE_CHANGE, on=late, data={"annual_rate": "0.05"}).pk

    def test_an_extension_taken_back_leaves_the_agreed_day(self, world, loan):
        done(world, loan, Kind.EXTENSION, data={"maturity_date": "2031-07-01"})

        assert take_back(world, loan.events.get(kind="EXTENSION")).due_on == DUE

    @pytest.mark.parametrize(("day", "on"), [("2031-05-01", DAY), ("2031-08-31", DAY), ("2031-07-01", DUE)])
    def test_no_extension_backwards_nor_beyond_the_agreed_term_nor_too_late(self, world, loan, day, on):
        with pytest.raises(ChangeRefused):
            propose(world, loan, Kind.EXTENSION, on=on, data={"maturity_date": day})

    def test_misuse_bears_its_own_rate_until_it_ends(self, world, loan):
        done(world, loan, Kind.MISUSE, value_date=date(2031, 3, 13))
        done(world, loan, Kind.MISUSE, value_date=date(2031, 3, 23), data={"is_over": True})

        # 20 days at 4.35 %, 10 days at twice of it
        assert now(loan).interest == cny("4833.33")


class TestWrittenOff:
    def test_a_loss_a_recovery_and_all_of_it_back(self, world, loan):
        late = DUE + timedelta(days=400)
        written = done(world, loan, Kind.WRITE_OFF, on=late)
        lost = now(loan, late).written_off
        owed = sum(money.minor for money in lost.values())
        assert written.state == Loan.State.WRITTEN_OFF
        assert balance("LOSS") == owed and now(loan, late).payoff == cny("0")

        back = repay(world, loan, "400000.00", late)
        assert back.state == Loan.State.WRITTEN_OFF
        assert loan.events.last().kind == "RECOVERY" and balance("RECOVERY") == -400_000_00

        rest = Money(owed - 400_000_00, "CNY")
        assert repay(world, loan, str(rest.amount), late).state == Loan.State.RECOVERED

    def test_nothing_accrues_behind_it_and_taken_back_it_never_was(self, world, loan):
        late = DUE + timedelta(days=100)
        expected = now(loan, late + timedelta(days=30))
        close(late - timedelta(days=1))
        done(world, loan, Kind.WRITE_OFF, on=late)
        close(late + timedelta(days=29))
        assert now(loan, late + timedelta(days=30)).payoff == cny("0")

        event = loan.events.get(kind="WRITE_OFF")
        reopened = take_back(world, event, on=late + timedelta(days=30))
        close(late + timedelta(days=30))

        again = now(loan, late + timedelta(days=30))
        assert reopened.state == Loan.State.PART_REPAID and balance("LOSS") == 0
        assert (again.interest, again.penalty, again.compound) == (
            expected.interest, expected.penalty, expected.compound,
        )  # fmt: skip

    def test_what_has_ended_is_not_changed(self, world, loan):
        closed = repay(world, loan, "1003625.00", DAY)

        with pytest.raises(ChangeRefused):
            propose(world, closed, Kind.FEE, amount=cny("1.00"))
