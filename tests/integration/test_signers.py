"""Registered signers: two people register one, links are theirs alone, and nothing is confirmed without their word."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from scf.collateral.services import pledging
from scf.documents.services import store_file
from scf.domain.valuation import Terms
from scf.kernel import clock, proposals
from scf.kernel.models import AuditEntry
from scf.notifications.models import Notification
from scf.orders.models import ConfirmationRequest, SignerRegistration, SignerWord, TradeDocument
from scf.orders.services import asking, confirm_document, dispute_document, signers
from scf.orders.services.confirmations import NotYoursToConfirm, SignerNotIndependent
from scf.parties.models import Membership, Organisation, Role
from scf.parties.services import add_member
from tests.factories import PASSWORD, member, organisation
from tests.trade_world import TradeWorld, client_of

PDF = b"%PDF-1.4 letter"


@pytest.fixture
def world(db, tmp_path):
    """An order of 100 and its receipt, and a signer of the buyer."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        made.receipt()
        made.signer = member(made.buyer, Role.SIGNER)
        yield made


def receipt() -> TradeDocument:
    return TradeDocument.objects.get(number="GR-1")


def ask(world, **given) -> ConfirmationRequest:
    return asking.ask(document_id=receipt().pk, by=world.applicant, at=given.get("at") or clock.now())


def link_of(signer: Membership) -> str:
    return Notification.objects.filter(membership=signer, code="confirmation.asked").latest("pk").link


def run_sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


class TestRegistration:
    def propose(self, world, *, of: Organisation | None = None, email: str = "new@buyer.example", by=None):
        letter = store_file(
            content=PDF, name="letter.pdf", media_type="application/pdf", owner=None, by=None, at=clock.now()
        )
        return signers.propose(
            organisation=of or world.buyer, name="New", email=email, evidence=letter, by=by or world.reviewer,
            at=clock.now(),
        )  # fmt: skip

    def test_takes_two_of_the_platform(self, world):
        row = self.propose(world)
        with pytest.raises(proposals.TakesTwo):
            signers.confirm(registration_id=row.pk, by=world.reviewer, at=clock.now())
        with pytest.raises(signers.NotYoursToRegister):
            signers.confirm(registration_id=row.pk, by=world.applicant, at=clock.now())

        signers.confirm(registration_id=row.pk, by=world.second_reviewer, at=clock.now())

        speaks = Membership.objects.get(user__email="new@buyer.example")
        assert speaks.role == Role.SIGNER and speaks.is_active and not speaks.user.has_usable_password()

    @pytest.mark.parametrize(
        "who", ["supplier's person", "lender's person", "another reviewer", "supplier", "oneself", "twice"]
    )
    def test_refuses_who_cannot_speak(self, world, who):
        given = {
            "supplier's person": {"email": world.applicant.user.email}, "supplier": {"of": world.supplier},
            "lender's person": {"email": world.checker.user.email},
            "another reviewer": {"email": world.second_reviewer.user.email},
            "oneself": {"email": world.reviewer.user.email}, "twice": {"email": world.signer.user.email},
        }[who]  # fmt: skip
        with pytest.raises(signers.SignerNotSound):
            self.propose(world, **given)

    def test_a_revoked_signer_is_silent_at_once_and_may_be_registered_again(self, world):
        ask(world)
        row = SignerRegistration.objects.get(membership=world.signer)
        client, link = client_of(world.signer), link_of(world.signer)
        signers.revoke(registration_id=row.pk, why="left the company", by=world.reviewer, at=clock.now())

        gone = Membership.objects.get(pk=world.signer.pk)
        assert client.get(link).status_code == 404 and not gone.is_active
        with pytest.raises(NotYoursToConfirm):
            confirm_document(document_id=receipt().pk, by=gone, at=clock.now())

        again = self.propose(world, email=gone.user.email)
        assert signers.confirm(registration_id=again.pk, by=world.second_reviewer, at=clock.now()).membership == gone

    def test_on_the_pages(self, world):
        first, second = client_of(world.reviewer), client_of(world.second_reviewer)
        given = {"organisation": world.keeper.pk, "name": "Keeper Wang", "email": "wang@keeper.example"}
        assert first.post("/documents/signers/propose/", {**given, "evidence": _file(b"MZ")}).status_code == 422
        assert first.post("/documents/signers/propose/", {**given, "evidence": _file(PDF)}).status_code == 302
        row = SignerRegistration.objects.get(email="wang@keeper.example")
        decide = f"/documents/signers/{row.pk}/decide/"
        assert first.post(decide, {"action": "confirm"}).status_code == 422
        assert second.post(decide, {"action": "confirm"}).status_code == 302
        assert b"".join(second.get(f"/documents/signers/{row.pk}/evidence/")) == PDF
        assert second.post(decide, {"action": "revoke", "note": ""}).status_code == 422
        assert second.post(decide, {"action": "revoke", "note": "left"}).status_code == 302
        assert "Keeper Wang" in first.get("/documents/signers/").content.decode()
        assert not Membership.objects.get(user__email="wang@keeper.example").is_active

    def test_sql_makes_no_signer(self, world):
        stranger = member(world.buyer, Role.CLERK)
        for statement in (
            "UPDATE parties_membership SET role = 'SIGNER' WHERE id = %s",
            "INSERT INTO parties_membership (user_id, organisation_id, role, is_active) "
            "SELECT user_id, organisation_id, 'SIGNER', true FROM parties_membership WHERE id = %s",
        ):
            with pytest.raises(IntegrityError):
                run_sql(statement, stranger.pk)


