"""What lenders lend on: versions by days, two people, pages, licences, and the database's own guard."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction

from scf.banks.models import Appetite, Licence
from scf.banks.selectors import appetites as selectors
from scf.banks.selectors import licences as licence_selectors
from scf.banks.services import appetites, licences
from scf.domain.money import Money
from scf.domain.pricing import Cell, Grade
from scf.domain.rates import Index
from scf.kernel import clock, lifecycle, outbox
from scf.kernel.models import AuditEntry
from scf.kernel.proposals import TakesTwo, WhyNotMissing
from scf.notifications.models import Notification
from scf.parties.models import Organisation, Role
from tests.factories import NOON, member, organisation
from tests.trade_world import client_of

TODAY = date(2031, 3, 3)
ENGLISH = {"accept-language": "en"}
WANTED = appetites.Wanted(
    name="Main", amount_min=Money(1_00, "CNY"), amount_max=Money(900_00, "CNY"), tenor_days_min=7, tenor_days_max=90,
    valid_from=TODAY, prices=[Cell(Grade.A, 90, Index.LPR1Y, 60, 10)],
)  # fmt: skip


class Lender:
    """A lender with two administrators, a checker and a maker; a buyer; the platform's administrator."""

    def __init__(self) -> None:
        self.bank, self.buyer = organisation(Organisation.Kind.BANK), organisation("BUYER", is_buyer=True)
        self.admin, self.second = (member(self.bank, Role.ADMINISTRATOR) for _ in range(2))
        self.checker, self.maker = member(self.bank, Role.CHECKER), member(self.bank, Role.MAKER)
        self.platform = member(organisation(Organisation.Kind.PLATFORM), Role.ADMINISTRATOR)

    def propose(self, **changes) -> Appetite:
        return appetites.propose(wanted=replace(WANTED, **changes), why="so", by=self.admin, at=NOON)

    def confirmed(self, **changes) -> Appetite:
        return appetites.confirm(appetite_id=self.propose(**changes).pk, by=self.checker, at=NOON)


@pytest.fixture
def lender(db) -> Lender:
    with clock.pinned(NOON):
        yield Lender()


def maxima(on: date) -> list[int]:
    """The largest amounts in force on a day."""
    return [row.amount_max.minor for row in selectors.appetites(on)]


