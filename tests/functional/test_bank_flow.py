"""One test for every branch of a lender's walk: maker, checker, and questions in between."""

# budget: one test a branch, in the order of the walk
import pytest

from scf.financing.models import Application, BankCase, BankProcess, InfoMessage
from scf.financing.services import checking
from scf.kernel import clock
from scf.kernel.models import AuditEntry
from scf.notifications.models import Notification
from tests.trade_world import Person, TradeWorld, step, where


@pytest.fixture
def case(world) -> BankCase:
    """A case that the lender was just asked about; the goods carry 68,850."""
    application = Person(world, world.applicant).apply("GR-1", amount="20000")
    Person(world, world.reviewer).take(application, "review", decision="APPROVE")
    return application.bank_cases.get(bank=world.bank)


def state(case: BankCase) -> str:
    return BankCase.objects.values_list("state", flat=True).get(pk=case.pk)


def proposed(world: TradeWorld, case: BankCase) -> None:
    """The maker has proposed an offer of 20,000."""
    Person(world, world.maker).offer(case, amount="20000")
    assert state(case) == "CHECKER"


class TestMake:
    def test_an_offer_goes_to_a_checker_with_its_terms(self, world, case):
        Person(world, world.maker).offer(case, amount="15000", rate="4.35", conditions="Locked account.")

        found = BankCase.objects.get(pk=case.pk)
        assert found.state == "CHECKER" and where(case) == ["check"]
        assert (found.amount_minor, str(found.annual_rate), found.tenor_days) == (15_000_00, "0.043500", 60)
        assert (found.conditions, found.maker, found.checker) == ("Locked account.", world.maker.user, None)
        assert Notification.objects.filter(code="bank.check", membership=world.checker).count() == 1

    def test_a_decline_goes_to_a_checker_with_its_reason(self, world, case):
        Person(world, world.maker).take(case, "make", action="DECLINE", decline_reason="EVIDENCE")

        assert (state(case), where(case)) == ("CHECKER", ["check"])

    def test_a_decline_says_why(self, world, case):
        answer = Person(world, world.maker).take(case, "make", action="DECLINE")

        assert "decline_reason" in answer.context["form"].errors and state(case) == "MAKER"

    @pytest.mark.parametrize(
        ("terms", "why"),
        [
            ({"amount": "20000.01"}, "more than was asked for"),
            ({"amount": "0"}, "nothing"),
            ({"rate": "36.01"}, "above the highest rate"),
            ({"rate": "-1"}, "below zero"),
            ({"tenor_days": 181}, "longer than the product allows"),
            ({"expires_on": "2031-03-02"}, "over before it is made"),
            ({"expires_on": ""}, "without an end"),
        ],
    )
    def test_terms_that_do_not_stand_are_refused(self, world, case, terms, why):
        answer = Person(world, world.maker).offer(case, **{"amount": "20000", **terms})

        assert answer.status_code == 200 and answer.context["form"].errors, why
        assert state(case) == "MAKER" and where(case) == ["make"]

    def test_a_question_waits_for_the_supplier(self, world, case):
        Person(world, world.maker).take(case, "make", action="ASK", note="Who insures the goods?")

        assert state(case) == "INFO_REQUESTED" and where(case) == ["answer"]
        assert Notification.objects.filter(code="supplier.asked", membership=world.applicant).count() == 1

    def test_a_question_has_words(self, world, case):
        answer = Person(world, world.maker).take(case, "make", action="ASK", note="")

        assert "note" in answer.context["form"].errors and not InfoMessage.objects.exists()

    def test_claimed_by_two_the_second_is_refused(self, world, case):
        Person(world, world.maker).claim(case, "make")
        Person(world, world.second_maker).claim(case, "make")

        assert step(case, "make").owner == world.maker.user
        assert BankCase.objects.get(pk=case.pk).maker == world.maker.user

    def test_laid_back_it_is_open_for_a_colleague(self, world, case):
        Person(world, world.maker).claim(case, "make")

        Person(world, world.maker).client.post(f"/financing/work/{step(case, 'make').pk}/release/")

        assert state(case) == "OPEN" and BankCase.objects.get(pk=case.pk).maker is None
        Person(world, world.second_maker).offer(case, amount="20000")
        assert BankCase.objects.get(pk=case.pk).maker == world.second_maker.user

    def test_a_checker_does_not_make(self, world, case):
        answer = Person(world, world.checker).claim(case, "make")

        assert answer.status_code == 403 and state(case) == "OPEN"


