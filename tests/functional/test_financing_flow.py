"""One test for every branch of an application's walk; people act on pages."""

# budget: one test a branch, in the order of the walk; the helpers they share stand below
from datetime import timedelta

import pytest
from viewflow.workflow.models import Process, Task

from scf.banks.gateways.sandbox_bank import bank as sandbox
from scf.banks.models import Payment
from scf.collateral.models import Pledge
from scf.domain.money import Money
from scf.financing.models import Application, BankCase, BankProcess, CheckResult, FinancingProcess
from scf.financing.services import applying, expiring, paying, reviewing, securing
from scf.kernel import clock, lifecycle
from scf.kernel.models import AuditEntry
from scf.notifications.models import Notification
from scf.parties.models import BankAccount
from scf.servicing.models import Loan
from tests.factories import PASSWORD, appetite
from tests.trade_world import CNY, Person, TradeWorld, later, step, where


def now_of(case: Application | BankCase) -> str:
    """The state as the database has it."""
    return type(case).objects.values_list("state", flat=True).get(pk=case.pk)


def status_of(application: Application) -> str:
    """Whether the walk is over."""
    return FinancingProcess.objects.get(application=application).status


def routed(world: TradeWorld, **terms) -> Application:
    """A case that the lenders look at, past the reviewer."""
    application = Person(world, world.applicant).apply("GR-1", **terms)
    Person(world, world.reviewer).take(application, "review", decision="APPROVE")
    return application


def at_bank(application: Application, bank) -> BankCase:
    return application.bank_cases.get(bank=bank)


def offered(world: TradeWorld, **terms) -> Application:
    """A case with one confirmed offer; the other lender still works."""
    application = routed(world, **terms)
    case = at_bank(application, world.bank)
    Person(world, world.maker).offer(case, amount=terms.get("amount", "10000"))
    Person(world, world.checker).take(case, "check", action="CONFIRM")
    return application


def signed(world: TradeWorld, **terms) -> Application:
    """A case whose offer was just signed, and what the machines made of it."""
    application = offered(world, **terms)
    Person(world, world.signatory).sign(application, at_bank(application, world.bank))
    return application


def close_payee(world: TradeWorld) -> None:
    """The bank will refuse to pay into the supplier's account, which is closed there."""
    world.patch.setattr(sandbox, "CLOSED_ACCOUNT_ENDING", world.payee.number)


def reopen_payee(world: TradeWorld) -> None:
    """The bank pays into it again."""
    world.patch.setattr(sandbox, "CLOSED_ACCOUNT_ENDING", "closed")


def refuse_payment(world: TradeWorld) -> Application:
    """A case whose payment the bank has refused."""
    close_payee(world)
    application = signed(world)
    assert now_of(application) == "PAYMENT_FAILED"
    return application


class TestNeedsPerson:
    def test_a_case_that_passes_every_check_meets_no_reviewer(self, world):
        application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount="1000")

        assert now_of(application) == "ROUTED"
        assert where(application) == ["await_offer"]
        assert set(application.checks.values_list("result", flat=True)) == {"PASS"}
        assert application.bank_cases.count() == 2

    def test_a_warning_brings_a_reviewer(self, world):
        application = Person(world, world.applicant).apply("GR-1")

        assert now_of(application) == "SUBMITTED" and where(application) == ["review"]
        assert application.checks.get(result="WARN").code == "INVOICE_PRESENT"

    def test_an_amount_above_the_line_brings_a_reviewer(self, world):
        world.order("PO-BIG", quantity=100_000)

        application = Person(world, world.applicant).apply("PO-BIG", product="ORDER", amount="1000000.01")

        assert where(application) == ["review"]
        assert set(application.checks.values_list("result", flat=True)) == {"PASS"}


