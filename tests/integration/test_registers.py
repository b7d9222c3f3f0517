"""Public registers: asked before goods are lent on, told when they are; silent or of another opinion they block."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from scf.collateral.gateways.base import RegisterRefused
from scf.collateral.gateways.lines import HttpRegister, LocalRegister
from scf.collateral.models import RegisterRequest
from scf.collateral.selectors import registers as selectors
from scf.collateral.services import pledging, register_lines, register_news, registers
from scf.collateral.services.pledging import NothingReserved, Taking
from scf.collateral.services.registers import DismissalRefused, RegisterFailed, RegisterMatch, RegisterPending
from scf.financing.models import Product
from scf.kernel import clock, outbox
from scf.kernel.models import OutboxMessage
from scf.notifications.models import Notification
from tests.factories import NOON
from tests.trade_world import TradeWorld

CASE, UNTIL = "FA-20310303-0001", date(2031, 9, 1)


@pytest.fixture
def world(db, tmp_path):
    """A case with a reserved receipt, and both registers in this process."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order("PO-5001")
        made.receipt("GR-7001", of="PO-5001")
        stand_behind_case(made)
        yield made


def stand_behind_case(world):
    """The receipt is reserved for CASE."""
    (found,) = [o for o in world.offerables() if o.line.document_number == "GR-7001"]
    terms = Product.objects.get(code="RECEIPT").terms
    pledging.reserve(
        reference=CASE, thread="case:1", supplier=world.supplier,
        takings=[Taking(found.line, found.line.eligible_quantity, 1, terms)], by=world.applicant, at=NOON,
    )  # fmt: skip


def search(at=NOON):
    registers.request_search(reference=CASE, thread="case:1", at=at)


def clear(at=NOON):
    registers.require_clear(reference=CASE, at=at)


def filed(world):
    search()
    world.pump()
    pledging.pledge(reference=CASE, bank=world.bank, by=None, at=NOON)
    registers.request_filing(reference=CASE, at=NOON, term_until=UNTIL)
    world.pump()
    return registers.filing_of(CASE)


def told(code, membership):
    rows = Notification.objects.filter(code=code, membership=membership).order_by("pk")
    return [row.facts.get("deadline") for row in rows]


def topics():
    return OutboxMessage.objects.filter(topic="collateral.registers.answered").count()


class TestSearch:
    def test_nothing_goes_on_before_both_have_answered(self, world):
        with pytest.raises(RegisterPending):
            clear()
        search()
        with pytest.raises(RegisterPending):
            clear()
        world.pump()
        clear()
        (told,) = OutboxMessage.objects.filter(topic="collateral.registers.answered")
        assert told.payload == {"reference": CASE}

    def test_is_asked_once_and_again_when_the_answer_is_old(self, world):
        search()
        search()
        world.pump()
        search()
        assert RegisterRequest.objects.count() == 2

        later = NOON + timedelta(days=registers.ANSWER_GOOD_DAYS + 1)
        with pytest.raises(RegisterPending):
            clear(later)
        search(later)
        outbox.deliver_all(now=later)
        clear(later)
        assert RegisterRequest.objects.count() == 4

    def test_needs_goods(self, world):
        with pytest.raises(NothingReserved):
            registers.request_search(reference="FA-0", thread="", at=NOON)

    def test_a_silent_register_blocks_and_is_asked_until_it_answers(self, world):
        world.register.is_silent = True
        search()
        world.pump()
        with pytest.raises(RegisterPending):
            clear()
        assert topics() == 0

        world.register.is_silent = False
        later = NOON + outbox.LEASE
        outbox.deliver_all(now=later)
        clear(later)

    def test_without_a_register_in_the_settings_nothing_is_ever_clear(self, world):
        with register_lines.replaced(HttpRegister(base_url="", member="m", secret="s")):
            search()
            world.pump()
            with pytest.raises(RegisterPending):
                clear()

    def test_a_paper_that_another_has_registered_is_a_match_until_a_reviewer_tells_it_apart(self, world):
        mine = selectors.papers_content(selectors.Pledge.objects.get())["papers"]
        world.register.books.perform("elsewhere", "papers/register", "k", {"case": "A", "papers": mine})
        search()
        world.pump()
        with pytest.raises(RegisterMatch):
            clear()

        row = RegisterRequest.objects.get(outcome="MATCH")
        for by, reason in ((world.maker, "x"), (world.reviewer, " ")):
            with pytest.raises(DismissalRefused):
                registers.dismiss_match(request_id=row.pk, reason=reason, by=by, at=NOON)
        registers.dismiss_match(request_id=row.pk, reason="另一批货", by=world.reviewer, at=NOON)
        clear()
        assert topics() == 2

    def test_goods_that_another_has_filed_are_a_match(self, world):
        content = selectors.search_content(selectors.Pledge.objects.get())
        filing = {**content, "secured_party": {"name": "x", "uscc": "x"}, "term_until": "2031-12-31"}
        world.register.books.perform("elsewhere", "movables/file", "k", {"filing": filing})
        search()
        world.pump()
        with pytest.raises(RegisterMatch) as refusal:
            clear()
        assert "F0000" not in str(refusal.value.detail)

    def test_a_refusal_is_no_answer_and_is_asked_anew(self, world):
        class Refusing(LocalRegister):
            def _perform(self, operation, key, content):
                raise RegisterRefused("not a member")

        with register_lines.replaced(Refusing(world.register.books)):
            search()
            world.pump()
        with pytest.raises(RegisterFailed):
            clear()
        assert Notification.objects.filter(code="register.failed", membership=world.reviewer).count() == 2
        search()
        world.pump()
        clear()


