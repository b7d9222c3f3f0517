"""Market prices: files, feeds and two people; what they do to what goods carry; limits and their use."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from scf.collateral.gateways.price_files import Row
from scf.collateral.models import Cap, CapChange, Commodity, LineCommodity, MarketPrice, PriceProposal
from scf.collateral.selectors import caps as cap_selectors
from scf.collateral.selectors import prices as selectors
from scf.collateral.services import caps, naming, prices
from scf.domain.caps import Level
from scf.domain.money import Money
from scf.financing.services import applying, checks
from scf.kernel import clock
from scf.kernel.models import OutboxMessage
from scf.kernel.proposals import TakesTwo, WhyNotMissing
from scf.orders.models import DocumentLine
from scf.parties.models import Role
from tests.factories import NOON, member, organisation
from tests.trade_world import STORED_HEADER, TradeWorld

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parents[1] / "data" / "prices"
TODAY = date(2031, 3, 3)


def commodity(code: str = "copper", **given) -> Commodity:
    terms = {
        "name": "铜", "name_en": "Copper", "unit": "TNE", "currency": "CNY", "haircut": Decimal("0.10"),
        "stale_after_days": 3, "stale_haircut": Decimal("0.10"), "stop_after_days": 10,
    }  # fmt: skip
    return Commodity.objects.create(code=code, **(terms | given))


def price(of: Commodity, amount: str, *, as_of: date = TODAY, at=NOON) -> prices.Brought:
    return prices.receive_prices(rows=[Row(1, of.code, "", as_of, Decimal(amount))], feed="test", at=at)


def copper(**given) -> Commodity:
    """Copper, known by the words on the world's warehouse receipts."""
    found = commodity(**given)
    naming.add_name(commodity=found, grade="", kind="WORDS", value="虚构铜", by=None, at=NOON)
    return found


def told() -> list[dict]:
    return [row.payload for row in OutboxMessage.objects.filter(topic=prices.TOPIC).order_by("pk")]