class TestReview:
    def test_approved_it_goes_to_every_fitting_lender(self, world):
        application = routed(world)

        assert now_of(application) == "ROUTED"
        assert {case.bank for case in application.bank_cases.all()} == {world.bank, world.other_bank}
        assert AuditEntry.objects.filter(action="application.approve", actor=world.reviewer.user).count() == 1

    def test_returned_corrected_and_sent_again_it_is_checked_anew(self, world):
        supplier, reviewer = Person(world, world.applicant), Person(world, world.reviewer)
        application = supplier.apply("GR-1", amount="50000")

        reviewer.take(application, "review", decision="RETURN", reason="Too much.")

        assert now_of(application) == "RETURNED" and where(application) == ["correct"]
        assert world.lendable("GR-1") == Money.of("68850.00", CNY)  # nothing is held meanwhile
        base = f"/financing/apply/{application.number}/"
        terms = {"amount": "20000", "tenor_days": 30, "wanted_on": clock.today().isoformat()}
        assert supplier.client.post(f"{base}need/", terms).status_code == 302
        supplier.take(application, "correct")
        application.refresh_from_db(fields=["amount_minor", "rounds"])
        assert (now_of(application), application.amount_minor, application.rounds) == ("SUBMITTED", 20_000_00, 2)
        assert where(application) == ["review"]
        assert CheckResult.objects.filter(application=application, round=2).exists()
        reviewer.take(application, "review", decision="APPROVE")
        assert now_of(application) == "ROUTED"

    def test_rejected_it_is_over_and_the_goods_are_free(self, world):
        application = Person(world, world.applicant).apply("GR-1")

        Person(world, world.reviewer).take(application, "review", decision="REJECT", reason="Paid already.")

        assert now_of(application) == "REJECTED" and status_of(application) == "DONE"
        assert world.lendable("GR-1") == Money.of("68850.00", CNY)
        assert Notification.objects.filter(code="case.rejected", membership=world.signatory).count() == 1

    @pytest.mark.parametrize("decision", ["RETURN", "REJECT"])
    def test_neither_returns_nor_rejects_without_a_reason(self, world, decision):
        application = Person(world, world.applicant).apply("GR-1")

        response = Person(world, world.reviewer).take(application, "review", decision=decision, reason=" ")

        assert response.status_code == 200 and response.context["form"].errors
        assert now_of(application) == "IN_REVIEW" and where(application) == ["review"]

    def test_claimed_by_two_the_second_is_refused(self, world):
        application = Person(world, world.applicant).apply("GR-1")
        first, second = Person(world, world.reviewer), Person(world, world.second_reviewer)

        first.claim(application, "review")
        answer = second.client.post(f"/financing/work/{step(application, 'review').pk}/claim/", follow=True)

        assert step(application, "review").owner == world.reviewer.user
        assert "faster" in "".join(str(m) for m in answer.context["messages"]) or "同事" in answer.content.decode()
        second.client.post(f"/financing/work/{step(application, 'review').pk}/", {"decision": "APPROVE"})
        assert now_of(application) == "IN_REVIEW"

    def test_laid_back_anybody_may_claim_it(self, world):
        application = Person(world, world.applicant).apply("GR-1")
        first, second = Person(world, world.reviewer), Person(world, world.second_reviewer)
        first.claim(application, "review")

        first.client.post(f"/financing/work/{step(application, 'review').pk}/release/")

        assert now_of(application) == "SUBMITTED" and step(application, "review").owner is None
        second.take(application, "review", decision="APPROVE")
        assert now_of(application) == "ROUTED"

    def test_who_has_not_claimed_it_cannot_lay_it_back(self, world):
        application = Person(world, world.applicant).apply("GR-1")
        Person(world, world.reviewer).claim(application, "review")

        answer = Person(world, world.second_reviewer).client.post(
            f"/financing/work/{step(application, 'review').pk}/release/"
        )

        assert answer.status_code == 403 and now_of(application) == "IN_REVIEW"

    def test_a_step_that_is_done_says_so_and_changes_nothing(self, world):
        application = Person(world, world.applicant).apply("GR-1")
        reviewer = Person(world, world.reviewer)
        reviewer.claim(application, "review")
        task = step(application, "review")
        reviewer.client.post(f"/financing/work/{task.pk}/", {"decision": "APPROVE"})

        answer = reviewer.client.post(f"/financing/work/{task.pk}/", {"decision": "REJECT", "reason": "No."})

        assert answer.status_code == 302 and now_of(application) == "ROUTED"