class TestLinks:
    def test_each_signer_has_one_of_its_own(self, world):
        other = member(world.buyer, Role.SIGNER)
        asked = ask(world)
        world.pump()

        assert (asked.deadline - clock.today()).days == 30
        assert {tuple(m.to) for m in mail.outbox if "/confirm/" in m.body} == {
            (world.signer.user.email,), (other.user.email,),
        }  # fmt: skip
        assert client_of(world.signer).get(link_of(world.signer)).status_code == 302
        assert client_of(other).get(link_of(world.signer)).status_code == 404

    def test_the_suppliers_side_never_meets_it(self, world):
        ask(world)
        world.pump()
        token = link_of(world.signer).rstrip("/").rpartition("/")[2]

        for person in (world.applicant, world.signatory):
            client = client_of(person)
            assert client.get(link_of(world.signer)).status_code == 404
            for page in ("/", "/messages/", "/documents/", f"/documents/{receipt().pk}/"):
                assert token not in client.get(page).content.decode()
            assert not Notification.objects.filter(membership=person, link__contains=token).exists()
            assert client.get(f"/documents/{receipt().pk}/speak/").status_code == 403
        for entry in AuditEntry.objects.all():
            assert token not in f"{entry.before}{entry.after}{entry.note}"

    def test_an_altered_link_opens_nothing_and_an_old_one_says_where_to_go(self, world):
        ask(world)
        client, link = client_of(world.signer), link_of(world.signer)
        assert client.get(link[:-3] + "xx/").status_code == 404

        with clock.pinned(clock.now() + asking.LINK_LIFE + timedelta(minutes=1)):
            answer = client.get(link)
            assert answer.status_code == 422 and "CONFIRMATION_LINK_EXPIRED" in answer.content.decode()
            assert receipt().number in client.get("/documents/confirmations/").content.decode()

    def test_is_asked_again_after_a_day_only(self, world):
        first = ask(world)
        with pytest.raises(asking.AskedToday):
            ask(world)
        assert ask(world, at=clock.now() + timedelta(days=2)) == first
        assert Notification.objects.filter(code="confirmation.asked").count() == 2

    def test_nobody_to_ask_and_nothing_to_ask(self, world):
        world.stored()
        stored = TradeDocument.objects.get(number="WR-1")
        with pytest.raises(asking.NoSigner):
            asking.ask(document_id=stored.pk, by=world.applicant, at=clock.now())
        for other in (world.stranger, world.maker):
            with pytest.raises(asking.NothingToConfirm):
                asking.ask(document_id=receipt().pk, by=other, at=clock.now())
        client_of(world.applicant).post(f"/documents/{receipt().pk}/ask/")
        assert ConfirmationRequest.objects.get().asked_by == world.applicant


