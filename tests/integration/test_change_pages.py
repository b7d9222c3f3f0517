"""Changing a running loan on its pages: the maker looks and proposes, the checker decides, others see nothing."""

from datetime import date

import pytest
from django.urls import reverse

from scf.kernel import clock, outbox
from scf.notifications.models import Notification
from scf.notifications.services import text_of
from scf.parties.models import Organisation, Role
from scf.servicing.models import Loan, LoanChange
from tests.factories import LendingWorld, member, organisation, reviewers
from tests.integration.servicing_world import browser, get, noon, repay

pytestmark = pytest.mark.django_db
TODAY = date(2031, 4, 2)
FILLED = {
    "FEE": {"amount": "500.00"}, "PENALTY": {"amount": "1,000"}, "WAIVER": {"amount": "3625.00", "rank": "INTEREST"},
    "RATE_CHANGE": {"percent": "3.60"}, "EXTENSION": {"new_due_date": "2031-07-01"}, "MISUSE": {"is_over": ""},
    "WRITE_OFF": {},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today():
    with clock.pinned(noon(TODAY)):
        yield


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


def send(world, loan, kind, action="propose", who="maker", **fields):
    filled = {"kind": kind, "action": action, "value_date": str(TODAY), "why": "as agreed by phone", **fields}
    return browser(getattr(world, who)).post(reverse("servicing:change-new", args=[loan.number]), filled)


def decide(world, change, who="checker", **fields):
    return browser(getattr(world, who)).post(reverse("servicing:change", args=[change.pk]), fields)


class TestMaker:
    @pytest.mark.parametrize("kind", sorted(FILLED))
    def test_sees_what_each_kind_does_before_proposing_it(self, world, loan, kind):
        page = get(world.maker, "change-new", loan.number, kind=kind)
        assert page.status_code == 200 and "Show what it does" in page.content.decode()

        looked = send(world, loan, kind, "look", **FILLED[kind])
        assert looked.status_code == 200 and 'id="foreseen"' in looked.content.decode()
        assert not LoanChange.objects.exists()

        assert send(world, loan, kind, **FILLED[kind]).status_code == 302
        assert LoanChange.objects.get().kind == kind

    def test_takes_a_payment_back(self, world, loan):
        repay(world, loan, "400000.00", TODAY)
        event = loan.events.get(kind="REPAYMENT")

        assert (
            "Repayment · CNY 400,000.00"
            in get(world.maker, "change-new", loan.number, kind="REVERSAL").content.decode()
        )
        send(world, loan, "REVERSAL", reverses=event.pk)

        assert LoanChange.objects.get().reverses == event

    @pytest.mark.parametrize(
        ("kind", "fields", "words"),
        [
            ("FEE", {"amount": "0"}, "more than nothing"), ("FEE", {"amount": "lots"}, "is not an amount"),
            ("FEE", {"amount": "1", "why": ""}, "required"), ("RATE_CHANGE", {"percent": "37"}, "36"),
            ("FEE", {"amount": "1", "value_date": "2031-04-03"}, "too far ahead"),
            ("EXTENSION", {"new_due_date": "2031-06-28"}, "2031-06-30"),
            ("EXTENSION", {"new_due_date": "2031-09-30"}, "2031-08-30 at the latest"),
            ("WAIVER", {"amount": "3625.01", "rank": "INTEREST"}, "more than is owed"),
            ("NONSENSE", {}, "What should change"),
        ],
    )  # fmt: skip
    def test_is_told_what_is_wrong(self, world, loan, kind, fields, words):
        page = send(world, loan, kind, **fields)

        assert page.status_code == 422 and words in page.content.decode()

    def test_withdraws_but_does_not_decide(self, world, loan):
        send(world, loan, "FEE", amount="500.00")
        change = LoanChange.objects.get()
        assert decide(world, change, "maker", action="approve").status_code == 422

        decide(world, change, "maker", action="withdraw")

        assert LoanChange.objects.get().state == LoanChange.State.WITHDRAWN


class TestChecker:
    def test_is_told_sees_what_it_does_and_approves(self, world, loan):
        send(world, loan, "FEE", amount="500.00")
        outbox.deliver_all(now=clock.now())
        notice = Notification.objects.get(membership=world.checker)
        assert loan.number in text_of(notice)

        assert "1,004,125.00" in browser(world.checker).get(notice.link).content.decode()
        decide(world, LoanChange.objects.get(), action="approve")
        outbox.deliver_all(now=clock.now())

        assert loan.events.filter(kind="FEE").exists()
        told = {n.membership: text_of(n) for n in Notification.objects.exclude(pk=notice.pk)}
        assert set(told) == {world.maker, world.applicant}
        assert "500.00 was charged" in told[world.applicant]

    def test_a_refusal_needs_words(self, world, loan):
        send(world, loan, "FEE", amount="500.00")
        change = LoanChange.objects.get()
        assert decide(world, change, action="refuse").status_code == 422

        decide(world, change, action="refuse", answer="no such agreement")

        assert LoanChange.objects.get().state == LoanChange.State.REFUSED
        assert "no such agreement" in get(world.maker, "change", change.pk).content.decode()

    def test_what_cannot_be_done_any_more_is_said(self, world, loan):
        send(world, loan, "WAIVER", amount="3625.00", rank="INTEREST")
        repay(world, loan, "1003625.00", TODAY)
        change = LoanChange.objects.get()

        assert "it has ended" in get(world.checker, "change", change.pk).content.decode()
        assert decide(world, change, action="approve").status_code == 422


class TestPapers:
    @pytest.mark.parametrize("kind", ["RATE_CHANGE", "WAIVER", "EXTENSION", "FEE", "MISUSE"])
    def test_are_there_for_a_month_with_any_change(self, world, loan, kind):
        send(world, loan, kind, **FILLED[kind])
        decide(world, LoanChange.objects.get(), action="approve")

        for answer in (
            get(world.applicant, "loan-statement", loan.number, month="2031-04"),
            get(world.clerk, "supplier-statement", world.supplier.code, month="2031-04"),
        ):
            assert answer.status_code == 200 and answer.content.startswith(b"%PDF")


class TestReopened:
    def test_officers_and_reviewers_look_at_the_cover(self, world, loan):
        repay(world, loan, "1003625.00", TODAY)
        send(world, loan, "REVERSAL", reverses=loan.events.get(kind="REPAYMENT").pk)
        decide(world, LoanChange.objects.get(), action="approve")
        outbox.deliver_all(now=clock.now())

        told = {n.membership for n in Notification.objects.filter(code="loan.reopened")}
        assert told == {world.maker, world.checker, *reviewers()}


class TestList:
    def test_by_few_queries_however_many(self, world, django_assert_max_num_queries):
        for _ in range(12):
            send(world, world.loan(), "FEE", amount="500.00")
        client = browser(world.checker)

        with django_assert_max_num_queries(12):
            page = client.get(reverse("servicing:change-list"))

        assert page.content.decode().count('data-state="PROPOSED"') == 12

    def test_pages_through_what_was_decided(self, world, loan):
        for _ in range(27):
            send(world, loan, "FEE", amount="500.00")
            decide(world, LoanChange.objects.latest("pk"), action="refuse", answer="no")

        first = get(world.checker, "change-list")
        after = first.context["next_after"]

        assert len(first.context["decided"]) == 25
        assert len(get(world.checker, "change-list", after=after).context["decided"]) == 2

    def test_an_empty_one_says_how_to_begin(self, world):
        assert "Change this loan" in get(world.maker, "change-list").content.decode()


class TestOthers:
    @pytest.mark.parametrize("who", ["clerk", "reviewer", "applicant"])
    def test_have_no_part_in_it(self, world, loan, who):
        send(world, loan, "FEE", amount="500.00")
        change = LoanChange.objects.get()

        answers = {
            get(getattr(world, who), "change-list").status_code,
            get(getattr(world, who), "change", change.pk).status_code,
            get(getattr(world, who), "change-new", loan.number).status_code,
            decide(world, change, who, action="approve").status_code,
        }

        assert answers <= {403, 404}
        assert 'id="changes"' not in get(getattr(world, who), "loan", loan.number).content.decode()

    def test_another_lender_does_not_see_it(self, world, loan):
        send(world, loan, "FEE", amount="500.00")
        stranger = member(organisation(Organisation.Kind.BANK), Role.CHECKER)

        assert get(stranger, "change", LoanChange.objects.get().pk).status_code == 404
        assert "FEE" not in get(stranger, "change-list").content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_there_in_both_languages(world, loan, language):
    send(world, loan, "FEE", amount="500.00")
    client = browser(world.checker, language)
    change = LoanChange.objects.get()

    for address in (reverse("servicing:change-list"), reverse("servicing:change", args=[change.pk])):
        page = client.get(address)
        assert page.status_code == 200 and f'lang="{language}"' in page.content.decode()


class TestWrittenOff:
    def test_to_the_borrower_everything_is_owed_as_before(self, world, loan):
        send(world, loan, "WRITE_OFF", why="hopeless")
        decide(world, LoanChange.objects.get(), action="approve")
        outbox.deliver_all(now=clock.now())

        theirs, ours = (get(who, "loan", loan.number) for who in (world.applicant, world.maker))

        assert "Written off: 1,003,625.00" in ours.content.decode() and "hopeless" in ours.content.decode()
        page = theirs.content.decode()
        assert "1,003,625.00" in page and "hopeless" not in page and "ritten off" not in page
        assert not Notification.objects.filter(membership=world.applicant).exists()
        for chip, who, shown in (("running", "applicant", 1), ("running", "maker", 0), ("written_off", "maker", 1)):
            rows = get(getattr(world, who), "loan-list", chip=chip).content.decode().count("data-href")
            assert rows == shown, (chip, who)