class TestRouting:
    def test_a_case_that_fits_nobody_is_declined_with_everybodys_reasons(self, world):
        application = Person(world, world.applicant).apply("GR-1", tenor=170)
        appetite(world.bank, tenor_days_max=30)
        appetite(world.other_bank, products=["ORDER"])

        Person(world, world.reviewer).take(application, "review", decision="APPROVE")

        application.refresh_from_db(fields=["routes"])
        assert now_of(application) == "DECLINED" and status_of(application) == "DONE"
        assert {route["bank"]: route["reasons"] for route in application.routes} == {
            world.bank.pk: ["TENOR_LONG"], world.other_bank.pk: ["PRODUCT"],
        }  # fmt: skip
        assert world.lendable("GR-1") == Money.of("68850.00", CNY)

    def test_every_lender_declining_declines_the_case(self, world):
        application = routed(world)
        for maker, checker in ((world.maker, world.checker), (world.other_maker, world.other_checker)):
            assert now_of(application) == "ROUTED"
            case = at_bank(application, maker.organisation)
            Person(world, maker).take(case, "make", action="DECLINE", decline_reason="EXPOSURE")
            Person(world, checker).take(case, "check", action="CONFIRM")

        assert now_of(application) == "DECLINED" and status_of(application) == "DONE"
        assert world.lendable("GR-1") == Money.of("68850.00", CNY)

    def test_the_first_offer_brings_the_choice(self, world):
        application = offered(world)

        assert now_of(application) == "OFFERED" and where(application) == ["choose"]
        assert now_of(at_bank(application, world.other_bank)) == "OPEN"

    def test_an_offer_after_a_decline_brings_the_choice(self, world):
        application = routed(world)
        case = at_bank(application, world.other_bank)
        Person(world, world.other_maker).take(case, "make", action="DECLINE", decline_reason="PRICE")
        Person(world, world.other_checker).take(case, "check", action="CONFIRM")
        assert now_of(application) == "ROUTED" and where(application) == ["await_offer"]

        case = at_bank(application, world.bank)
        Person(world, world.maker).offer(case)
        Person(world, world.checker).take(case, "check", action="CONFIRM")

        assert now_of(application) == "OFFERED" and where(application) == ["choose"]

    def test_a_second_offer_joins_the_first(self, world):
        application = offered(world)
        case = at_bank(application, world.other_bank)
        Person(world, world.other_maker).offer(case, rate="3.9")
        Person(world, world.other_checker).take(case, "check", action="CONFIRM")

        page = Person(world, world.signatory).client.get(f"/financing/work/{step(application, 'choose').pk}/")

        assert [offer["case"].bank for offer in page.context["offers"]] == [world.other_bank, world.bank]