class TestVersions:
    def test_a_version_counts_when_a_colleague_has_confirmed_it(self, lender):
        row = lender.propose(buyers=[lender.buyer])
        assert maxima(TODAY) == []

        with pytest.raises(TakesTwo):
            appetites.confirm(appetite_id=row.pk, by=lender.admin, at=NOON)
        appetites.confirm(appetite_id=row.pk, by=lender.second, at=NOON)

        (found,) = selectors.appetites(TODAY)
        assert (found.buyers, found.prices) == (frozenset({lender.buyer.pk}), tuple(WANTED.prices))
        assert {entry.private_to for entry in AuditEntry.objects.filter(action="appetite.propose")} == {lender.bank}

    def test_a_later_version_of_the_line_takes_its_place_on_its_day(self, lender):
        lender.confirmed()
        lender.confirmed(valid_from=TODAY + timedelta(days=7), amount_max=Money(500_00, "CNY"))
        lender.confirmed(name="Other", amount_max=Money(1_00, "CNY"))

        assert sorted(maxima(TODAY + timedelta(days=6))) == [1_00, 900_00]
        assert sorted(maxima(TODAY + timedelta(days=7))) == [1_00, 500_00]

    def test_after_its_last_day_and_once_stopped_the_line_lends_nothing(self, lender):
        lender.confirmed(valid_to=TODAY + timedelta(days=1))
        lender.confirmed(name="Other")
        lender.confirmed(name="Other", valid_from=TODAY + timedelta(days=1), is_stopped=True)

        assert [len(maxima(TODAY + timedelta(days=day))) for day in (0, 1, 2)] == [2, 1, 0]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"amount_max": Money(99, "CNY")}, "amount_max"),
            ({"tenor_days_min": 91}, "tenor_days_max"),
            ({"valid_from": TODAY - timedelta(days=1)}, "valid_from"),
            ({"valid_to": TODAY - timedelta(days=1)}, "valid_to"),
            ({"prices": [Cell(None, 90, Index.LPR1Y, 1), Cell(None, 90, Index.LPR1Y, 2)]}, "prices"),
            ({"prices": [Cell(None, 90, Index.LPR1Y, 9999)]}, "prices"),
        ],
    )
    def test_what_cannot_stand_is_refused(self, lender, changes, field):
        with pytest.raises(appetites.AppetiteNotSound) as refusal:
            lender.propose(**changes)

        assert refusal.value.detail["field"] == field

    def test_one_at_a_time_waits_and_a_late_one_is_entered_anew(self, lender):
        row = lender.propose()

        with pytest.raises(appetites.AppetiteNotSound):
            lender.propose()
        with pytest.raises(appetites.AppetiteNotSound):
            appetites.confirm(appetite_id=row.pk, by=lender.checker, at=NOON + timedelta(days=1))

    def test_a_refusal_says_why_and_who_entered_it_takes_it_back(self, lender):
        first = lender.propose()
        with pytest.raises(WhyNotMissing):
            appetites.take_off(appetite_id=first.pk, note=" ", by=lender.checker, at=NOON)
        appetites.take_off(appetite_id=first.pk, note="too wide", by=lender.checker, at=NOON)
        second = lender.propose()
        appetites.take_off(appetite_id=second.pk, note="", by=lender.admin, at=NOON)

        assert list(Appetite.objects.order_by("pk").values_list("state", flat=True)) == ["REFUSED", "WITHDRAWN"]
        with pytest.raises(lifecycle.NotAllowedNow):
            appetites.take_off(appetite_id=second.pk, note="", by=lender.admin, at=NOON)

    def test_nobody_decides_for_another_lender(self, lender):
        row, other = lender.propose(), member(organisation(Organisation.Kind.BANK), Role.CHECKER)

        with pytest.raises(Appetite.DoesNotExist):
            appetites.confirm(appetite_id=row.pk, by=other, at=NOON)
        assert not selectors.visible_to(other).exists() and not selectors.visible_to(lender.platform).exists()

    def test_colleagues_are_told_once(self, lender):
        lender.propose()
        outbox.deliver_all(now=NOON)
        outbox.deliver_all(now=NOON)

        told = Notification.objects.filter(code="bank.appetite").values_list("membership", flat=True)
        assert set(told) == {lender.second.pk, lender.checker.pk}

    @pytest.mark.parametrize(
        "attack",
        [
            "UPDATE banks_appetite SET amount_max_minor = 1",
            "UPDATE banks_appetite SET is_stopped = true",
            "DELETE FROM banks_appetite",
            "DELETE FROM banks_appetite_buyers",
            "UPDATE banks_appetite_buyers SET organisation_id = appetite_id",
            "INSERT INTO banks_appetite_warehouses (appetite_id, organisation_id) "
            "SELECT appetite_id, organisation_id FROM banks_appetite_buyers",
        ],
    )
    def test_the_database_keeps_what_was_confirmed(self, lender, attack):
        lender.confirmed(buyers=[lender.buyer])

        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)


