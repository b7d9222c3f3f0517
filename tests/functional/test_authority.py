"""Several checkers, a committee, substitutes, hand-overs and the clock: who decides for a lender, and what was seen."""

# budget: one lender's rules about its own people, rule by rule
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from scf.banks.models import AuthorityMatrix
from scf.banks.services import absences, authority
from scf.documents.services import read_file
from scf.domain.authority import Hat, Power, Rung
from scf.domain.money import Money
from scf.financing.models import Application, BankCase, Decision
from scf.financing.services import banking, checking, escalating
from scf.kernel import clock
from scf.notifications.models import Notification
from scf.parties.models import Membership, Role
from tests.factories import member
from tests.trade_world import Person, TradeWorld, later, step, where

TOP = Money.of(Decimal(10_000_000), "CNY")


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """A world whose lender has an administrator, and three more checkers without general authority."""
    made = TradeWorld(tmp_path)
    made.chief = member(made.bank, Role.ADMINISTRATOR)
    made.second, made.third, made.fourth = (member(made.bank, Role.CHECKER) for _ in range(3))
    with made.running():
        made.order()
        yield made


def matrix(world: TradeWorld, powers: list[tuple[Membership, Hat]], **rung: object) -> AuthorityMatrix:
    """A confirmed matrix: these people up to ten million, and one rung above nought."""
    rows = [Power(who.user_id, hat, TOP) for who, hat in powers]
    rungs = [Rung(Money(0, "CNY"), **rung)] if rung else []
    found = authority.propose(
        powers=rows, rungs=rungs, valid_from=clock.today(), why="so agreed", by=world.chief, at=clock.now()
    )
    other = member(world.bank, Role.ADMINISTRATOR)
    return authority.confirm(matrix_id=found.pk, by=other, at=clock.now())


def proposed(world: TradeWorld, **more: object) -> BankCase:
    application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount="10000")
    case = application.bank_cases.get(bank=world.bank)
    Person(world, world.maker).offer(case, amount="10000", **more)
    return case


def check(world: TradeWorld, who: Membership, case: BankCase, action: str = "CONFIRM", **more: object):
    """The officer's answer; a refused step is laid back."""
    answer = Person(world, who).take(case, "check", action=action, **more)
    if answer.status_code == 200:
        Person(world, who).client.post(f"/financing/work/{step(case, 'check').pk}/release/")
    return answer


def state(case: BankCase) -> str:
    return BankCase.objects.values_list("state", flat=True).get(pk=case.pk)


class TestSeveral:
    def test_two_signatures_are_two_people_and_only_then_an_offer(self, world):
        matrix(world, [(world.checker, Hat.SIGN), (world.second, Hat.SIGN)], signatures=2)
        case = proposed(world)

        check(world, world.checker, case)
        assert (state(case), where(case)) == ("CHECKER", ["check"])
        assert Person(world, world.checker).claim(case, "check").status_code == 422  # has spoken already
        told = Notification.objects.filter(code="bank.check", membership__in=[world.checker, world.second])
        assert sorted(told.values_list("membership_id", flat=True)) == sorted(
            [world.checker.pk, world.second.pk, world.second.pk]
        )
        check(world, world.second, case)

        assert state(case) == "OFFERED"
        assert list(case.decisions.order_by("pk").values_list("act", flat=True)) == ["OFFER", "SIGN", "SIGN"]

    def test_worked_over_everybody_speaks_anew(self, world):
        matrix(world, [(world.checker, Hat.SIGN), (world.second, Hat.SIGN)], signatures=2)
        case = proposed(world)
        check(world, world.checker, case)
        check(world, world.second, case, "BACK", note="Too long.")
        Person(world, world.maker).offer(case, amount="9000")

        check(world, world.checker, case)
        assert state(case) == "CHECKER"
        check(world, world.second, case)

        assert state(case) == "OFFERED"

    def test_who_is_not_in_the_matrix_has_no_word_whatever_the_general_authority(self, world):
        matrix(world, [(world.second, Hat.SIGN)])
        case = proposed(world)

        answer = check(world, world.checker, case)

        (why,) = answer.context["form"].non_field_errors()
        assert str(world.second.user) in why and state(case) == "CHECKER"
        check(world, world.second, case)
        assert state(case) == "OFFERED"

    def test_a_decline_takes_one_checker(self, world):
        matrix(world, [(world.second, Hat.SIGN), (world.third, Hat.SIGN)], signatures=2)
        application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount="10000")
        case = application.bank_cases.get(bank=world.bank)
        Person(world, world.maker).take(case, "make", action="DECLINE", decline_reason="APPETITE")

        check(world, world.junior, case)

        assert state(case) == "DECLINED"