class TestChoosing:
    def test_signed_it_is_pledged_paid_and_runs_as_a_loan(self, world):
        application = signed(world)

        loan = Loan.objects.get(reference=application.number)
        payment = Payment.objects.get(reference=application.number)
        assert now_of(application) == "DISBURSED" and where(application) == ["await_settlement"]
        assert (loan.state, loan.principal_minor, loan.bank) == ("ACTIVE", 10_000_00, world.bank)
        assert (payment.state, payment.amount_minor) == ("PAID", 10_000_00)
        pledge = Pledge.objects.get(reference=application.number)
        assert (pledge.state, pledge.bank) == ("PLEDGED", world.bank)
        assert at_bank(application, world.bank).contract_file is not None
        assert now_of(at_bank(application, world.other_bank)) == "LAPSED"

    def test_every_state_on_the_way_was_written_down(self, world):
        application = signed(world)

        states = [
            entry.after["state"]
            for entry in AuditEntry.objects.filter(subject=f"financing.application:{application.pk}").order_by("id")
            if "state" in entry.after
        ]

        assert states == [
            "SUBMITTED", "IN_REVIEW", "ROUTED", "OFFERED", "ACCEPTED", "PLEDGED", "DISBURSING", "DISBURSED",
        ]  # fmt: skip

    def test_a_wrong_password_signs_nothing(self, world):
        application = offered(world)

        answer = Person(world, world.signatory).sign(
            application, at_bank(application, world.bank), proof="not the password"
        )

        assert answer.status_code == 200 and answer.context["form"].non_field_errors()
        assert now_of(application) == "OFFERED" and where(application) == ["choose"]
        assert not Payment.objects.exists()

    def test_a_contract_that_was_not_read_is_not_signed(self, world):
        application = offered(world)
        case = at_bank(application, world.bank)

        answer = Person(world, world.signatory).take(application, "choose", bank_case=case.pk, proof=PASSWORD)

        assert "has_read" in answer.context["form"].errors and now_of(application) == "OFFERED"

    def test_an_applicant_may_not_sign(self, world):
        application = offered(world)

        answer = Person(world, world.applicant).sign(application, at_bank(application, world.bank))

        assert answer.status_code == 403 and now_of(application) == "OFFERED"

    def test_an_offer_on_another_case_is_not_taken(self, world):
        world.order("PO-2")
        world.receipt("GR-2", of="PO-2")
        application = offered(world)
        other = Person(world, world.applicant).apply("GR-2")
        Person(world, world.reviewer).take(other, "review", decision="APPROVE")

        answer = Person(world, world.signatory).sign(application, at_bank(other, world.bank))

        assert answer.context["form"].non_field_errors() and now_of(application) == "OFFERED"

    def test_an_offer_stands_through_its_last_day_and_no_longer(self, world):
        application = offered(world)
        case = at_bank(application, world.bank)

        with clock.pinned(later(8)):
            answer = Person(world, world.signatory).sign(application, case)
            assert answer.context["form"].non_field_errors() and now_of(application) == "OFFERED"
        with clock.pinned(later(7)):
            Person(world, world.signatory).sign(application, case)

        assert now_of(application) == "DISBURSED"

    def test_a_document_disputed_meanwhile_stops_the_signature(self, world):
        application = offered(world)
        application.lines.get().line.document.__class__.objects.filter(number="GR-1").update(state="DISPUTED")

        answer = Person(world, world.signatory).sign(application, at_bank(application, world.bank))

        assert answer.context["form"].non_field_errors() and now_of(application) == "OFFERED"
        assert not Payment.objects.exists()

    def test_an_account_no_longer_verified_undoes_the_whole_step(self, world):
        application = offered(world)
        BankAccount.objects.filter(pk=world.payee.pk).update(verified_at=None)

        answer = Person(world, world.signatory).sign(application, at_bank(application, world.bank))

        assert answer.status_code in (200, 422)
        assert now_of(application) == "OFFERED" and where(application) == ["choose"]
        assert now_of(at_bank(application, world.bank)) == "OFFERED"


