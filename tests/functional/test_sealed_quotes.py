"""Quotes that nobody reads before the deadline: by pages, by the database, and by what is left anywhere."""

from datetime import timedelta

import pytest
from django.db import Error, connection, transaction

from scf.banks.gateways.key_keeper.vault import TooEarly
from scf.financing.models import Application, Auction, BankCase, QuoteDraft, SealedQuote
from scf.financing.services import checking, quoting
from scf.kernel import boxes, clock
from tests.factories import NOON, member
from tests.functional.test_placing import ENGLISH, approved, programme
from tests.trade_world import Person, TradeWorld, client_of, step, where

HOURS = 24
CLOSED = NOON + timedelta(hours=HOURS)
RATE, AMOUNT = "4.3217", "9876.54"
TRACES = ("0.043217", "4.3217", "987654", "9876.54", "9,876.54", "Locked account Q7")


@pytest.fixture
def auction(world) -> Auction:
    """Two lenders may quote for a day; the key is there."""
    programme(world, "BEST_PRICE", world.bank, world.other_bank, deadline_hours=HOURS)
    return Auction.objects.get(application=approved(world))


def case_at(auction: Auction, bank) -> BankCase:
    return BankCase.objects.get(application=auction.application_id, bank=bank)


def quote(world: TradeWorld, auction: Auction, *, by: str = "", rate: str = RATE, amount: str = AMOUNT) -> BankCase:
    """A lender's quote, sealed by its checker; `by` "other_" for the other lender."""
    maker, checker = getattr(world, f"{by}maker"), getattr(world, f"{by}checker")
    case = case_at(auction, maker.organisation)
    Person(world, maker).offer(case, amount=amount, rate=rate, conditions="Locked account Q7")
    Person(world, checker).take(case, "check", action="CONFIRM")
    return BankCase.objects.get(pk=case.pk)


def everything_stored() -> str:
    """Every row of every table as text."""
    with connection.cursor() as cursor:
        texts = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')  # noqa: S608  our own names
            texts += [row[0] for row in cursor.fetchall()]
    return "\n".join(texts)


def close(world: TradeWorld) -> None:
    with clock.pinned(CLOSED):
        world.pump()


class TestUnseen:
    def test_nothing_stored_tells_a_quote_before_the_deadline(self, world, auction):
        maker, checker = Person(world, world.maker), Person(world, world.checker)
        case = case_at(auction, world.bank)
        maker.offer(case, amount=AMOUNT, rate=RATE, conditions="Locked account Q7")
        assert QuoteDraft.objects.count() == 1
        assert not [trace for trace in TRACES if trace in everything_stored()]
        checker.take(case, "check", action="BACK", note="4.3217 is too low, 9876.54 too much")
        maker.offer(case, amount=AMOUNT, rate=RATE, conditions="Locked account Q7")
        assert not [trace for trace in TRACES if trace in everything_stored()]

        checker.take(case, "check", action="CONFIRM")

        assert case_at(auction, world.bank).state == "SEALED" and not QuoteDraft.objects.exists()
        assert not [trace for trace in TRACES if trace in everything_stored()]
        with pytest.raises(TooEarly):
            world.key_keeper.hand_out(auction.reference)

    def test_the_own_checker_reads_the_proposal_and_nobody_else_does(self, world, auction):
        case = case_at(auction, world.bank)
        Person(world, world.maker).offer(case, amount=AMOUNT, rate=RATE)
        checker = Person(world, world.checker)
        checker.claim(case, "check")

        page = checker.client.get(f"/financing/work/{step(case, 'check').pk}/").content.decode()
        others = [
            client_of(who).get(f"/financing/cases/{auction.reference}/", headers=ENGLISH).content.decode()
            for who in (world.applicant, world.reviewer, world.other_checker, world.clerk, world.maker)
        ]

        assert "9,876.54" in page and "4.3217" in page
        assert not [trace for trace in TRACES for text in others if trace in text]
        assert not [text for text in others[:2] if "awaiting the checker" in text or "quote sealed" in text]

    def test_a_sealed_decline_looks_like_an_offer(self, world, auction):
        case = case_at(auction, world.other_bank)
        Person(world, world.other_maker).take(case, "make", action="DECLINE", decline_reason="PRICE", note="no")
        Person(world, world.other_checker).take(case, "check", action="CONFIRM")
        quote(world, auction)

        states = set(BankCase.objects.values_list("state", "proposal", "decline_reason"))
        lengths = {len(row.sealed) for row in SealedQuote.objects.all()}

        assert states == {("SEALED", "", "")} and len(lengths) == 1