class TestWords:
    def test_the_buyer_confirms_with_a_proof_and_once(self, world):
        request, client, address = ask(world), client_of(world.signer), f"/documents/{receipt().pk}/speak/"
        assert "art. 61" in client.get(address, headers={"accept-language": "en"}).content.decode()
        assert client.post(address, {"word": "confirm", "proof": "wrong"}).status_code == 422
        assert receipt().state == "MATCHED"
        assert client.post(address, {"word": "dispute", "proof": PASSWORD}).status_code == 422

        assert client.post(address, {"word": "confirm", "proof": PASSWORD}).status_code == 302
        assert client.post(address, {"word": "confirm", "proof": PASSWORD}).status_code == 409

        request.refresh_from_db()
        assert request.word == SignerWord.objects.get() and receipt().evidence == "CONFIRMED"
        assert client.get(link_of(world.signer)).status_code == 422

    def test_the_home_page_says_what_waits_and_what_is_pledged(self, world):
        ask(world)
        (found,) = [o for o in world.offerables() if o.line.document_number == "GR-1"]
        taking = pledging.Taking(found.line, found.line.eligible_quantity, 100_00, Terms(Decimal("0.85")))
        common = {"reference": "FA-1", "by": None, "at": clock.now()}
        pledging.reserve(thread="t:FA-1", supplier=world.supplier, takings=[taking], **common)
        pledging.pledge(bank=world.bank, **common)

        home = client_of(world.signer).get("/", headers={"accept-language": "en"}).content.decode()
        assert "30 days left" in home and world.bank.name_en in home and "/collateral/stock/" not in home

    def test_what_was_confirmed_may_be_disputed_later(self, world):
        confirm_document(document_id=receipt().pk, by=world.signer, at=clock.now())
        dispute_document(document_id=receipt().pk, by=world.signer, at=clock.now(), note="40 came back")

        assert receipt().state == "DISPUTED"
        with pytest.raises(IntegrityError):  # the last word counts, in the database too
            run_sql("UPDATE orders_tradedocument SET state = 'CONFIRMED' WHERE id = %s", receipt().pk)

    def test_a_signer_who_also_works_for_the_supplier_has_no_word(self, world):
        add_member(
            organisation=world.supplier, email=world.signer.user.email, name="Both", role=Role.APPLICANT, password=""
        )

        with pytest.raises(SignerNotIndependent):
            confirm_document(document_id=receipt().pk, by=world.signer, at=clock.now())
        with pytest.raises(asking.NoSigner):
            ask(world)

    def test_no_other_role_or_organisation_speaks(self, world):
        others = [
            world.applicant, world.reviewer, member(world.buyer, Role.CLERK),
            member(organisation(Organisation.Kind.BUYER), Role.SIGNER), member(world.keeper, Role.SIGNER),
        ]  # fmt: skip
        for other in others:
            with pytest.raises(NotYoursToConfirm):
                confirm_document(document_id=receipt().pk, by=other, at=clock.now())

    def test_sql_confirms_nothing(self, world):
        pk = receipt().pk
        for statement in (
            "UPDATE orders_tradedocument SET state = 'CONFIRMED' WHERE id = %s",
            "UPDATE orders_tradedocument SET evidence = 'CONFIRMED' WHERE id = %s",
        ):
            with pytest.raises(IntegrityError):
                run_sql(statement, pk)
        for signer in (world.applicant, member(world.keeper, Role.SIGNER), member(world.buyer, Role.CLERK)):
            with pytest.raises(IntegrityError):
                run_sql(
                    "INSERT INTO orders_signerword (document_id, signer_id, word, note, at) "
                    "VALUES (%s, %s, 'CONFIRMED', '', now())", pk, signer.pk,
                )  # fmt: skip
        confirm_document(document_id=pk, by=world.signer, at=clock.now())
        for statement in ("UPDATE orders_signerword SET note = 'x'", "DELETE FROM orders_signerword"):
            with pytest.raises(IntegrityError):
                run_sql(statement)

    def test_lists_ask_as_much_for_many_as_for_one(self, world, django_assert_max_num_queries):
        for number in range(2, 5):
            world.receipt(f"GR-{number}", quantity=1)
        for row in TradeDocument.objects.filter(kind="GOODS_RECEIPT"):
            asking.ask(document_id=row.pk, by=world.applicant, at=clock.now())
        client = client_of(world.signer)
        client.get("/documents/confirmations/")
        with django_assert_max_num_queries(8):
            assert client.get("/documents/confirmations/").content.decode().count("/speak/") >= 4


def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("letter.pdf", content)