class TestCommittee:
    def seats(self, world: TradeWorld) -> BankCase:
        powers = [(world.checker, Hat.SIGN), *((who, Hat.VOTE) for who in (world.second, world.third, world.fourth))]
        matrix(world, powers, votes=2)
        case = proposed(world)
        check(world, world.checker, case)
        return case

    def test_the_votes_carry_it(self, world):
        case = self.seats(world)
        page = Person(world, world.second).client
        Person(world, world.second).claim(case, "check")
        form = page.get(f"/financing/work/{step(case, 'check').pk}/").context["form"]
        assert [value for value, _label in form.fields["action"].choices][:3] == ["CONFIRM", "AGAINST", "ABSTAIN"]

        Person(world, world.second).take(case, "check", action="CONFIRM")
        check(world, world.third, case, "AGAINST", note="Concentration.")
        assert state(case) == "CHECKER"
        check(world, world.fourth, case)

        assert state(case) == "OFFERED"

    def test_once_it_cannot_be_carried_it_goes_back_to_the_maker(self, world):
        case = self.seats(world)

        check(world, world.second, case, "AGAINST", note="Concentration.")
        check(world, world.third, case, "ABSTAIN", note="I know the borrower.")

        assert (state(case), where(case)) == ("SENT_BACK", ["make"])
        assert "2" in BankCase.objects.get(pk=case.pk).note

    def test_a_vote_against_has_a_reason_and_a_checker_does_not_vote(self, world):
        case = self.seats(world)
        assert check(world, world.second, case, "AGAINST").context["form"].non_field_errors()
        with pytest.raises(checking.BeyondAuthority):
            checking.confirm(bank_case_id=case.pk, by=world.junior, at=clock.now())


class TestSubstitutes:
    def away(self, world: TradeWorld, who: Membership, substitute: Membership | None) -> None:
        today = clock.today()
        absences.enter(
            person=who,
            substitute=substitute,
            from_date=today,
            to_date=today + timedelta(days=3),
            by=who,
            at=clock.now(),
        )

    def test_a_substitute_signs_by_the_power_of_who_is_away_and_only_meanwhile(self, world):
        matrix(world, [(world.checker, Hat.SIGN)])
        self.away(world, world.checker, world.second)
        case = proposed(world)
        with clock.pinned(later(4)), pytest.raises(checking.BeyondAuthority):
            checking.confirm(bank_case_id=case.pk, by=world.second, at=clock.now())

        check(world, world.second, case)

        word = case.decisions.get(act="SIGN")
        assert (word.person, word.power_of) == (world.second.user, world.checker.user)

    def test_the_officer_and_the_substitute_are_one_power(self, world):
        matrix(world, [(world.checker, Hat.SIGN), (world.third, Hat.SIGN)], signatures=2)
        self.away(world, world.checker, world.second)
        case = proposed(world)
        check(world, world.second, case)

        with pytest.raises(checking.BeyondAuthority):
            checking.confirm(bank_case_id=case.pk, by=world.checker, at=clock.now())
        check(world, world.third, case)

        assert state(case) == "OFFERED"

    def test_nobody_signs_for_the_maker(self, world):
        both = member(world.bank, Role.CHECKER, email=world.maker.user.email)
        matrix(world, [(both, Hat.SIGN), (world.third, Hat.SIGN)])
        self.away(world, both, world.second)
        case = proposed(world)

        with pytest.raises(checking.BeyondAuthority):
            checking.confirm(bank_case_id=case.pk, by=world.second, at=clock.now())