class TestPayment:
    def test_a_refused_payment_waits_for_a_person(self, world):
        application = refuse_payment(world)

        assert where(application) == ["repair"] and not Loan.objects.exists()
        assert Notification.objects.filter(code="case.payment_failed", membership=world.clerk).count() == 1

    def test_instructed_again_it_is_paid_under_a_new_id(self, world):
        application = refuse_payment(world)
        reopen_payee(world)

        Person(world, world.clerk).take(application, "repair", action="RETRY")

        assert now_of(application) == "DISBURSED"
        payments = Payment.objects.filter(reference=application.number).order_by("id")
        assert [payment.state for payment in payments] == ["FAILED", "PAID"]
        assert payments[0].end_to_end_id != payments[1].end_to_end_id
        assert Loan.objects.filter(reference=application.number).count() == 1

    def test_it_may_fail_twice_before_it_is_paid(self, world):
        application = refuse_payment(world)
        reviewer = Person(world, world.reviewer)

        reviewer.take(application, "repair", action="RETRY")
        assert now_of(application) == "PAYMENT_FAILED" and where(application) == ["repair"]
        reopen_payee(world)
        reviewer.take(application, "repair", action="RETRY")

        assert now_of(application) == "DISBURSED" and Payment.objects.count() == 3

    def test_given_up_the_goods_are_free(self, world):
        application = refuse_payment(world)

        Person(world, world.clerk).take(application, "repair", action="UNWIND", reason="Account closed for good.")

        assert now_of(application) == "UNWOUND" and status_of(application) == "DONE"
        assert Pledge.objects.get(reference=application.number).state == "RELEASED"
        assert world.lendable("GR-1") == Money.of("68850.00", CNY)

    def test_it_is_not_given_up_without_a_reason(self, world):
        application = refuse_payment(world)

        answer = Person(world, world.clerk).take(application, "repair", action="UNWIND", reason="")

        assert "reason" in answer.context["form"].errors and now_of(application) == "PAYMENT_FAILED"

    def test_news_of_an_older_payment_moves_nothing(self, world):
        application = refuse_payment(world)
        failed = Payment.objects.get()
        reopen_payee(world)
        with clock.pinned(clock.now()):
            paying.instruct(application_id=application.pk, by=world.clerk, at=clock.now())

        paying.record_failed(payment_id=failed.pk, at=clock.now())

        assert now_of(application) == "DISBURSING"

    def test_told_twice_that_it_was_paid_there_is_one_loan(self, world):
        application = signed(world)
        payment = Payment.objects.get()

        paying.record_paid(payment_id=payment.pk, at=clock.now())

        assert Loan.objects.count() == 1 and now_of(application) == "DISBURSED"

    def test_a_slow_bank_pays_at_the_next_look(self, world):
        application = signed(world, amount="10000.99")

        assert now_of(application) == "DISBURSED" and Loan.objects.get().principal_minor == 10_000_99


class TestSettlement:
    def test_repaid_in_full_the_case_is_settled_and_the_goods_are_released(self, world):
        application = signed(world)

        with clock.pinned(later(60)):
            loan = world.repay(Loan.objects.get())

        assert loan.state == "CLOSED"
        assert now_of(application) == "SETTLED" and status_of(application) == "DONE"
        assert Pledge.objects.get(reference=application.number).state == "RELEASED"

    def test_a_part_is_not_enough(self, world):
        application = signed(world)

        world.repay(Loan.objects.get(), "4000.00")

        assert now_of(application) == "DISBURSED" and where(application) == ["await_settlement"]
        assert Pledge.objects.get(reference=application.number).state == "PLEDGED"

    def test_goods_that_the_buyer_has_paid_carry_no_second_loan(self, world):
        signed(world, amount="68850")

        with clock.pinned(later(30)):
            world.repay(Loan.objects.get(), "90000.00", payer=world.buyer)

            assert world.lendable("GR-1") == Money(0, CNY)

    def test_what_the_buyer_still_owes_after_repaying_the_loan_carries_another(self, world):
        signed(world, amount="68850")

        with clock.pinned(later(30)):
            loan = world.repay(Loan.objects.get(), "70000.00", payer=world.buyer)

            assert loan.state == "CLOSED"
            assert world.lendable("GR-1") == Money.of("15300.00", CNY)  # 20 pieces at 1,000.00, 85 % of 90 %

    def test_goods_whose_loan_the_supplier_repaid_itself_carry_another(self, world):
        signed(world, amount="68850")

        with clock.pinned(later(30)):
            world.repay(Loan.objects.get(), payer=world.supplier)

            assert world.lendable("GR-1") == Money.of("68850.00", CNY)

    def test_told_twice_that_the_loan_is_closed_nothing_more_happens(self, world):
        application = signed(world)
        world.repay(Loan.objects.get())
        entries = AuditEntry.objects.count()

        paying.settle(loan_id=Loan.objects.get().pk, at=clock.now())

        assert AuditEntry.objects.count() == entries and now_of(application) == "SETTLED"


