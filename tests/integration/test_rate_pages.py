"""The page of reference rates: two people, files with bad rows, corrections, who sees what."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from scf.kernel import clock
from scf.parties.models import Role
from scf.servicing.models import RateProposal, ReferenceRate
from scf.servicing.selectors.rates import rate_on, table_of
from scf.servicing.services import rates
from tests.factories import LendingWorld, member
from tests.integration.rates_world import PUBLISHED, keeper, publish
from tests.integration.servicing_world import browser, get, noon

pytestmark = pytest.mark.django_db
TODAY = date(2032, 1, 5)


@pytest.fixture(autouse=True)
def _today():
    with clock.pinned(noon(TODAY)):
        yield


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


def send(by, name: str, language: str = "en", **data):
    return browser(by, language).post(reverse(f"servicing:rate-{name}"), data)


def file(text: str | bytes, name: str = "lpr.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def text_of(answer) -> str:
    return answer.content.decode()


class TestTwoPeople:
    def test_one_enters_both_values_of_a_publication_and_another_confirms_them(self, world):
        answer = send(
            keeper(world),
            "enter",
            effective_from="2031-12-22",
            lpr1y="2.90",
            lpr5y="3.40",
            source="https://example.org",
        )
        assert answer.status_code == 302 and not ReferenceRate.objects.exists()

        ids = list(RateProposal.objects.values_list("pk", flat=True))
        send(world.clerk, "decide", action="confirm", ids=ids)

        assert {(r.index, r.rate) for r in ReferenceRate.objects.all()} == {
            ("LPR1Y", Decimal("0.029")), ("LPR5Y", Decimal("0.034"))
        }  # fmt: skip
        row = ReferenceRate.objects.first()
        assert (row.proposed_by, row.confirmed_by) == (keeper(world).user, world.clerk.user)

    def test_who_entered_it_does_not_confirm_it_in_whatever_role(self, world):
        proposal = rates.propose(
            index="LPR1Y", effective_from=date(2031, 12, 22), rate=Decimal("0.029"), source="x", by=world.clerk,
            at=noon(TODAY),
        )  # fmt: skip

        answer = send(world.clerk, "decide", action="confirm", ids=[proposal.pk])

        assert answer.status_code == 422 and "somebody else confirms it" in text_of(answer)
        assert not ReferenceRate.objects.exists()

    def test_the_database_refuses_one_person_for_both_and_any_change_of_what_is_confirmed(self, world):
        publish(world)
        row = ReferenceRate.objects.first()

        for statement in (
            "UPDATE servicing_referencerate SET rate = 0.01",
            "DELETE FROM servicing_referencerate",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        with pytest.raises(IntegrityError), transaction.atomic():
            ReferenceRate.objects.create(
                index="LPR1Y", effective_from=TODAY, published_on=TODAY, rate=row.rate, source="x",
                proposed_by=world.clerk.user, confirmed_by=world.clerk.user, confirmed_at=noon(TODAY),
            )  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            RateProposal.objects.update(decided_by=keeper(world).user)

    def test_a_refusal_needs_a_word_and_ones_own_entry_is_taken_back_without(self, world):
        common = {"index": "LPR1Y", "source": "x", "by": keeper(world), "at": noon(TODAY), "rate": Decimal("0.03")}
        theirs = rates.propose(effective_from=date(2031, 12, 22), **common)
        mine = rates.propose(effective_from=date(2031, 11, 20), **{**common, "by": world.clerk})

        assert send(world.clerk, "decide", action="refuse", ids=[theirs.pk]).status_code == 422
        send(world.clerk, "decide", action="refuse", ids=[theirs.pk], note="3.10 was published")
        send(world.clerk, "decide", action="refuse", ids=[mine.pk])

        assert RateProposal.objects.get(pk=theirs.pk).state == "REFUSED"
        assert RateProposal.objects.get(pk=mine.pk).state == "WITHDRAWN"

    def test_confirming_all_takes_those_of_colleagues_only(self, world):
        for day, by in ((date(2031, 12, 22), keeper(world)), (date(2031, 11, 20), world.clerk)):
            rates.propose(index="LPR1Y", effective_from=day, rate=Decimal("0.03"), source="x", by=by, at=noon(TODAY))
        page = browser(world.clerk).get(reverse("servicing:rate-list")).content.decode()
        shown = re.findall(r'name="shown" value="(\d+)"', page)
        unseen = rates.propose(
            index="LPR1Y", effective_from=date(2031, 10, 20), rate=Decimal("0.03"), source="x", by=keeper(world),
            at=noon(TODAY),
        )  # fmt: skip

        send(world.clerk, "decide", action="confirm_all", shown=shown)

        assert RateProposal.objects.get(pk=unseen.pk).state == "PROPOSED"

        assert [r.effective_from for r in ReferenceRate.objects.all()] == [date(2031, 12, 22)]

    def test_nothing_ticked_is_said(self, world):
        answer = browser(world.clerk).post(reverse("servicing:rate-decide"), {"action": "confirm"}, follow=True)

        assert "Nothing is chosen" in text_of(answer)


class TestCorrection:
    def test_a_later_value_of_the_same_day_counts_and_the_first_is_still_known(self, world):
        publish(world, {date(2031, 12, 22): "2.09"})
        publish(world, {date(2031, 12, 22): "2.90"}, on=date(2031, 12, 24))

        assert table_of("LPR1Y").on(TODAY).rate == Decimal("0.029")
        assert table_of("LPR1Y", noon(date(2031, 12, 23))).on(TODAY).rate == Decimal("0.0209")
        page = text_of(get(world.clerk, "rate-list"))
        assert page.count("corrected") == 1 and "2.09" in page

    def test_a_proposal_says_what_it_would_replace(self, world):
        publish(world)
        rates.propose(index="LPR1Y", effective_from=date(2031, 12, 22), rate=Decimal("0.028"), source="x",
                      by=keeper(world), at=noon(TODAY))  # fmt: skip

        assert "instead of 2.90" in text_of(get(world.clerk, "rate-list"))


class TestRefusals:
    @pytest.mark.parametrize(
        ("day", "percent", "part"),
        [
            ("2031-12-20", "2.90", "2031-12-22"),  # a Saturday
            ("2031-12-05", "2.90", "20th"),
            ("2032-01-20", "2.90", "not come yet"),
            ("2018-12-20", "4.31", "check the year"),
            ("2031-12-22", "0.029", "write 3.10"),
            ("2031-12-22", "290", "write 3.10"),
        ],
    )
    def test_a_value_that_cannot_have_been_published(self, world, day, percent, part):
        answer = send(keeper(world), "enter", effective_from=day, lpr1y=percent, source="x")

        assert answer.status_code == 422 and part in text_of(answer)
        assert not RateProposal.objects.exists()

    def test_what_is_known_or_waits_is_not_entered_again(self, world):
        publish(world)
        data = {"effective_from": "2031-12-22", "source": "x"}

        assert "confirmed already" in text_of(send(keeper(world), "enter", lpr1y="2.90", **data))
        send(keeper(world), "enter", lpr1y="2.80", **data)
        assert "waits to be confirmed" in text_of(send(world.clerk, "enter", lpr1y="2.70", **data))

    def test_both_values_of_a_day_that_cannot_be(self, world):
        answer = send(world.clerk, "enter", effective_from="2031-11-18", lpr1y="3.05", lpr5y="3.45", source="x")

        assert answer.status_code == 422 and text_of(answer).count("LPR 5Y") and not RateProposal.objects.exists()

    def test_neither_value_given(self, world):
        answer = send(keeper(world), "enter", effective_from="2031-12-22", source="x")

        assert "at least one" in text_of(answer)


class TestFile:
    def test_good_rows_are_kept_and_bad_ones_named_by_line_field_and_remedy(self, world):
        publish(world, {date(2031, 11, 20): "3.00"})
        rows = """index,effective_from,rate