class TestFilesAndFeeds:
    def test_a_published_series_is_taken_once_and_a_change_is_a_correction(self, capsys):
        brent = commodity("crude-brent", currency="USD", unit="BLL")
        call_command("import_prices", str(DATA / "brent-2020.csv"))
        content = (DATA / "brent-2020.csv").read_bytes()

        again = prices.import_prices(content=content, name="again.csv", at=NOON)
        corrected = prices.import_prices(
            content=content.replace(b"2020-04-21,9.12", b"2020-04-21,9.21"), name="new.csv", at=NOON
        )

        assert "prices taken, 0 of them corrections" in capsys.readouterr().out
        assert (again.taken, again.known > 30, again.bad) == (0, True, [])
        assert (corrected.taken, corrected.corrected) == (1, 1)
        row = selectors.history(brent.pk, "").filter(as_of=date(2020, 4, 21)).first()
        assert (row.version, row.price, row.source) == (2, Decimal("9.21"), "FILE")
        assert selectors.quotes([(brent.pk, "")], date(2020, 4, 22))[brent.pk, ""].price == Decimal("13.77")
        assert told() == [{"commodity_id": brent.pk, "grade": ""}] * 2  # once a delivery, not once a row

    def test_bad_rows_are_named_and_the_good_ones_kept(self, capsys, tmp_path):
        commodity("crude-wti", currency="USD", unit="BLL")
        file = tmp_path / "wti.csv"
        file.write_text(
            "commodity,as_of,price,currency,unit\n"
            "crude-wti,2020-04-20,-36.98,USD,bbl\n"
            "crude-wti,2020-04-20,10,USD,bbl\n"
            "moon-dust,2020-04-20,1,USD,\n"
            "crude-wti,2999-01-01,1,USD,\n"
            "crude-wti,21.4.2020,9,USD,\n"
            "crude-wti,2020-04-21,much,USD,\n"
            "crude-wti,2020-04-22,13,CNY,\n"
            "crude-wti,2020-04-23,13,USD,t\n"
        )

        with pytest.raises(SystemExit) as end:
            call_command("import_prices", str(file), str(tmp_path / "none.csv"))

        said = capsys.readouterr()
        assert end.value.code == 1 and "1 prices taken" in said.out
        places = [line.removeprefix(f"{file}:").split(": ")[:2] for line in said.err.splitlines() if str(file) in line]
        assert places == [["3", "as_of"], ["4", "commodity"], ["5", "as_of"], ["6", "as_of"], ["7", "price"],
                          ["8", "currency"], ["9", "unit"]]  # fmt: skip
        assert "none.csv" in said.err
        assert MarketPrice.objects.get().price == Decimal("-36.98")

    def test_a_price_is_never_changed_and_one_by_hand_needs_two_people(self):
        found = commodity()
        price(found, "100")
        clerk = member(organisation("PLATFORM"), Role.CLERK)

        for statement in ("UPDATE collateral_marketprice SET price = 1", "DELETE FROM collateral_marketprice"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        for people in ({}, {"entered_by": clerk.user}, {"entered_by": clerk.user, "confirmed_by": clerk.user}):
            with pytest.raises(IntegrityError), transaction.atomic():
                MarketPrice.objects.create(
                    commodity=found, as_of=TODAY, version=2, price=1, source="HAND", origin="x", known_at=NOON, **people
                )


class TestTwoPeople:
    @pytest.fixture
    def people(self):
        platform = organisation("PLATFORM")
        return member(platform, Role.CLERK), member(platform, Role.ADMINISTRATOR)

    def test_one_enters_and_another_confirms_then_the_news_goes_out(self, people):
        clerk, admin = people
        terms = {"commodity": commodity(), "grade": "", "as_of": TODAY, "price": Decimal(68000), "origin": "exchange"}
        proposal = prices.propose(**terms, by=clerk, at=NOON)
        with pytest.raises(prices.PriceNotSound):
            prices.propose(**terms, by=admin, at=NOON)
        with pytest.raises(TakesTwo):
            prices.confirm(proposal_ids=[proposal.pk], by=clerk, at=NOON)
        assert not MarketPrice.objects.exists() and not told()

        prices.confirm(proposal_ids=[proposal.pk], by=admin, at=NOON)

        row = MarketPrice.objects.get()
        assert (row.entered_by, row.confirmed_by, row.source) == (clerk.user, admin.user, "HAND")
        assert len(told()) == 1
        with pytest.raises(prices.PriceNotSound):
            prices.propose(**terms, by=clerk, at=NOON)

    def test_a_refusal_needs_a_word_and_the_database_wants_two_people(self, people):
        clerk, admin = people
        terms = {"commodity": commodity(), "grade": "", "as_of": TODAY, "price": Decimal(68000), "origin": "exchange"}
        proposal = prices.propose(**terms, by=clerk, at=NOON)

        with pytest.raises(WhyNotMissing):
            prices.refuse(proposal_ids=[proposal.pk], note=" ", by=admin, at=NOON)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE collateral_priceproposal SET state = 'CONFIRMED', decided_by_id = proposed_by_id, "
                "decided_at = now()"
            )
        prices.refuse(proposal_ids=[proposal.pk], note="", by=clerk, at=NOON)

        assert PriceProposal.objects.get().state == "WITHDRAWN"