class TestCheck:
    def test_confirmed_it_is_an_offer(self, world, case):
        proposed(world, case)

        Person(world, world.checker).take(case, "check", action="CONFIRM")

        found = BankCase.objects.get(pk=case.pk)
        assert (found.state, found.checker) == ("OFFERED", world.checker.user)
        assert BankProcess.objects.get(bank_case=case).status == "DONE"
        assert Application.objects.get(pk=case.application_id).state == "OFFERED"

    def test_a_confirmed_decline_is_one(self, world, case):
        Person(world, world.maker).take(case, "make", action="DECLINE", decline_reason="APPETITE")

        Person(world, world.junior).take(case, "check", action="CONFIRM")

        assert state(case) == "DECLINED" and BankProcess.objects.get(bank_case=case).status == "DONE"

    def test_sent_back_the_maker_works_it_over(self, world, case):
        proposed(world, case)

        Person(world, world.checker).take(case, "check", action="BACK", note="Below our price list.")

        assert state(case) == "SENT_BACK" and where(case) == ["make"]
        Person(world, world.second_maker).offer(case, amount="18000", rate="5.1")
        Person(world, world.checker).take(case, "check", action="CONFIRM")
        found = BankCase.objects.get(pk=case.pk)
        assert (found.state, found.amount_minor, found.maker) == ("OFFERED", 18_000_00, world.second_maker.user)

    @pytest.mark.parametrize("action", ["BACK", "ASK"])
    def test_sending_back_and_asking_need_words(self, world, case, action):
        proposed(world, case)

        answer = Person(world, world.checker).take(case, "check", action=action, note=" ")

        assert answer.context["form"].non_field_errors() and state(case) == "CHECKER"

    def test_a_checker_asks_the_supplier_too(self, world, case):
        proposed(world, case)

        Person(world, world.checker).take(case, "check", action="ASK", note="When was it delivered?")

        assert state(case) == "INFO_REQUESTED" and where(case) == ["answer"]

    def test_the_maker_does_not_check_even_with_both_roles(self, world, case):
        from tests.factories import member

        both = member(world.bank, "CHECKER", email=world.maker.user.email)
        both.authority_minor = 10_000_000_00
        both.save()
        proposed(world, case)

        answer = Person(world, both).claim(case, "check")

        assert answer.status_code == 422 and step(case, "check").owner is None
        with pytest.raises(checking.SamePerson):
            checking.confirm(bank_case_id=case.pk, by=both, at=clock.now())
        with pytest.raises(checking.SamePerson):
            checking.send_back(bank_case_id=case.pk, note="x", by=both, at=clock.now())
        assert state(case) == "CHECKER"

    def test_above_a_persons_authority_a_higher_one_confirms(self, world, case):
        proposed(world, case)

        answer = Person(world, world.junior).take(case, "check", action="CONFIRM")

        (error,) = answer.context["form"].non_field_errors()
        assert "20,000.00" in error and "1,000.00" in error and state(case) == "CHECKER"
        Person(world, world.junior).client.post(f"/financing/work/{step(case, 'check').pk}/release/")
        Person(world, world.checker).take(case, "check", action="CONFIRM")
        assert state(case) == "OFFERED"

    @pytest.mark.parametrize(("authority", "becomes"), [(20_000_00, "OFFERED"), (19_999_99, "CHECKER")])
    def test_authority_reaches_exactly_to_its_amount(self, world, case, authority, becomes):
        world.junior.authority_minor = authority
        world.junior.save()
        proposed(world, case)

        Person(world, world.junior).take(case, "check", action="CONFIRM")

        assert state(case) == becomes

    def test_without_authority_nothing_is_confirmed(self, world, case):
        world.junior.authority_minor = None
        world.junior.save()
        proposed(world, case)

        Person(world, world.junior).take(case, "check", action="CONFIRM")

        assert state(case) == "CHECKER"


class TestAnswer:
    @pytest.mark.parametrize("asked_by", ["maker", "checker"])
    def test_answered_the_maker_goes_on(self, world, case, asked_by):
        if asked_by == "maker":
            Person(world, world.maker).take(case, "make", action="ASK", note="Who insures the goods?")
        else:
            proposed(world, case)
            Person(world, world.checker).take(case, "check", action="ASK", note="Who insures the goods?")

        Person(world, world.applicant).take(case, "answer", text="The keeper does.")

        assert state(case) == "SENT_BACK" and where(case) == ["make"]
        assert list(InfoMessage.objects.order_by("id").values_list("text", flat=True)) == [
            "Who insures the goods?", "The keeper does.",
        ]  # fmt: skip
        proposed(world, case)

    def test_an_answer_has_words(self, world, case):
        Person(world, world.maker).take(case, "make", action="ASK", note="Who?")

        answer = Person(world, world.applicant).take(case, "answer", text="   ")

        assert answer.context["form"].errors and state(case) == "INFO_REQUESTED"

    def test_another_supplier_neither_sees_nor_answers_it(self, world, case):
        Person(world, world.maker).take(case, "make", action="ASK", note="Secret question")
        address = f"/financing/work/{step(case, 'answer').pk}/"
        stranger = Person(world, world.stranger).client

        assert stranger.get(address).status_code == 404
        assert stranger.post(address, {"text": "Me."}).status_code == 404
        assert state(case) == "INFO_REQUESTED"

    def test_the_lender_does_not_answer_itself(self, world, case):
        Person(world, world.maker).take(case, "make", action="ASK", note="Who?")

        answer = Person(world, world.maker).client.post(f"/financing/work/{step(case, 'answer').pk}/", {"text": "Me."})

        assert answer.status_code == 403