class TestWithdrawal:
    def test_a_draft_is_withdrawn(self, world):
        application = world.draft("GR-1")

        Person(world, world.applicant).client.post(f"/financing/cases/{application.number}/withdraw/")

        assert now_of(application) == "WITHDRAWN"

    @pytest.mark.parametrize("stage", ["SUBMITTED", "IN_REVIEW", "RETURNED", "ROUTED", "OFFERED"])
    def test_withdrawn_on_the_way_the_walks_stop_and_the_goods_are_free(self, world, stage):
        application = self._at(world, stage)
        assert now_of(application) == stage

        Person(world, world.applicant).client.post(f"/financing/cases/{application.number}/withdraw/")
        world.pump()

        assert now_of(application) == "WITHDRAWN" and where(application) == []
        assert status_of(application) == "CANCELED"
        assert world.lendable("GR-1") == Money.of("68850.00", CNY)
        assert set(application.bank_cases.values_list("state", flat=True)) <= {"LAPSED"}
        for process in BankProcess.objects.filter(bank_case__application=application):
            assert process.status in ("CANCELED", "DONE")

    @staticmethod
    def _at(world: TradeWorld, stage: str) -> Application:
        if stage == "ROUTED":
            return routed(world)
        if stage == "OFFERED":
            return offered(world)
        application = Person(world, world.applicant).apply("GR-1")
        if stage == "IN_REVIEW":
            Person(world, world.reviewer).claim(application, "review")
        if stage == "RETURNED":
            Person(world, world.reviewer).take(application, "review", decision="RETURN", reason="Why?")
        return application

    @pytest.mark.parametrize("state", ["DISBURSED", "PAYMENT_FAILED"])
    def test_once_a_payment_is_under_way_it_is_too_late(self, world, state):
        application = signed(world) if state == "DISBURSED" else refuse_payment(world)

        Person(world, world.applicant).client.post(f"/financing/cases/{application.number}/withdraw/")

        assert now_of(application) == state

    def test_a_reviewer_who_approves_a_case_just_withdrawn_revives_nothing(self, world):
        application = Person(world, world.applicant).apply("GR-1")
        reviewer = Person(world, world.reviewer)
        reviewer.claim(application, "review")
        applying.withdraw(application_id=application.pk, by=world.applicant, at=clock.now())

        answer = reviewer.client.post(f"/financing/work/{step(application, 'review').pk}/", {"decision": "APPROVE"})

        assert answer.status_code in (200, 409)
        assert now_of(application) == "WITHDRAWN" and not application.bank_cases.exists()
        assert not AuditEntry.objects.filter(action="application.approve").exists()

    def test_somebody_elses_case_is_not_found(self, world):
        application = Person(world, world.applicant).apply("GR-1")

        answer = Person(world, world.stranger).client.post(f"/financing/cases/{application.number}/withdraw/")

        assert answer.status_code == 404 and now_of(application) == "SUBMITTED"

    def test_a_platform_reviewer_does_not_withdraw_for_the_supplier(self, world):
        application = Person(world, world.applicant).apply("GR-1")

        answer = Person(world, world.reviewer).client.post(f"/financing/cases/{application.number}/withdraw/")

        assert answer.status_code == 403 and now_of(application) == "SUBMITTED"