class TestOpening:
    def test_all_are_opened_together_at_the_deadline_and_the_best_stands_first(self, world, auction):
        quote(world, auction)
        quote(world, auction, by="other_", rate="4.2")
        with clock.pinned(CLOSED - timedelta(seconds=1)):
            world.pump()
        assert Application.objects.get(pk=auction.application_id).state == "ROUTED"

        close(world)

        application = Application.objects.get(pk=auction.application_id)
        found = {case.bank_id: (case.state, case.amount_minor, str(case.annual_rate), case.conditions)
                 for case in application.bank_cases.all()}  # fmt: skip
        assert application.state == "OFFERED" and where(application) == ["choose"]
        assert found == {
            world.bank.pk: ("OFFERED", 987_654, "0.043217", "Locked account Q7"),
            world.other_bank.pk: ("OFFERED", 987_654, "0.042000", "Locked account Q7"),
        }
        page = Person(world, world.signatory).client.get(f"/financing/work/{step(application, 'choose').pk}/")
        assert [offer["case"].bank_id for offer in page.context["offers"]] == [world.other_bank.pk, world.bank.pk]

    def test_what_was_sealed_can_be_proven_by_anybody_afterwards(self, world, auction):
        case = quote(world, auction)
        close(world)
        auction.refresh_from_db()

        assert boxes.belong_together(auction.private_key, auction.public_key)
        said = quoting.open_quote(SealedQuote.objects.get(bank_case=case), auction.private_key)
        assert str(said.amount) == "CNY 9,876.54"

    def test_late_quotes_are_refused_and_whoever_was_late_has_lapsed(self, world, auction):
        late = case_at(auction, world.other_bank)
        Person(world, world.other_maker).offer(late)
        quote(world, auction)

        with clock.pinned(CLOSED), pytest.raises(quoting.QuoteTooLate):
            checking.confirm(bank_case_id=late.pk, by=world.other_checker, at=clock.now())
        close(world)

        assert case_at(auction, world.other_bank).state == "LAPSED" and not QuoteDraft.objects.exists()
        assert case_at(auction, world.bank).state == "OFFERED" and where(late) == []

    def test_without_a_quote_the_case_is_declined(self, world, auction):
        close(world)

        assert Application.objects.get(pk=auction.application_id).state == "DECLINED"

    def test_a_silent_keeper_delays_the_opening_and_loses_nothing(self, world, auction):
        quote(world, auction)
        world.key_keeper.is_silent = True
        close(world)
        assert case_at(auction, world.bank).state == "SEALED"

        world.key_keeper.is_silent = False
        with clock.pinned(CLOSED + timedelta(hours=9)):
            world.pump()

        assert case_at(auction, world.bank).state == "OFFERED"

    def test_before_the_key_is_there_nothing_is_sealed_and_the_deadline_waits(self, world):
        world.key_keeper.is_silent = True
        programme(world, "BEST_PRICE", world.bank, world.other_bank, deadline_hours=HOURS)
        auction = Auction.objects.get(application=approved(world))
        case = case_at(auction, world.bank)
        Person(world, world.maker).offer(case)

        with pytest.raises(quoting.KeyNotThere):
            checking.confirm(bank_case_id=case.pk, by=world.checker, at=clock.now())
        world.key_keeper.is_silent = False
        with clock.pinned(NOON + timedelta(hours=3)):
            world.pump()
            checking.confirm(bank_case_id=case.pk, by=world.checker, at=clock.now())

        assert Auction.objects.get(pk=auction.pk).deadline == NOON + timedelta(hours=3 + HOURS)

    def test_opening_twice_opens_once(self, world, auction):
        quote(world, auction)
        with clock.pinned(CLOSED):
            for _time in range(2):
                quoting.open_all(auction_id=auction.pk, at=clock.now())

        assert case_at(auction, world.bank).state == "OFFERED"

    def test_a_withdrawn_case_is_never_opened(self, world, auction):
        case = quote(world, auction)
        Person(world, world.applicant).client.post(f"/financing/cases/{auction.reference}/withdraw/")
        world.pump()
        close(world)

        assert BankCase.objects.get(pk=case.pk).state == "LAPSED"
        assert not Auction.objects.get(pk=auction.pk).private_key

    def test_the_four_eyes_and_the_authority_hold_unseen_too(self, world, auction):
        case = case_at(auction, world.bank)
        Person(world, world.maker).offer(case, amount=AMOUNT, rate=RATE)

        with pytest.raises(checking.BeyondAuthority):
            checking.confirm(bank_case_id=case.pk, by=world.junior, at=clock.now())
        both = member(world.bank, "CHECKER", email=world.maker.user.email)
        with pytest.raises(checking.SamePerson):
            checking.confirm(bank_case_id=case.pk, by=both, at=clock.now())


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE financing_bankcase SET amount_minor = 1 WHERE id = {case}",
        "UPDATE financing_bankcase SET note = 'x' WHERE id = {case}",
        "UPDATE financing_bankcase SET is_sealed = false, state = 'CHECKER' WHERE id = {case}",
        "UPDATE financing_sealedquote SET sealed = 'x'",
        "DELETE FROM financing_sealedquote",
        "UPDATE financing_auction SET deadline = deadline - interval '1 day'",
        "UPDATE financing_auction SET public_key = 'mine'",
        "UPDATE financing_auction SET opened_at = deadline - interval '1 second', private_key = 'x'",
        "INSERT INTO financing_sealedquote (auction_id, bank_case_id, sealed, sealed_at, sealed_by_id) "
        "SELECT auction_id, {other}, 'x', (SELECT deadline FROM financing_auction), {other_checker} "
        "FROM financing_sealedquote",
        "INSERT INTO financing_sealedquote (auction_id, bank_case_id, sealed, sealed_at, sealed_by_id) "
        "SELECT auction_id, {other}, 'x', sealed_at, sealed_by_id FROM financing_sealedquote",
    ],
)
def test_the_database_itself_keeps_the_seal(world, auction, attack):
    case = quote(world, auction)
    known = {"case": case.pk, "other": case_at(auction, world.other_bank).pk, "other_checker": world.other_checker.pk}

    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack.format(**known))