LPR1Y,2031-11-20,3.00
LPR1Y,2031-12-22,2.90
LPR5Y,2031-12-22,3.40%
LPR9Y,2031-12-22,3.40
LPR1Y,22.12.2031,2.90
LPR1Y,2031-10-20,three
LPR1Y,2031-12-22,2.80

LPR1Y,2031-09-20,3.00
"""
        answer = send(keeper(world), "upload", file=file(rows), source="x")

        assert {(p.index, p.rate) for p in RateProposal.objects.filter(state="PROPOSED")} == {
            ("LPR1Y", Decimal("0.029")), ("LPR5Y", Decimal("0.034"))
        }  # fmt: skip
        brought = answer.context["brought"]
        assert brought.known == 1
        assert [(row.line, row.field) for row in brought.bad] == [
            (5, "index"), (6, "effective_from"), (7, "rate"), (8, "effective_from"), (10, "effective_from")
        ]  # fmt: skip
        page = text_of(answer)
        assert "lpr.csv" in page and "write LPR1Y or LPR5Y" in page and "2 values are entered" in page

    @pytest.mark.parametrize(
        "content",
        [b"", b"a;b\n1;2", b"\0\xff", b"index,effective_from\nLPR1Y,2031-12-22", b'index,effective_from,rate\n"LPR1Y',
         b"\xff\xfe\x81"],
    )  # fmt: skip
    def test_a_file_that_is_no_table_is_said_and_nothing_is_kept(self, world, content):
        answer = send(keeper(world), "upload", file=file(content), source="x")

        assert answer.status_code in (200, 422) and not RateProposal.objects.exists()

    def test_a_table_from_a_chinese_spreadsheet_is_read(self, world):
        content = "index,effective_from,rate,备注\nLPR1Y,2031/12/22,2.9,公布\n".encode("gb18030")

        send(keeper(world), "upload", file=file(content), source="x")

        # a day without leading zeros is common there, too: this one has them
        assert RateProposal.objects.get().rate == Decimal("0.029")


class TestPage:
    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_an_empty_table_says_how_to_begin(self, world, language):
        page = text_of(browser(world.clerk, language).get(reverse("servicing:rate-list")))

        assert ("No reference rate is known yet" in page) == (language == "en")
        assert "rate-enter" in page or reverse("servicing:rate-enter") in page

    def test_values_chart_and_a_missing_publication(self, world):
        publish(world)
        with clock.pinned(noon(date(2032, 1, 21))):
            page = text_of(get(world.clerk, "rate-list"))

        assert "publication of 2032-01-20 missing" in page
        assert "<polyline" in page and "LPR 1Y: 2031-11-20 3.00 %, 2031-12-22 2.90 %" in page

    def test_lenders_see_it_without_forms_and_nobody_else_does(self, world):
        publish(world)

        page = text_of(get(world.maker, "rate-list"))
        assert "2.90" in page and reverse("servicing:rate-enter") not in page
        assert get(world.applicant, "rate-list").status_code == 403
        assert send(world.maker, "enter", effective_from="2031-12-22", lpr1y="2.9", source="x").status_code == 403
        assert get(member(world.bank, Role.CLERK), "rate-list").status_code == 403

    def test_asks_as_much_for_many_values_as_for_few(self, world, django_assert_max_num_queries):
        publish(world)
        client = browser(world.clerk)
        for year in range(2024, 2031):
            for month in (5, 8):
                rates.propose(index="LPR5Y", effective_from=rates.china().following(date(year, month, 20)),
                              rate=Decimal("0.03"), source="x", by=keeper(world), at=noon(TODAY))  # fmt: skip

        with django_assert_max_num_queries(16):
            assert client.get(reverse("servicing:rate-list")).status_code == 200

    def test_older_values_are_a_page_away(self, world):
        days = {rates.china().following(date(2029 + n // 12, n % 12 + 1, 20)): "3.00" for n in range(18)}
        publish(world, days, on=TODAY)

        first = text_of(get(world.clerk, "rate-list"))
        second = text_of(get(world.clerk, "rate-list", after=sorted(days)[-12].isoformat()))

        assert first.count('data-label="Confirmed by"') == 12 and second.count('data-label="Confirmed by"') == 6


def test_the_rate_of_an_offer_is_the_last_known_one(db):
    world = LendingWorld()
    from scf.domain.rates import FIXED, Agreement, Index

    agreement = Agreement(Index.LPR1Y, 85)
    assert rate_on(agreement, TODAY, Decimal("0.05")) == Decimal("0.05")
    publish(world, PUBLISHED)
    assert rate_on(agreement, TODAY, Decimal("0.05")) == Decimal("0.0375")
    assert rate_on(FIXED, TODAY, Decimal("0.05")) == Decimal("0.05")