class TestExpiry:
    def test_a_case_whose_only_offer_has_run_out_expires(self, world):
        application = offered(world)
        case = at_bank(application, world.other_bank)
        Person(world, world.other_maker).take(case, "make", action="DECLINE", decline_reason="PRICE")
        Person(world, world.other_checker).take(case, "check", action="CONFIRM")

        with clock.pinned(later(8)):
            assert expiring.expire(at=clock.now()) == 1
            world.pump()

        assert now_of(application) == "EXPIRED" and status_of(application) == "CANCELED"
        assert now_of(at_bank(application, world.bank)) == "LAPSED"
        assert world.lendable("GR-1") == Money.of("68850.00", CNY)

    def test_a_lender_that_never_answers_does_not_hold_a_case_open_for_ever(self, world):
        application = offered(world)  # the other bank stays silent

        with clock.pinned(later(8)):
            assert expiring.expire(at=clock.now()) == 0
        with clock.pinned(later(expiring.ROUTED_DAYS_MAX + 1)):
            assert expiring.expire(at=clock.now()) == 1
            world.pump()

        assert now_of(application) == "EXPIRED"

    def test_nothing_expires_on_the_last_day(self, world):
        application = offered(world)

        with clock.pinned(later(7)):
            assert expiring.expire(at=clock.now()) == 0

        assert now_of(application) == "OFFERED"

    def test_an_offer_runs_out_while_another_lender_still_works(self, world):
        application = offered(world)

        with clock.pinned(later(8)):
            assert expiring.expire(at=clock.now()) == 0
            world.pump()
            case = at_bank(application, world.other_bank)
            Person(world, world.other_maker).offer(case)
            Person(world, world.other_checker).take(case, "check", action="CONFIRM")
            Person(world, world.signatory).sign(application, case)

        assert now_of(application) == "DISBURSED"

    def test_a_returned_case_that_nobody_corrects_expires(self, world):
        application = Person(world, world.applicant).apply("GR-1")
        Person(world, world.reviewer).take(application, "review", decision="RETURN", reason="Why?")

        with clock.pinned(later(30)):
            assert expiring.expire(at=clock.now()) == 0
        with clock.pinned(later(30) + timedelta(minutes=1)):
            assert expiring.expire(at=clock.now()) == 1
            world.pump()

        assert now_of(application) == "EXPIRED" and where(application) == []

    def test_a_case_that_no_lender_answers_expires(self, world):
        application = routed(world)

        with clock.pinned(later(15)):
            assert expiring.expire(at=clock.now()) == 1
            world.pump()

        assert now_of(application) == "EXPIRED" and where(application) == []
        assert set(application.bank_cases.values_list("state", flat=True)) == {"LAPSED"}


class TestSubmission:
    def test_the_same_value_is_never_in_two_applications(self, world):
        first = world.draft("GR-1")
        second = world.draft("GR-1")
        applying.submit(application_id=first.pk, by=world.applicant, at=clock.now())

        answer = Person(world, world.applicant).client.post(f"/financing/apply/{second.number}/review/", follow=True)

        assert answer.status_code == 200 and now_of(second) == "DRAFT"
        assert not Pledge.objects.filter(reference=second.number).exists()

    def test_a_failing_check_stops_it_with_a_sentence(self, world):
        BankAccount.objects.filter(pk=world.payee.pk).update(verified_at=None)
        application = world.draft("GR-1")

        answer = Person(world, world.applicant).client.post(
            f"/financing/apply/{application.number}/review/", follow=True
        )

        assert now_of(application) == "DRAFT" and [str(m) for m in answer.context["messages"]] != []
        assert not CheckResult.objects.exists()

    def test_submitted_twice_it_walks_once(self, world):
        application = world.draft("GR-1")
        applying.submit(application_id=application.pk, by=world.applicant, at=clock.now())

        with pytest.raises(lifecycle.NotAllowedNow):
            applying.submit(application_id=application.pk, by=world.applicant, at=clock.now())
        world.pump()

        assert FinancingProcess.objects.filter(application=application).count() == 1

    def test_the_figure_of_the_day_is_kept_with_the_line(self, world):
        application = Person(world, world.applicant).apply("GR-1")

        line = application.lines.get()
        assert (line.quantity, line.lendable_minor) == (90, 68_850_00)
        assert [s["code"] for s in line.steps] == ["GROSS", "FREE", "ADVANCE", "EVIDENCE"]


