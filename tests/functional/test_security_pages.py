"""The pages of a pledge: what it lacks, what its goods carry, and what supplier and lender do about it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from scf.collateral.models import CollateralChange, ElementEvidence, Exposure, MarginCall, PledgeLine
from scf.collateral.services import covering
from scf.domain.money import Money
from scf.financing.models import Application
from scf.financing.services import checks, securing
from scf.financing.tasks import tell_of_margin_call
from scf.kernel import clock
from scf.kernel.models import OutboxMessage
from scf.notifications.models import Notification
from scf.servicing import selectors as servicing
from scf.servicing.models import IncomingPayment, Loan
from tests.factories import PASSWORD
from tests.integration.test_cover import CREDIT_NOTE
from tests.trade_world import Person, TradeWorld, client_of


def reader(by) -> Client:
    """A browser of somebody who reads English."""
    client = client_of(by)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def page(by, address: str) -> str:
    answer = reader(by).get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def post(by, address: str, **data) -> int:
    return client_of(by).post(address, data).status_code


def case_url(case: Application) -> str:
    return f"/financing/cases/{case.number}/"


def signed(
    world: TradeWorld, document: str = "GR-1", *, amount: str = "60000", product: str = "RECEIPT"
) -> Application:
    """A case whose offer of all that was asked is signed; what follows has happened."""
    case = Person(world, world.applicant).apply(document, amount=amount, product=product)
    Person(world, world.reviewer).take(case, "review", decision="APPROVE")
    bank_case = case.bank_cases.get(bank=world.bank)
    Person(world, world.maker).offer(bank_case, amount=amount)
    Person(world, world.checker).take(bank_case, "check", action="CONFIRM")
    Person(world, world.signatory).sign(case, bank_case)
    return Application.objects.get(pk=case.pk)


def credit(world: TradeWorld, quantity: int) -> None:
    """A late credit note on the order."""
    note = CREDIT_NOTE.format(quantity=quantity, supplier=world.supplier.name, buyer=world.buyer.name)
    world.bring(note, name="credit.xml")
    world.pump()


class TestDoesItStand:
    @pytest.fixture
    def case(self, world) -> Application:
        world.lenders_waive = False
        return signed(world)

    def test_what_is_missing_is_waived_by_name_and_the_case_goes_on(self, world, case):
        assert case.state == "PLEDGED"
        for person in (world.signatory, world.reviewer, world.checker):
            text = page(person, case_url(case))
            assert "Does the pledge stand?" in text and "Not confirmed yet: GR-1" in text
            assert ("Ask for confirmation" in text) == (person == world.signatory)
        assert "Go without it" in page(world.checker, case_url(case))
        for person in (world.signatory, world.reviewer, world.maker):
            assert "Go without it" not in page(person, case_url(case))
        address = f"/collateral/pledges/{case.number}/waive/"
        said = {"element": "BUYER_CONFIRMED", "reason": "known for years"}
        for stranger, status in ((world.other_checker, 404), (world.maker, 403), (world.signatory, 403)):
            assert post(stranger, address, **said) == status
        assert post(world.checker, address, element="BUYER_CONFIRMED", reason="") == 302
        assert not ElementEvidence.objects.filter(kind="WAIVER").exists()

        assert post(world.checker, address, **said) == 302
        world.pump()

        assert Application.objects.get().state == "DISBURSED"
        text = page(world.signatory, case_url(case))
        assert "known for years" in text and "The lender goes without a legal element" in text and "waived" in text

    def test_evidence_that_does_not_hold_after_all_is_taken_back_and_the_loan_is_called(self, world, case):
        given = {"element": "BUYER_CONFIRMED", "reason": "known for years"}
        post(world.checker, f"/collateral/pledges/{case.number}/waive/", **given)
        world.pump()
        assert Application.objects.get().state == "DISBURSED" and Exposure.objects.get().carries_minor
        address = f"/collateral/pledges/{case.number}/take-back/"
        said = {"element": "BUYER_CONFIRMED", "reason": "the buyer has moved away"}
        for stranger, status in ((world.other_checker, 404), (world.maker, 403), (world.signatory, 403)):
            assert post(stranger, address, **said) == status

        assert post(world.checker, address, **said) == 302
        world.pump()

        assert Exposure.objects.get().carries_minor == 0 and MarginCall.objects.get().is_urgent
        assert "It was taken back: the buyer has moved away" in page(world.signatory, case_url(case))
        post(world.checker, f"/collateral/pledges/{case.number}/waive/", **given)
        assert Exposure.objects.get().carries_minor and MarginCall.objects.get().state == "CURED"

    def test_a_losing_lender_reads_nothing_of_the_pledge(self, world, case):
        text = page(world.other_maker, case_url(case))

        assert "Does the pledge stand?" not in text and "confirmed by the buyer" not in text

    def test_a_reviewer_sees_why_a_case_is_held_and_has_it_looked_at_again(self, world, case):
        why = checks.ChecksFailed("alike", sentences="GR-1 looks like another paper", codes=["NOT_FINANCED_ELSEWHERE"])
        securing.hold(application_id=case.pk, why=why, at=clock.now())
        text = page(world.reviewer, case_url(case))
        assert "This case is held" in text and "Look again" in text and "GR-1 looks like another paper" in text
        address = f"{case_url(case)}go-on/"

        assert post(world.checker, address) == 403
        assert post(world.reviewer, address) == 302
        assert "To be looked at again" in page(world.reviewer, case_url(case))


def test_a_warehouse_receipt_is_endorsed_by_the_suppliers_signatory(world):
    world.lenders_waive = False
    world.stored()
    case = signed(world, "WR-1", product="WAREHOUSE", amount="50000")
    address = f"/collateral/pledges/{case.number}/endorse/"
    assert "Endorse the receipts" in page(world.signatory, case_url(case))
    assert "Endorse the receipts" not in page(world.applicant, case_url(case))

    post(world.signatory, address, proof="wrong")
    assert not ElementEvidence.objects.filter(element="ENDORSED").exists()
    assert post(world.stranger, address, proof=PASSWORD) == 404
    assert post(world.signatory, address, proof=PASSWORD) == 302

    assert ElementEvidence.objects.get(element="ENDORSED").given_by == world.signatory
    assert "Endorse the receipts" not in page(world.signatory, case_url(case))


class TestCover:
    @pytest.fixture
    def case(self, world) -> Iterator[Application]:
        """90 pieces received, which carry 68,850; 60,000 lent on them, and 12 pieces free on another receipt."""
        made = signed(world)
        world.receipt("GR-2", of="PO-9", quantity=40)
        return made

    def test_a_call_is_shown_to_each_with_what_they_can_do_and_cured_by_a_click(self, world, case):
        assert "covered" in page(world.signatory, case_url(case)) and "<polyline" in page(
            world.signatory, case_url(case)
        )
        credit(world, 20)
        call = MarginCall.objects.get()

        text = page(world.signatory, case_url(case))
        assert "The cheapest ways to cure it" in text and "GR-2" in text and "Repay" in text
        assert "GR-2" not in page(
            world.checker, case_url(case)
        )  # what else the supplier has is not the lender's business
        assert case.number in page(world.signatory, "/") and case.number in page(world.checker, "/")
        for person, is_seen in ((world.checker, True), (world.reviewer, True), (world.other_checker, False)):
            assert (case.number in page(person, "/collateral/margin/")) == is_seen
        codes = set(Notification.objects.values_list("code", "membership__role"))
        assert {("margin.called", "SIGNATORY"), ("margin.called", "CHECKER")} <= codes

        count = Notification.objects.count()
        message = OutboxMessage.objects.get(topic="collateral.margin.called")
        tell_of_margin_call(message_id=message.pk, at=clock.now(), call_id=call.pk)  # delivered twice, told once
        assert Notification.objects.count() == count

        line = next(o.line.line_id for o in world.offerables() if o.line.document_number == "GR-2")
        goods = f"{case_url(case)}goods/"
        assert post(world.checker, goods, action="top_up", **{f"in-{line}": "12"}) == 403
        assert post(world.signatory, goods, action="top_up", **{f"in-{line}": "41"}) == 422
        assert post(world.signatory, goods, action="top_up", **{f"in-{line}": "12"}) == 302
        world.pump()

        call.refresh_from_db()
        assert call.state == "CURED" and ("margin.cured", "SIGNATORY") in set(
            Notification.objects.values_list("code", "membership__role")
        )
        assert case.number in page(world.checker, "/collateral/margin/?chip=ended")

    def test_more_time_then_the_sale(self, world, case):
        credit(world, 20)
        call = MarginCall.objects.get()
        later = call.deadline + timedelta(days=3)
        act = f"/collateral/margin/{call.pk}/"
        assert post(world.other_checker, f"{act}extend/", deadline=later.isoformat(), note="x") == 404
        post(world.checker, f"{act}extend/", deadline=later.isoformat(), note="agreed")
        call.refresh_from_db()
        assert call.deadline == later and "Sell the goods" not in page(world.checker, case_url(case))

        with clock.pinned(world.at + timedelta(days=14)):
            assert "Sell the goods" in page(world.checker, case_url(case))
            post(world.checker, f"{act}sell/", note="no answer", proof="wrong")
            assert MarginCall.objects.get().state == "OPEN"
            post(world.checker, f"{act}sell/", note="no answer", proof=PASSWORD)
            assert "Record the sale" in page(world.checker, case_url(case))
            post(world.checker, f"{act}sold/", proceeds="50,000", buyer="虚构买家")
            world.pump()
            assert Notification.objects.filter(code="margin.proceeds", membership=world.clerk).exists()
            loan = Loan.objects.get()
            world.receive(loan, "50000.00", says="货款", payer_name="虚构买家")
            incoming = IncomingPayment.objects.get(state="SUSPENSE")
            desk = f"/servicing/reconciliation/payments/{incoming.pk}/"
            assert "price of the goods sold for it" in page(world.clerk, desk)
            assert post(world.clerk, desk, number=loan.number) == 302
            world.pump()

        assert MarginCall.objects.get().state == "SOLD"
        left = servicing.standing(loan, clock.day_of(world.at + timedelta(days=14))).now
        assert left.interest.minor == 0 and Money.of("10000", "CNY") < left.principal < Money.of("10200", "CNY")

    def test_goods_are_exchanged_when_the_lender_agrees(self, world, case):
        line, free = PledgeLine.objects.get(), world.offerables()
        new = next(o.line.line_id for o in free if o.line.document_number == "GR-2")
        goods = f"{case_url(case)}goods/"
        wanted = {f"out-{line.pk}": "30", f"in-{new}": "30"}
        assert "May leave" in page(world.signatory, goods) and "GR-2" not in page(world.checker, goods)
        seen = reader(world.signatory).post(goods, {"action": "preview", **wanted}, headers={"HX-Request": "true"})
        assert "the loan stays covered" in seen.content.decode() and "<html" not in seen.content.decode()
        assert post(world.signatory, goods, action="propose", **{f"out-{line.pk}": "30"}) == 422  # too little stays
        assert post(world.signatory, goods, action="propose", **{f"out-{line.pk}": "a lot"}) == 422
        assert post(world.signatory, goods, action="propose", **wanted) == 302
        world.pump()

        assert "the loan stays covered" in page(world.checker, goods) and case.number in page(world.checker, "/")
        assert post(world.other_checker, goods, action="approve") == 404
        assert post(world.maker, goods, action="approve") == 403
        assert post(world.checker, goods, action="approve") == 302
        world.pump()

        assert CollateralChange.objects.get().state == "DONE"
        assert sorted(PledgeLine.objects.filter(counts=True).values_list("quantity", flat=True)) == [30, 60]
        text = page(world.signatory, goods)
        assert "other goods took their place" in text and str(world.checker.user) in text
        assert Notification.objects.filter(code="collateral.done", membership=world.signatory).exists()

    def test_a_refused_change_comes_back_with_the_reason(self, world, case):
        exposure = Exposure.objects.get()
        covering.tell_owed(
            reference=case.number,
            loan=exposure.loan,
            owed=Money.of("30000", "CNY"),
            paid=Money(0, "CNY"),
            at=clock.now(),
        )
        line = PledgeLine.objects.get()
        goods = f"{case_url(case)}goods/"
        post(world.signatory, goods, action="propose", **{f"out-{line.pk}": "40"})
        assert post(world.checker, goods, action="refuse", note="wait for the audit") == 302
        world.pump()

        assert "wait for the audit" in page(world.signatory, goods)
        assert Notification.objects.filter(code="collateral.refused", membership=world.signatory).exists()


def test_the_list_of_calls_asks_as_much_for_many_as_for_one(world, django_assert_max_num_queries):
    signed(world)
    credit(world, 20)
    client = client_of(world.checker)
    client.get("/collateral/margin/")
    with django_assert_max_num_queries(10):
        assert client.get("/collateral/margin/").status_code == 200