class TestMatrix:
    def test_whoever_gains_by_it_does_not_confirm_it(self, world):
        rows = [Power(world.junior.user_id, Hat.SIGN, TOP)]
        found = authority.propose(
            powers=rows, rungs=[], valid_from=clock.today(), why="x", by=world.chief, at=clock.now()
        )
        with pytest.raises(authority.GainsByIt):
            authority.confirm(matrix_id=found.pk, by=world.junior, at=clock.now())
        authority.confirm(matrix_id=found.pk, by=world.checker, at=clock.now())

    @pytest.mark.parametrize("rung", [{"signatures": 2}, {"votes": 1}])
    def test_what_nobody_could_ever_give_is_not_asked_for(self, world, rung):
        with pytest.raises(authority.AuthorityNotSound):
            matrix(world, [(world.checker, Hat.SIGN)], **rung)

    def test_it_is_entered_and_confirmed_on_its_pages(self, world):
        chief = Person(world, world.chief).client
        rows = {"power-TOTAL_FORMS": 1, "power-INITIAL_FORMS": 0, "rung-TOTAL_FORMS": 1, "rung-INITIAL_FORMS": 0,
                "power-0-person": world.second.user_id, "power-0-hat": "SIGN", "power-0-amount_max": "50000",
                "power-0-currency": "CNY", "power-0-product": "ORDER", "rung-0-amount_above": "1000",
                "rung-0-currency": "CNY", "rung-0-signatures": "1"}  # fmt: skip
        answer = chief.post("/banks/authority/new/", {**rows, "valid_from": clock.today(), "why": "new"})
        assert answer.status_code == 302, answer.context["form"].errors
        found = AuthorityMatrix.objects.get()

        Person(world, world.checker).client.post(f"/banks/authority/{found.pk}/", {"action": "confirm"})

        assert AuthorityMatrix.objects.get().state == "CONFIRMED"
        page = Person(world, world.maker).client.get("/banks/authority/").content.decode()
        assert "50,000.00" in page and str(world.second.user) in page
        again = chief.get("/banks/authority/new/").context["powers"].forms[0].initial
        assert again["amount_max"] == Decimal(50000) and again["product"] == "ORDER"


class TestHandedOver:
    def test_a_checker_gives_a_makers_case_to_another_maker(self, world):
        application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount="10000")
        case = application.bank_cases.get(bank=world.bank)
        Person(world, world.maker).claim(case, "make")

        task = step(case, "make").pk
        Person(world, world.checker).client.post(f"/financing/work/{task}/assign/", {"to": world.second_maker.pk})

        assert BankCase.objects.get(pk=case.pk).maker == world.second_maker.user
        assert step(case, "make").owner == world.second_maker.user
        Person(world, world.second_maker).offer(case, amount="10000")
        assert state(case) == "CHECKER"

    def test_not_to_somebody_of_another_role_or_who_is_away_nor_by_a_maker(self, world):
        case = proposed(world)
        task = step(case, "check").pk
        chief = Person(world, world.checker).client
        assert chief.post(f"/financing/work/{task}/assign/", {"to": world.second_maker.pk}).status_code == 422
        assert chief.post(f"/financing/work/{task}/assign/", {"to": world.other_checker.pk}).status_code == 422
        assert Person(world, world.maker).client.post(f"/financing/work/{task}/assign/", {}).status_code == 403
        TestSubstitutes().away(world, world.second, None)
        with pytest.raises(banking.CannotTakeIt):
            checking.hand_over(bank_case_id=case.pk, to=world.second, by=world.checker, at=clock.now())

    def test_the_clock_tells_colleagues_and_then_takes_the_case_away(self, world):
        application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount="10000")
        case = application.bank_cases.get(bank=world.bank)
        Person(world, world.maker).claim(case, "make")
        due = BankCase.objects.get(pk=case.pk).answer_by
        with clock.pinned(due + timedelta(minutes=1)):
            assert [escalating.escalate(at=clock.now()) for _ in range(2)] == [2, 0]  # both lenders are late
            world.pump()
        assert Notification.objects.filter(code="bank.late", membership=world.checker).count() == 1
        assert state(case) == "MAKER"
        with clock.pinned(due + (due - case.opened_at) + timedelta(minutes=1)):
            assert [escalating.escalate(at=clock.now()) for _ in range(2)] == [2, 0]
            world.pump()
        assert state(case) == "OPEN" and step(case, "make").owner is None