class TestGoods:
    """25 t of copper at a book price of 60,000: 65 % advance, 90 % for papers that are uploaded only."""

    FULL = 25 * 60000_00 * 90 // 100 * 65 // 100 * 90 // 100

    @pytest.fixture
    def world(self, tmp_path):
        with TradeWorld(tmp_path).running() as world:
            world.stored()
            yield world

    def steps(self, world) -> dict[str, int]:
        (found,) = [o for o in world.offerables() if o.line.product == "WAREHOUSE"]
        return {step.code: step.left.minor for step in found.value.steps}

    def test_are_lent_on_at_the_lower_of_book_and_market_while_the_price_is_fresh(self, world):
        assert world.lendable("WR-1").minor == self.FULL  # nothing known of copper: book value
        found = copper()
        assert self.steps(world)["PRICE_MISSING"] == 0
        price(found, "70000")
        assert world.lendable("WR-1").minor == self.FULL
        price(found, "48000", as_of=TODAY - timedelta(days=1))
        assert world.lendable("WR-1").minor == self.FULL  # today's price is the newer one
        price(found, "48000")
        assert world.lendable("WR-1").minor == self.FULL * 48 // 60
        assert "MARKET" in self.steps(world)
        with clock.pinned(NOON + timedelta(days=5)):
            assert world.lendable("WR-1").minor == self.FULL * 48 // 60 * 80 // 90
        with clock.pinned(NOON + timedelta(days=11)):
            assert self.steps(world)["PRICE_STOPPED"] == 0
        price(found, "-36.98")
        assert self.steps(world)["PRICE_WORTHLESS"] == 0

    def test_in_another_measure_or_currency_are_not_compared_blindly(self, world):
        price(copper(unit="BLL"), "70000")
        assert self.steps(world)["PRICE_NOT_COMPARABLE"] == 0
        Commodity.objects.update(unit="KGM")
        price(Commodity.objects.get(), "48")
        assert world.lendable("WR-1").minor == self.FULL * 48 // 60

    def test_are_recognised_by_their_names_unless_a_person_says_otherwise(self, world):
        found, other = copper(), commodity("brass", name_en="Brass")
        world.pump()
        row = LineCommodity.objects.get()
        assert (row.commodity, row.set_by) == (found, None)

        naming.say(line=row.line, commodity=other, grade="H62", by=world.reviewer, at=NOON)
        assert naming.recognise(document_id=row.line.document_id, at=NOON) == 0
        (kind,) = {o.kind.commodity.code for o in world.offerables() if o.kind}
        assert kind == "brass"

    def test_whose_storage_or_insurance_has_ended_carry_nothing_from_that_day(self, world):
        header = STORED_HEADER.strip() + ",保险期间\n"
        row = f"WR-2,2031-02-20,{world.supplier.name},{world.keeper.name},货物,吨,1,60000,CNY,2031-12-31,"
        world.bring(header + row + "2031年1月1日至2031年3月31日\n", name="insured.csv")
        problems = lambda: {o.line.document_number: o.line.problems for o in world.offerables()}  # noqa: E731

        with clock.pinned(NOON + timedelta(days=28)):
            assert problems() == {"WR-1": [], "WR-2": []}
        with clock.pinned(NOON + timedelta(days=29)):
            assert problems() == {"WR-1": [], "WR-2": ["INSURANCE_ENDED"]}
        with clock.pinned(NOON + timedelta(days=304)):
            assert "STORAGE_ENDED" in problems()["WR-1"]