class TestFiling:
    def test_gets_a_number_a_term_and_a_mark_at_the_paper_register(self, world):
        filing = filed(world)

        assert filing.is_in_force and filing.term_until == UNTIL and filing.cancel_by is None
        on_record = world.register.books.filings()[filing.number]
        assert on_record["secured_party"]["uscc"] == world.bank.uscc and on_record["goods"][0]["document"] == "GR-7001"
        assert [status for *_, status, _paper in world.register.books.papers()] == ["FINANCED"]

    def test_is_amended_only_where_something_changed(self, world):
        filing = filed(world)
        registers.request_amendment(reference=CASE, at=NOON)
        assert not RegisterRequest.objects.filter(kind="AMEND").exists()

        registers.request_amendment(reference=CASE, at=NOON, term_until=date(2031, 12, 1))
        world.pump()
        assert registers.filing_of(CASE).term_until == date(2031, 12, 1)
        assert world.register.books.filings()[filing.number]["term_until"] == "2031-12-01"

    def test_is_cancelled_within_ten_working_days(self, world):
        filing = filed(world)
        world.register.is_silent = True
        registers.request_cancellation(reference=CASE, at=NOON)
        registers.request_cancellation(reference=CASE, at=NOON)
        world.pump()

        waiting = registers.filing_of(CASE)
        assert waiting.is_in_force and waiting.cancel_by == date(2031, 3, 17)  # ten working days after Monday 3 March
        assert not selectors.overdue_cancellations(waiting.cancel_by).exists()
        too_late = waiting.cancel_by + timedelta(days=1)
        assert selectors.overdue_cancellations(too_late).count() == 2
        for _day in range(2):
            register_news.tell_of_late(on=too_late, at=NOON)
        assert told("register.late", world.reviewer) == ["2031-03-17", "2031-03-17"]  # each register, once

        world.register.is_silent = False
        outbox.deliver_all(now=NOON + outbox.LEASE)
        assert registers.filing_of(CASE).is_cancelled and filing.number not in world.register.books.filings()
        assert world.register.books.papers() == []

    def test_a_cancellation_waits_for_the_filing(self, world):
        search()
        world.pump()
        pledging.pledge(reference=CASE, bank=world.bank, by=None, at=NOON)
        world.register.is_silent = True
        registers.request_filing(reference=CASE, at=NOON, term_until=UNTIL)
        registers.request_cancellation(reference=CASE, at=NOON)
        world.pump()
        world.register.is_silent = False
        for seconds in (10, 30, 70):
            outbox.deliver_all(now=NOON + timedelta(seconds=seconds))

        assert registers.filing_of(CASE).is_cancelled and world.register.books.filings() == {}

    def test_a_case_without_a_filing_has_nothing_to_cancel(self, world):
        registers.request_cancellation(reference=CASE, at=NOON)
        registers.request_amendment(reference=CASE, at=NOON)
        assert registers.filing_of(CASE) is None and not RegisterRequest.objects.exists()

    def test_delivered_twice_is_filed_once(self, world):
        filing = filed(world)
        OutboxMessage.objects.filter(topic="collateral.register.asked").update(delivered_at=None, due_at=NOON)
        outbox.deliver_all(now=clock.now())

        assert registers.filing_of(CASE) == filing and len(world.register.books.filings()) == 1


class TestAttacks:
    @pytest.mark.parametrize(
        "attack",
        ["UPDATE collateral_registerrequest SET outcome = 'CLEAR', answered_at = now() WHERE kind = 'FILE'",
         "UPDATE collateral_registerrequest SET answer = '{\"filings\": []}'",
         "UPDATE collateral_registerrequest SET content = '{}'", "DELETE FROM collateral_registerrequest",
         "UPDATE collateral_registerrequest SET number = 'F1' WHERE kind = 'FILE'",
         "UPDATE collateral_registerrequest SET state = 'PENDING', answered_at = NULL, outcome = ''",
         "UPDATE collateral_registerrequest SET dismissed_at = now()"],
    )  # fmt: skip
    def test_by_sql_are_refused(self, world, attack):
        filed(world)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)
