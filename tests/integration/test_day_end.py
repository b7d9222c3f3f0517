"""The end of a day: the bank's balance is ours and what explains the rest; finance signs it."""

from datetime import date

import pytest
from django.db import connection, transaction
from django.urls import reverse

from scf.documents.services import read_file
from scf.kernel import clock
from scf.parties.models import Role
from scf.servicing.models import IncomingPayment
from scf.servicing.selectors import day_end as selectors
from scf.servicing.services import day_end, matching
from tests.factories import LendingWorld, member
from tests.integration.servicing_world import bring, browser, credit, noon

pytestmark = pytest.mark.django_db
DAY, NEXT = date(2031, 4, 2), date(2031, 4, 3)


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


def codes(world, day=DAY) -> dict[str, int]:
    found = selectors.day_end(world.collection, day)
    return {line["code"]: line["minor"] for line in found.lines}


def sign(world, day=DAY, by=None):
    found = selectors.day_end(world.collection, day)
    return day_end.sign(
        account_id=world.collection.pk, day=day, seen=day_end.digest(found), by=by or world.clerk, at=noon(NEXT)
    )


class TestFigures:
    def test_every_difference_has_its_reason(self, world):
        loan = world.loan()
        bring(
            world, credit("500.00", loan.number, DAY), credit("70.00", "?", DAY), credit("30.00", "deposit", DAY),
            credit("-5.00", "bank's fee", DAY), opening=100_00,
        )  # fmt: skip
        aside = IncomingPayment.objects.get(amount_minor=30_00)
        matching.set_aside(incoming_id=aside.pk, by=world.clerk, at=noon(DAY), note="deposit")

        found = selectors.day_end(world.collection, DAY)

        assert (found.closing.minor, found.expected.minor) == (695_00, 600_00)
        assert codes(world) == {"SUSPENSE": 70_00, "SET_ASIDE": 30_00, "UNKNOWN_DEBIT": -5_00}
        assert selectors.day_end(world.collection, date(2031, 4, 1)) is None

    def test_a_day_without_a_statement_and_what_the_bank_took_back(self, world):
        loan = world.loan()
        bring(world, credit("500.00", loan.number, DAY, end_to_end_id="E7"))
        bring(world, credit("-500.00", "return", NEXT, end_to_end_id="E7", is_reversal=True), opening=540_00)

        assert codes(world, NEXT) == {"MISSING_DAY": 40_00, "TAKEN_BY_BANK": -500_00}
        matching.unmatch(incoming_id=IncomingPayment.objects.get().pk, by=world.clerk, at=noon(NEXT))
        assert codes(world, NEXT) == {"MISSING_DAY": 40_00}
        assert codes(world, DAY) == {"RETURNED_LATER": 500_00}
        assert codes(world, date(2031, 4, 4)) == {"MISSING_DAY": 40_00, "NO_STATEMENT": 0}


class TestSigning:
    def test_two_people_sign_one_paper_and_new_facts_make_another(self, world):
        loan = world.loan()
        bring(world, credit("500.00", loan.number, DAY), credit("70.00", "?", DAY))
        colleague = member(world.platform, Role.CLERK)

        first, second = sign(world), sign(world, by=colleague)
        with pytest.raises(day_end.SignedAlready):
            sign(world)
        kept = read_file(first.file)
        waiting = IncomingPayment.objects.get(amount_minor=70_00)
        matching.allocate(incoming_id=waiting.pk, loan_id=loan.pk, by=world.clerk, at=noon(NEXT))
        third = sign(world)

        assert first == second and first.signatures.count() == 2 and third != first
        assert kept == day_end.render(first) and kept.startswith(b"%PDF")  # the same bytes again

    def test_not_what_changed_meanwhile_nor_what_sql_would_rewrite(self, world):
        bring(world, credit("70.00", "?", DAY))
        proof = sign(world)

        with pytest.raises(day_end.DayEndChanged):
            day_end.sign(account_id=world.collection.pk, day=DAY, seen="x", by=world.clerk, at=noon(NEXT))
        for statement in (
            "UPDATE servicing_dayendproof SET closing_minor = 1",
            "DELETE FROM servicing_dayendsignature",
        ):
            with pytest.raises(Exception, match="final|never|denied"), transaction.atomic():
                connection.cursor().execute(statement)
        proof.refresh_from_db()
        assert proof.closing_minor == 70_00

    def test_by_the_page(self, world):
        bring(world, credit("70.00", "?", DAY))
        client, address = browser(world.clerk), reverse("servicing:day-end-list")
        asked = {"account": world.collection.pk, "day": "2031-04-02"}
        with clock.pinned(noon(NEXT)):
            shown = client.get(address, asked)
            client.post(address, asked | {"seen": shown.context["seen"]})
            page = client.get(address)
            number = page.context["signed"][0].number
            answer = client.get(reverse("servicing:day-end-file", args=[number]))

        assert "In suspense" in shown.content.decode() and number.startswith("DE-20310402-")
        assert b"".join(answer.streaming_content if answer.streaming else [answer.content]).startswith(b"%PDF")