class TestLapse:
    @pytest.mark.parametrize("stage", ["OPEN", "MAKER", "CHECKER", "SENT_BACK", "INFO_REQUESTED", "OFFERED"])
    def test_another_offer_accepted_lapses_it_wherever_it_is(self, world, case, stage):
        rival = BankCase.objects.get(application=case.application_id, bank=world.other_bank)
        maker, checker = Person(world, world.other_maker), Person(world, world.other_checker)
        if stage == "MAKER":
            maker.claim(rival, "make")
        if stage == "INFO_REQUESTED":
            maker.take(rival, "make", action="ASK", note="Who?")
        if stage in ("CHECKER", "SENT_BACK", "OFFERED"):
            maker.offer(rival, amount="20000")
        if stage in ("SENT_BACK", "OFFERED"):
            checker.take(rival, "check", action="BACK" if stage == "SENT_BACK" else "CONFIRM", note="Again.")
        assert state(rival) == stage
        proposed(world, case)
        Person(world, world.checker).take(case, "check", action="CONFIRM")

        Person(world, world.signatory).sign(Application.objects.get(pk=case.application_id), case)

        assert (state(case), state(rival)) == ("ACCEPTED", "LAPSED") and where(rival) == []
        told = Notification.objects.filter(code="bank.lapsed", membership=world.other_maker)
        assert told.count() == 1

    def test_a_maker_who_works_on_a_lapsed_case_is_told(self, world, case):
        maker = Person(world, world.other_maker)
        rival = BankCase.objects.get(application=case.application_id, bank=world.other_bank)
        maker.claim(rival, "make")
        address = f"/financing/work/{step(rival, 'make').pk}/"
        proposed(world, case)
        Person(world, world.checker).take(case, "check", action="CONFIRM")
        Person(world, world.signatory).sign(Application.objects.get(pk=case.application_id), case)

        answer = maker.client.post(address, {"action": "DECLINE", "decline_reason": "OTHER"})

        assert answer.status_code == 302 and state(rival) == "LAPSED"


class TestSealed:
    def test_no_lender_sees_anothers_terms_or_steps(self, world, case):
        Person(world, world.maker).offer(case, amount="17771", rate="4.4321", conditions="Only for us.")
        Person(world, world.checker).take(case, "check", action="CONFIRM")
        number = Application.objects.get(pk=case.application_id).number

        for rival in (world.other_maker, world.other_checker):
            page = Person(world, rival).client.get(f"/financing/cases/{number}/").content.decode()
            assert number in page
            for secret in ("17,771", "4.43", "Only for us.", world.maker.user.name, world.bank.name):
                assert secret not in page, secret

    def test_a_lender_that_lost_does_not_learn_who_won_and_how(self, world, case):
        rival = Person(world, world.other_maker)
        rival.offer(BankCase.objects.get(application=case.application_id, bank=world.other_bank), amount="16000")
        Person(world, world.maker).offer(case, amount="17771", rate="4.4321")
        Person(world, world.checker).take(case, "check", action="CONFIRM")
        application = Application.objects.get(pk=case.application_id)
        Person(world, world.signatory).sign(application, case)

        page = rival.client.get(f"/financing/cases/{application.number}/").content.decode()

        assert application.number in page
        for secret in ("17,771", "4.43", world.bank.name, world.payee.number, "PO-2031", "LN-2031"):
            assert secret not in page, secret
        winner = Person(world, world.maker).client.get(f"/financing/cases/{application.number}/").content.decode()
        assert "17,771" in winner

    def test_the_supplier_sees_no_proposal_before_it_is_confirmed(self, world, case):
        Person(world, world.maker).offer(case, amount="17771", rate="4.4321", note="They are desperate.")
        number = Application.objects.get(pk=case.application_id).number

        page = Person(world, world.applicant).client.get(f"/financing/cases/{number}/").content.decode()

        for secret in ("17,771", "4.43", "They are desperate.", world.maker.user.name):
            assert secret not in page, secret
        assert AuditEntry.objects.filter(action="bankcase.propose_offer", private_to=world.bank).exists()

    def test_another_lenders_step_is_not_found(self, world, case):
        rival = Person(world, world.other_maker)

        assert rival.client.get(f"/financing/work/{step(case, 'make').pk}/").status_code == 404
        assert rival.claim(case, "make").status_code == 404
        assert state(case) == "OPEN"