class TestStrangers:
    def test_another_suppliers_step_is_not_found(self, world):
        application = offered(world)
        task = step(application, "choose")
        stranger = Person(world, world.stranger).client

        assert stranger.get(f"/financing/work/{task.pk}/").status_code == 404
        data = {"bank_case": at_bank(application, world.bank).pk, "has_read": "on", "proof": PASSWORD}
        assert stranger.post(f"/financing/work/{task.pk}/", data).status_code == 404
        assert now_of(application) == "OFFERED"

    def test_a_lender_that_was_asked_does_not_decide_on_a_failed_payment(self, world):
        from tests.factories import member

        application = refuse_payment(world)
        clerk = Person(world, member(world.other_bank, "CLERK"))

        answer = clerk.client.post(
            f"/financing/work/{step(application, 'repair').pk}/", {"action": "UNWIND", "reason": "Mine now."}
        )

        assert answer.status_code in (403, 404) and now_of(application) == "PAYMENT_FAILED"


class TestFactsWithoutFlows:
    def test_the_flows_and_the_states_agree_at_every_end(self, world):
        application = signed(world)
        world.repay(Loan.objects.get())

        assert (now_of(application), status_of(application), where(application)) == ("SETTLED", "DONE", [])
        assert {p.status for p in BankProcess.objects.all()} <= {"DONE", "CANCELED"}

    def test_without_the_flows_tables_no_fact_is_lost(self, world):
        application = signed(world)
        number = application.number
        pages = {who: Person(world, getattr(world, who)).client for who in ("applicant", "reviewer", "maker", "clerk")}
        facts = (
            list(Application.objects.values()), list(BankCase.objects.values()), list(AuditEntry.objects.values()),
            list(Payment.objects.values()), list(Loan.objects.values()), list(Pledge.objects.values()),
        )  # fmt: skip

        FinancingProcess.objects.all().delete()
        BankProcess.objects.all().delete()
        Task.objects.all().delete()
        Process.objects.all().delete()

        assert facts == (
            list(Application.objects.values()), list(BankCase.objects.values()), list(AuditEntry.objects.values()),
            list(Payment.objects.values()), list(Loan.objects.values()), list(Pledge.objects.values()),
        )  # fmt: skip
        for who, client in pages.items():
            answer = client.get(f"/financing/cases/{number}/")
            assert answer.status_code == 200 and number in answer.content.decode(), who
        paying.settle(loan_id=Loan.objects.get().pk, at=clock.now())
        assert now_of(application) == "DISBURSED", "the loan still runs"
        world.repay(Loan.objects.get())
        paying.settle(loan_id=Loan.objects.get().pk, at=clock.now())
        assert now_of(application) == "SETTLED"

    def test_a_state_cannot_be_skipped_by_calling_services_out_of_order(self, world):
        application = routed(world)

        for attempt in (
            lambda: securing.pledge(application_id=application.pk, at=clock.now()),
            lambda: reviewing.claim(application_id=application.pk, by=world.reviewer, at=clock.now()),
            lambda: paying.unwind(application_id=application.pk, reason="x", by=world.clerk, at=clock.now()),
        ):
            with pytest.raises((lifecycle.NotAllowedNow, AssertionError)):
                attempt()

        assert now_of(application) == "ROUTED"