class TestLimits:
    @pytest.fixture
    def world(self, tmp_path):
        with TradeWorld(tmp_path).running() as world:
            world.administrator = member(world.platform, Role.ADMINISTRATOR)
            yield world

    def limit(self, world, level: Level, whom, amount: str, **more) -> Cap:
        wanted = caps.Wanted(level, whom, Money.of(amount, "CNY"), TODAY, **more)
        change = caps.propose(wanted=wanted, why="test", by=world.clerk, at=NOON)
        caps.confirm(change_ids=[change.pk], by=world.administrator, at=NOON)
        return Cap.objects.get(level=level, lender=more.get("lender"))

    def test_stand_when_a_second_person_has_agreed_and_are_used_up_by_cases(self, world):
        world.order(quantity=80)
        world.receipt("GR-1", quantity=40)
        world.receipt("GR-2", quantity=40)
        cap = self.limit(world, Level.BUYER, world.buyer, "50000.00")
        found = [o for o in world.offerables() if o.line.product == "RECEIPT"]

        assert [o.lendable.minor for o in found] == [30_600_00, 19_400_00]
        assert found[1].binding.source == cap.pk and found[1].value.steps[-1].code == "CAP_BUYER"
        world.submitted("GR-1")
        assert world.lendable("GR-2").minor == 19_400_00
        (used,) = cap_selectors.with_use([cap])
        assert used.used.minor == 30_600_00
        with pytest.raises(checks.ChecksFailed):
            draft = world.draft("GR-2", amount="20000.00")
            applying.submit(application_id=draft.pk, by=world.applicant, at=NOON)

    def test_of_a_lender_bind_only_there_and_cost_a_fixed_number_of_queries(self, world, django_assert_max_num_queries):
        world.order()
        world.receipt()
        self.limit(world, Level.SUPPLIER, world.supplier, "30000.00")
        self.limit(world, Level.SUPPLIER, world.supplier, "10000.00", lender=world.bank)
        keys = [(Level.SUPPLIER, world.supplier.pk)]

        assert [c.limit.minor for c in cap_selectors.caps_on(keys, on=TODAY)] == [30_000_00]
        theirs = cap_selectors.caps_on(keys, on=TODAY, lender_id=world.bank.pk)
        assert [c.limit.minor for c in theirs] == [30_000_00, 10_000_00]
        assert cap_selectors.caps_on(keys, on=TODAY - timedelta(days=1)) == []
        with django_assert_max_num_queries(11):
            assert sum(o.lendable.minor for o in world.offerables()) == 30_000_00

    def test_need_two_people_and_one_row_each_and_sound_words(self, world):
        wanted = caps.Wanted(Level.BUYER, world.supplier, Money.of("1.00", "CNY"), TODAY)
        with pytest.raises(caps.CapNotSound):
            caps.propose(wanted=wanted, why="x", by=world.clerk, at=NOON)
        cap = self.limit(world, Level.BUYER, world.buyer, "100.00")
        again = caps.Wanted(Level.BUYER, world.buyer, Money.of("200.00", "CNY"), TODAY)
        change = caps.propose(wanted=again, why="x", by=world.clerk, at=NOON)
        with pytest.raises(TakesTwo):
            caps.confirm(change_ids=[change.pk], by=world.clerk, at=NOON)
        with pytest.raises(caps.CapNotSound):
            caps.propose(wanted=again, why="x", by=world.administrator, at=NOON)
        caps.confirm(change_ids=[change.pk], by=world.administrator, at=NOON)

        cap.refresh_from_db()
        assert cap.limit_minor == 200_00
        with pytest.raises(IntegrityError), transaction.atomic():
            Cap.objects.create(level="BUYER", organisation=world.buyer, limit_minor=1, valid_from=TODAY)
        with pytest.raises(IntegrityError), transaction.atomic():
            CapChange.objects.filter(pk=change.pk).update(decided_by=world.clerk.user)


def test_names_agree_or_say_nothing():
    first, second = commodity("a"), commodity("b")
    for found, kind, value in (
        (first, "WORDS", "电解铜"), (second, "WORDS", "铜"), (second, "CODE", "CU-1"), (first, "WORDS", "阴极"),
        (second, "WORDS", "电解"),
    ):  # fmt: skip
        naming.add_name(commodity=found, grade="", kind=kind, value=value, by=None, at=NOON)
    names = selectors.names()

    assert names.kind_of("", "1# 电解铜 国产").commodity == first  # the longest words
    assert names.kind_of("cu-1", "电解铜").commodity == second  # a code wins
    assert names.kind_of("", "阴极 电解 板") is None  # two things at once
    assert names.kind_of("x", "螺纹钢") is None
    assert not DocumentLine.objects.exists()
