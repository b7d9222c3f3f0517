"""How cases are placed with lenders: versions by days, two people of the platform, pages, and the database's guard."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from scf.banks.models import Programme
from scf.banks.selectors import programmes as selectors
from scf.banks.services import programmes
from scf.domain.routing import Mode, Seat
from scf.kernel import clock, outbox
from scf.kernel.proposals import TakesTwo, WhyNotMissing
from scf.notifications.models import Notification
from scf.parties.models import Organisation, Role
from tests.factories import NOON, member, organisation
from tests.trade_world import client_of

TODAY = date(2031, 3, 3)
ENGLISH = {"accept-language": "en"}
PAGE = "/banks/programmes/"


class Platform:
    """Its reviewer and administrator, two lenders, a supplier."""

    def __init__(self) -> None:
        platform = organisation(Organisation.Kind.PLATFORM)
        self.reviewer, self.admin = member(platform, Role.REVIEWER), member(platform, Role.ADMINISTRATOR)
        self.one, self.two = (organisation(Organisation.Kind.BANK) for _ in range(2))
        self.supplier = organisation()
        seats = [Seat(self.one.pk, 1, 2), Seat(self.two.pk, 2, 1)]
        self.wanted = programmes.Wanted(name="Steel", mode=Mode.RANKED, seats=seats, valid_from=TODAY)

    def propose(self, **changes) -> Programme:
        return programmes.propose(wanted=replace(self.wanted, **changes), why="so", by=self.reviewer, at=NOON)

    def confirmed(self, **changes) -> Programme:
        return programmes.confirm(programme_id=self.propose(**changes).pk, by=self.admin, at=NOON)

    def form(self, **changes) -> dict[str, object]:
        """As the page sends it, with three rows for lenders."""
        rows = {"bank": [self.one.pk, self.two.pk, ""], "rank": [1, 2, 1], "weight": [2, 1, 1]}
        seats = {f"seat-{index}-{name}": values[index] for name, values in rows.items() for index in range(3)}
        return {
            "name": "Steel", "mode": "RANKED", "priority": 10, "deadline_hours": 24, "suppliers": self.supplier.name,
            "valid_from": TODAY.isoformat(), "why": "so", "seat-TOTAL_FORMS": 3, "seat-INITIAL_FORMS": 0,
            **seats, **changes,
        }  # fmt: skip


@pytest.fixture
def platform(db) -> Platform:
    with clock.pinned(NOON):
        yield Platform()


def modes(on: date) -> list[str]:
    return [str(row.mode) for row in selectors.terms(on)]


class TestVersions:
    def test_a_version_counts_when_a_colleague_has_confirmed_it(self, platform):
        row = platform.propose(suppliers=[platform.supplier])
        assert modes(TODAY) == []

        with pytest.raises(TakesTwo):
            programmes.confirm(programme_id=row.pk, by=platform.reviewer, at=NOON)
        programmes.confirm(programme_id=row.pk, by=platform.admin, at=NOON)

        (found,) = selectors.terms(TODAY)
        assert (found.seats, found.suppliers) == (tuple(platform.wanted.seats), frozenset({platform.supplier.pk}))

    def test_the_next_version_takes_its_place_on_its_day_and_a_stopped_one_ends_it(self, platform):
        platform.confirmed()
        platform.confirmed(valid_from=TODAY + timedelta(days=2), mode=Mode.SPLIT)
        platform.confirmed(valid_from=TODAY + timedelta(days=4), is_stopped=True)

        assert [modes(TODAY + timedelta(days=day)) for day in (1, 2, 3, 4)] == [["RANKED"], ["SPLIT"], ["SPLIT"], []]

    def test_of_several_the_lowest_priority_comes_first_and_one_ends_after_its_last_day(self, platform):
        platform.confirmed(priority=20)
        platform.confirmed(name="Copper", mode=Mode.ALL, priority=5, valid_to=TODAY)

        assert (modes(TODAY), modes(TODAY + timedelta(days=1))) == (["ALL", "RANKED"], ["RANKED"])

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
            ({"valid_to": TODAY - timedelta(days=1)}, "valid_to"),
            ({"deadline_hours": 0}, "deadline_hours"),
            ({"deadline_hours": 24 * 14 + 1}, "deadline_hours"),
            ({"mode": Mode.SPLIT, "seats": []}, "seats"),
            ({"mode": Mode.FIXED}, "seats"),
            ({"seats": []}, "seats"),
        ],
    )
    def test_what_cannot_stand_is_refused(self, platform, changes, field):
        with pytest.raises(programmes.ProgrammeNotSound) as refusal:
            platform.propose(**changes)
        assert refusal.value.detail["field"] == field

    def test_turns_and_lenders_are_each_there_once_and_lenders_lend(self, platform):
        one, two, supplier = platform.one.pk, platform.two.pk, platform.supplier.pk
        wrong = {
            "named twice": [Seat(one, 1), Seat(two, 2), Seat(two, 3)], "same turn": [Seat(one), Seat(two)],
            "only active": [Seat(one), Seat(supplier, 2)], "one part at least": [Seat(one, 1, 0), Seat(two, 2)],
            "too few": [Seat(one)],
        }  # fmt: skip
        for why, seats in wrong.items():
            with translation.override("en"), pytest.raises(programmes.ProgrammeNotSound) as refusal:
                platform.propose(seats=seats)
            assert why in refusal.value.detail["why"]

    def test_what_stops_a_programme_names_whom_it_likes(self, platform):
        platform.confirmed()
        Organisation.objects.filter(pk=platform.two.pk).update(is_active=False)

        form = client_of(platform.reviewer).get(f"{PAGE}new/?from={Programme.objects.get().pk}", headers=ENGLISH)
        assert "lends no more" in form.content.decode()
        entered = client_of(platform.reviewer).post(f"{PAGE}new/", platform.form(is_stopped="on"))
        programmes.confirm(programme_id=int(entered.url.split("/")[-2]), by=platform.admin, at=NOON)

        assert modes(TODAY) == []

    def test_one_at_a_time_waits_a_refusal_gives_its_reason_and_a_late_one_is_entered_anew(self, platform):
        row = platform.propose()
        with pytest.raises(programmes.ProgrammeNotSound):
            platform.propose()
        with pytest.raises(WhyNotMissing):
            programmes.take_off(programme_id=row.pk, note=" ", by=platform.admin, at=NOON)
        with pytest.raises(programmes.ProgrammeNotSound):
            programmes.confirm(programme_id=row.pk, by=platform.admin, at=NOON + timedelta(days=1))

        programmes.take_off(programme_id=row.pk, note="", by=platform.reviewer, at=NOON)

        assert platform.propose().state == "PROPOSED" and Programme.objects.get(pk=row.pk).state == "WITHDRAWN"

    def test_colleagues_are_told_once(self, platform):
        platform.propose()
        outbox.deliver_all(now=NOON)

        assert [row.membership for row in Notification.objects.filter(code="bank.programme")] == [platform.admin]

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE banks_programme SET mode = 'ALL'",
            "DELETE FROM banks_programme",
            "UPDATE banks_seat SET weight = 9",
            "DELETE FROM banks_seat",
            "INSERT INTO banks_seat (programme_id, bank_id, rank, weight)"
            " SELECT programme_id, (SELECT max(id) FROM parties_organisation), 3, 1 FROM banks_seat LIMIT 1",
            "DELETE FROM banks_programme_suppliers",
            "UPDATE banks_programme_buyers SET organisation_id = organisation_id",
            "UPDATE banks_seat SET programme_id = (SELECT max(id) FROM banks_programme)",
        ],
    )
    def test_the_database_keeps_what_was_decided(self, platform, sql):
        platform.confirmed(suppliers=[platform.supplier], buyers=[organisation("BUYER", is_buyer=True)])
        platform.propose()

        with pytest.raises(Error, match="final"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


class TestPages:
    def test_a_reviewer_enters_an_administrator_compares_and_confirms(self, platform):
        before = platform.confirmed(mode=Mode.SPLIT)
        reviewer, admin = client_of(platform.reviewer), client_of(platform.admin)

        form = reviewer.get(f"{PAGE}new/?from={before.pk}", headers=ENGLISH).content.decode()
        assert f'<option value="{platform.one.pk}" selected>' in form
        entered = reviewer.post(f"{PAGE}new/", platform.form())
        page = admin.get(entered.url, headers=ENGLISH).content.decode()
        assert "one after another" in page and "split among lenders" in page and str(platform.supplier) in page
        own = reviewer.post(entered.url, {"action": "confirm"}, headers=ENGLISH)
        assert own.status_code == 422 and "somebody else confirms it" in own.content.decode()
        assert admin.post(entered.url, {"action": "confirm"}).status_code == 302

        listed = admin.get(PAGE, headers=ENGLISH).content.decode()
        assert modes(TODAY) == ["RANKED"] and f"1. {platform.one}" in listed and "over" in listed

    def test_who_is_not_known_is_named_and_what_was_written_stays(self, platform):
        names = f"{platform.supplier.uscc}\nNo Such Company"
        answer = client_of(platform.reviewer).post(f"{PAGE}new/", platform.form(suppliers=names), headers=ENGLISH)

        page = answer.content.decode()
        assert answer.status_code == 422 and "None of these is known: No Such Company." in page
        assert platform.supplier.uscc in page and not Programme.objects.exists()

    def test_an_unsound_version_says_why(self, platform):
        form = platform.form(mode="FIXED")
        answer = client_of(platform.reviewer).post(f"{PAGE}new/", form, headers=ENGLISH)

        assert answer.status_code == 422 and "name exactly one" in answer.content.decode()

    def test_before_the_first_one_the_page_says_how_to_begin(self, platform):
        page = client_of(platform.reviewer).get(PAGE, headers=ENGLISH).content.decode()

        assert "Enter a programme" in page

    def test_who_shares_a_name_is_named_by_credit_code(self, platform):
        twin = organisation(name=platform.supplier.name)
        reviewer = client_of(platform.reviewer)

        answer = reviewer.post(f"{PAGE}new/", platform.form(), headers=ENGLISH)
        assert answer.status_code == 422 and "Several companies are called so" in answer.content.decode()
        reviewer.post(f"{PAGE}new/", platform.form(suppliers=f"{twin.name} · {twin.uscc}"))

        assert Programme.objects.get().suppliers.get() == twin

    def test_a_long_refusal_is_kept(self, platform):
        row = platform.propose()
        note = "line\r\n" * 60

        client_of(platform.admin).post(f"{PAGE}{row.pk}/", {"action": "refuse", "note": note})

        row.refresh_from_db(fields=["answer", "decided_by"])
        assert row.answer.startswith("line line") and row.decided_by == platform.admin.user

    def test_queries_do_not_grow_with_the_programmes(self, platform):
        def fill(name: str) -> None:
            platform.confirmed(name=name, suppliers=[platform.supplier])
            platform.confirmed(name=name, valid_from=TODAY + timedelta(days=9))
            programmes.take_off(programme_id=platform.propose(name=name).pk, note="", by=platform.reviewer, at=NOON)
            platform.propose(name=name)

        reader, counts = client_of(platform.admin), []
        for round_ in range(2):
            for number in range(1 + 3 * round_):
                fill(f"P{round_}{number}")
            with CaptureQueriesContext(connection) as asked:
                assert reader.get(PAGE).status_code == 200
            counts.append(len(asked))

        assert counts[0] == counts[1]