class TestSeen:
    def test_what_an_officer_saw_is_kept_word_for_word_and_for_that_lender_only(self, world):
        case = proposed(world, conditions="Locked account.")
        check(world, world.checker, case)

        word = case.decisions.get(act="SIGN")
        kept = read_file(word.seen).decode()
        assert "Locked account." in kept and "10,000.00" in kept and "csrfmiddlewaretoken" not in kept
        officer = Person(world, world.maker).client
        assert word.person.name in officer.get(f"/financing/decisions/{word.pk}/").content.decode()
        shown = officer.get(f"/financing/decisions/{word.pk}/seen/")
        assert shown.content.decode() == kept and "sandbox" in shown["Content-Security-Policy"]
        for stranger in (world.other_checker, world.reviewer, world.applicant):
            assert Person(world, stranger).client.get(f"/financing/decisions/{word.pk}/seen/").status_code == 404

    def test_a_decision_on_a_page_that_is_no_longer_true_is_refused(self, world):
        case = proposed(world)
        Person(world, world.checker).claim(case, "check")
        browser, address = Person(world, world.checker).client, f"/financing/work/{step(case, 'check').pk}/"
        seen = browser.get(address).context["fingerprint"]
        Application.objects.filter(pk=case.application_id).update(tenor_days=59)

        answer = browser.post(address, {"action": "CONFIRM", "seen": seen})

        assert answer.context["form"].non_field_errors() and state(case) == "CHECKER"
        again = browser.post(address, {"action": "CONFIRM", "seen": answer.context["fingerprint"]})
        assert again.status_code == 302 and state(case) == "OFFERED"


ATTACKS = [
    ("UPDATE financing_bankcase SET state = 'OFFERED', checker_id = {checker} WHERE id = {case}", "fewer signatures"),
    ("UPDATE financing_decision SET note = 'other'", "final"),
    ("DELETE FROM financing_decision", "final"),
    ("INSERT INTO financing_decision (bank_case_id, round, act, by_id, person_id, power_of_id, terms, note, at) "
     "VALUES ({case}, 1, 'SIGN', {maker_member}, {maker}, {maker}, '{{}}', '', now())", "neither signs nor votes"),
    ("INSERT INTO financing_decision (bank_case_id, round, act, by_id, person_id, power_of_id, terms, note, at) "
     "SELECT bank_case_id, round, act, by_id, person_id, {second}, terms, note, at FROM financing_decision "
     "WHERE act = 'SIGN'", "decision_person_once"),
    ("INSERT INTO financing_decision (bank_case_id, round, act, by_id, person_id, power_of_id, terms, note, at) "
     "SELECT bank_case_id, round, act, by_id, {second}, power_of_id, terms, note, at FROM financing_decision "
     "WHERE act = 'SIGN'", "decision_power_once"),
    ("UPDATE banks_authoritypower SET amount_max_minor = 1", "final"),
    ("DELETE FROM banks_authorityrung", "final"),
    ("UPDATE banks_authoritymatrix SET valid_from = '2020-01-01'", "final"),
]  # fmt: skip


class TestInTheDatabase:
    def test_sql_does_not_get_past_signatures_nor_change_what_was_said(self, world):
        matrix(world, [(world.checker, Hat.SIGN), (world.second, Hat.SIGN)], signatures=2)
        case = proposed(world)
        check(world, world.checker, case)
        names = {"case": case.pk, "checker": world.checker.user_id, "maker": world.maker.user_id,
                 "maker_member": world.maker.pk, "second": world.second.user_id}  # fmt: skip
        for attack, why in ATTACKS:
            with pytest.raises(IntegrityError, match=why), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(attack.format(**names))
        assert Decision.objects.count() == 2