class TestPages:
    def given(self, **changes) -> dict[str, object]:
        return {
            "name": "Main", "products": ["RECEIPT"], "currency": "CNY", "amount_min": "1000", "amount_max": "500000",
            "tenor_days_min": 7, "tenor_days_max": 120, "grade_min": "", "target_hours": 8, "quiet_from": "22:00",
            "quiet_to": "08:00", "valid_from": TODAY.isoformat(), "why": "cheaper funds", "industries": ["C"],
            "price-TOTAL_FORMS": 2, "price-INITIAL_FORMS": 0, "price-0-grade": "B", "price-0-tenor_days": 90,
            "price-0-index": "LPR1Y", "price-0-spread_bp": 120, "price-0-fee_bp": 5, "price-1-index": "LPR1Y",
            "price-1-fee_bp": 0, **changes,
        }  # fmt: skip

    def test_from_the_form_to_the_list_by_two_people(self, lender):
        lender.confirmed()
        entered = client_of(lender.admin).post("/banks/appetites/new/", self.given())
        row = Appetite.objects.get(state="PROPOSED")
        checker = client_of(lender.checker)

        page = checker.get(entered.url, headers=ENGLISH).content.decode()
        home = checker.get("/", headers=ENGLISH).content.decode()
        answer = checker.post(entered.url, {"action": "confirm"})
        listed = client_of(lender.maker).get(answer.url, headers=ENGLISH).content.decode()

        assert "B, up to 90 days: LPR1Y + 1.20 %, fee 0.05 %" in page and "7 to 90 days" in page and "changed" in page
        assert f"/banks/appetites/{row.pk}/" in home
        assert "8 hours, not counting 22:00 to 08:00" in listed and "Manufacturing" in listed
        assert maxima(TODAY) == [500_000_00]

    def test_the_form_says_what_is_wrong(self, lender):
        client = client_of(lender.admin)

        for changes, field in (
            ({"amount_max": "1"}, "amount_max"), ({"amount_max": "1.001"}, "amount_max"), ({"why": ""}, "why"),
            ({"quiet_to": ""}, "quiet_to"),
        ):  # fmt: skip
            answer = client.post("/banks/appetites/new/", self.given(**changes))
            assert answer.status_code == 422 and field in answer.context["form"].errors
        answer = client.post("/banks/appetites/new/", self.given(**{"price-1-tenor_days": "30"}))
        assert answer.status_code == 422 and answer.context["prices"].total_error_count() == 1
        assert not Appetite.objects.exists()

    def test_makers_enter_nothing_and_administrators_confirm_nothing_of_their_own(self, lender):
        row = lender.propose()

        assert client_of(lender.maker).post("/banks/appetites/new/", self.given()).status_code == 403
        assert client_of(lender.maker).post(f"/banks/appetites/{row.pk}/", {"action": "confirm"}).status_code == 403
        own = client_of(lender.admin).post(f"/banks/appetites/{row.pk}/", {"action": "confirm"})
        assert own.status_code == 422 and Appetite.objects.get().state == "PROPOSED"

    def test_the_list_asks_as_often_for_many_versions(self, lender, django_assert_max_num_queries):
        for number in range(12):
            lender.confirmed(name=f"Line {number}", buyers=[lender.buyer])
        client = client_of(lender.admin)

        with django_assert_max_num_queries(24):
            client.get("/banks/appetites/")


class TestLicences:
    WANTED = licences.Wanted("SMALL_LOAN", "X-1", Money(1_000_00, "CNY"), TODAY, regions=["3501"],
                             burden_max=Decimal("0.24"))  # fmt: skip

    def test_the_platform_confirms_what_the_lender_enters(self, lender):
        row = licences.propose(wanted=self.WANTED, by=lender.admin, at=NOON)
        assert licence_selectors.licence_of(lender.bank, TODAY) is None

        licences.confirm(licence_id=row.pk, by=lender.platform, at=NOON)

        found = licence_selectors.licence_of(lender.bank, TODAY)
        assert found is not None and found.single_max == Money(100_00, "CNY")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"single_share": Decimal("0.11")}, "single_share"), ({"burden_max": None}, "burden_max"),
            ({"burden_max": Decimal("0.25")}, "burden_max"), ({"regions": []}, "regions"),
            ({"net_capital": Money(0, "CNY")}, "net_capital"), ({"valid_to": date(2031, 1, 1)}, "valid_to"),
        ],
    )  # fmt: skip
    def test_what_no_licence_allows_is_refused(self, lender, changes, field):
        with pytest.raises(licences.LicenceNotSound) as refusal:
            licences.propose(wanted=replace(self.WANTED, **changes), by=lender.admin, at=NOON)

        assert refusal.value.detail["field"] == field

    def test_by_pages(self, lender):
        given = {"kind": "SMALL_LOAN", "number": "X-1", "currency": "CNY", "net_capital": "1000", "single_share": "10",
                 "burden_max": "24", "regions": "3501， 11", "valid_from": TODAY.isoformat()}  # fmt: skip
        assert client_of(lender.admin).post("/banks/licences/enter/", given).status_code == 302
        row = Licence.objects.get()
        platform = client_of(lender.platform)

        assert "Fujian 3501, Beijing" in platform.get("/banks/licences/", headers=ENGLISH).content.decode()
        own = client_of(lender.admin).post(f"/banks/licences/{row.pk}/decide/", {"action": "confirm"})
        assert own.status_code == 403 and Licence.objects.get().state == "PROPOSED"
        assert platform.post(f"/banks/licences/{row.pk}/decide/", {"action": "confirm"}).status_code == 302
        assert Licence.objects.get().state == "CONFIRMED"
        with pytest.raises(Error), transaction.atomic():
            Licence.objects.update(net_capital_minor=9_000_000_00)
