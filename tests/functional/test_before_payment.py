"""What a lender wants to know before it offers, and to see before it pays."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from scf.banks.models import Payment
from scf.financing.models import Application, BankCase, InfoMessage, Precedent
from scf.financing.services import checking, precedents
from scf.kernel import clock
from scf.notifications.models import Notification
from tests.factories import member
from tests.lending import offer
from tests.trade_world import Person, TradeWorld, where

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """A world in which the lender has been asked for 1,000."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        yield made


def asked(world: TradeWorld) -> BankCase:
    application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount="1000")
    return application.bank_cases.get(bank=world.bank)


class TestQuestions:
    def test_the_platform_answers_what_the_platform_is_asked_and_the_supplier_reads_nothing_of_it(self, world):
        case = asked(world)
        Person(world, world.maker).take(case, "make", action="ASK_PLATFORM", note="Is the buyer related?")
        assert where(case) == ["explain"]
        assert Notification.objects.filter(code="platform.asked", membership=world.reviewer).count() == 1
        page = Person(world, world.applicant).client.get(f"/financing/cases/{case.application.number}/")
        assert "Is the buyer related?" not in page.content.decode()

        proof = SimpleUploadedFile("register.pdf", PDF, content_type="application/pdf")
        Person(world, world.reviewer).take(case, "explain", text="It is not.", file=proof)

        assert where(case) == ["make"]
        answer = InfoMessage.objects.get(text="It is not.")
        address = f"/financing/cases/{case.application.number}/info/{answer.pk}/"
        assert Person(world, world.maker).client.get(address).content == PDF
        for stranger in (world.applicant, world.other_maker, world.stranger):
            assert Person(world, stranger).client.get(address).status_code == 404

    def test_nobody_answers_for_another(self, world):
        case = asked(world)
        Person(world, world.maker).take(case, "make", action="ASK", note="Who insures?")
        assert where(case) == ["answer"]
        assert Person(world, world.reviewer).take(case, "answer", text="x").status_code == 403


def signed(world: TradeWorld, precedents: str) -> Application:
    case = asked(world)
    Person(world, world.maker).offer(case, amount="1000", precedents=precedents)
    Person(world, world.checker).take(case, "check", action="CONFIRM")
    Person(world, world.signatory).sign(case.application, case)
    return Application.objects.get(pk=case.application_id)


class TestBeforePayment:
    def test_nothing_is_paid_before_each_is_brought_and_ticked_off(self, world):
        application = signed(world, "Insurance policy\n\nOpening of the locked account")
        first, second = Precedent.objects.order_by("pk")
        assert (application.state, first.text) == ("PLEDGED", "Insurance policy")
        assert not Payment.objects.exists()
        assert Notification.objects.filter(code="supplier.precedents", membership=world.signatory).count() == 1
        supplier = Person(world, world.applicant).client
        page = supplier.get(f"/financing/cases/{application.number}/").content.decode()
        assert "Insurance policy" in page

        policy = SimpleUploadedFile("policy.pdf", PDF, content_type="application/pdf")
        supplier.post(f"/financing/precedents/{first.pk}/", {"action": "bring", "note": "until June", "file": policy})
        world.pump()
        assert Notification.objects.filter(code="bank.brought", membership=world.checker).count() == 1
        checker = Person(world, world.checker).client
        assert checker.get(f"/financing/precedents/{first.pk}/file/").content == PDF
        checker.post(f"/financing/precedents/{first.pk}/", {"action": "tick_off"})
        world.pump()
        assert not Payment.objects.exists()
        checker.post(f"/financing/precedents/{second.pk}/", {"action": "waive", "note": "has one with us"})
        world.pump()

        assert Payment.objects.get().reference == application.number
        assert [row.state for row in Precedent.objects.order_by("pk")] == ["MET", "WAIVED"]

    def test_what_is_not_enough_goes_back_with_a_reason(self, world):
        signed(world, "Insurance policy")
        row = Precedent.objects.get()
        precedents.bring(precedent_id=row.pk, said="It is insured.", by=world.applicant, at=clock.now())

        Person(world, world.checker).client.post(
            f"/financing/precedents/{row.pk}/", {"action": "turn_down", "note": "We need the policy itself."}
        )
        world.pump()

        assert Precedent.objects.get().state == "OPEN"
        assert Notification.objects.filter(code="supplier.turned_down", membership=world.applicant).count() == 1

    def test_whoever_brings_it_does_not_tick_it_off_and_a_maker_never_does(self, world):
        signed(world, "Insurance policy")
        row = Precedent.objects.get()
        both = member(world.bank, "CHECKER", email=world.maker.user.email)
        precedents.bring(precedent_id=row.pk, said="Seen by phone.", by=world.maker, at=clock.now())

        with pytest.raises(checking.SamePerson):
            precedents.tick_off(precedent_id=row.pk, by=both, at=clock.now())
        for nobody in (world.maker, world.applicant):
            answer = Person(world, nobody).client.post(f"/financing/precedents/{row.pk}/", {"action": "tick_off"})
            assert answer.status_code == 403
        for stranger in (world.other_checker, world.stranger):
            answer = Person(world, stranger).client.post(f"/financing/precedents/{row.pk}/", {"action": "tick_off"})
            assert answer.status_code == 404

    def test_the_contract_names_them(self, world):
        case = asked(world)
        Person(world, world.maker).offer(case, amount="1000", precedents="Insurance policy")
        Person(world, world.checker).take(case, "check", action="CONFIRM")
        page = Person(world, world.signatory).client.get(f"/financing/cases/{case.application.number}/")
        assert "Insurance policy" in page.content.decode()

    def test_sql_pays_nothing_before(self, world):
        application = signed(world, "Insurance policy")
        attacks = {
            f"UPDATE financing_application SET state = 'DISBURSING' WHERE id = {application.pk}": "wants to see more",
            f"UPDATE financing_precedent SET state = 'MET', decided_by_id = {world.checker.user_id}, "
            "decided_at = now()": "precedent_met_takes_two",
            f"UPDATE financing_precedent SET state = 'WAIVED', decided_by_id = {world.checker.user_id}, "
            "decided_at = now()": "precedent_waived_says_why",
        }
        for attack, why in attacks.items():
            with pytest.raises(IntegrityError, match=why), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(attack)

    def test_without_any_the_payment_goes_on_as_before(self, world):
        case = offer(world, asked(world).application, "1000")
        Person(world, world.signatory).sign(case.application, case)
        assert Payment.objects.count() == 1
