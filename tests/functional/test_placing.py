"""How cases are placed: reasons for each reader, turns, one lender, and what a licence forbids."""

from datetime import timedelta
from decimal import Decimal

import pytest

from scf.banks.models import Licence, Programme
from scf.banks.services import programmes
from scf.collateral.models import Cap
from scf.domain.routing import Mode, Seat
from scf.financing.models import Application, BankCase
from scf.financing.services import expiring, placing
from scf.kernel import clock
from scf.notifications.models import Notification
from scf.parties.models import Organisation, Role
from tests.factories import NOON, appetite, member, organisation
from tests.trade_world import Person, TradeWorld, where

ENGLISH = {"accept-language": "en"}


def programme(world: TradeWorld, mode: str, *banks, **terms) -> Programme:
    """A programme for everything, with these lenders in this order."""
    seats = [Seat(bank.pk, rank, rank) for rank, bank in enumerate(banks, 1)]
    wanted = programmes.Wanted(name="P", mode=Mode(mode), seats=seats, valid_from=clock.today(), **terms)
    made = programmes.propose(wanted=wanted, why="test", by=world.reviewer, at=clock.now())
    by = member(world.platform, "ADMINISTRATOR")
    return programmes.confirm(programme_id=made.pk, by=by, at=clock.now())


def licence(bank, **terms) -> Licence:
    """A confirmed licence."""
    given = {"kind": "BANK", "number": "B-1", "net_capital_minor": 10_000_000_00, "single_share": Decimal("0.1"),
             "valid_from": clock.today(), **terms}  # fmt: skip
    return Licence.objects.create(
        bank=bank, state="CONFIRMED", proposed_by=member(bank, "ADMINISTRATOR").user, proposed_at=NOON,
        decided_by=member(organisation("PLATFORM"), "ADMINISTRATOR").user, decided_at=NOON, **given,
    )  # fmt: skip


def approved(world: TradeWorld, **terms) -> Application:
    """A case that the reviewer has passed on."""
    application = Person(world, world.applicant).apply("GR-1", **terms)
    Person(world, world.reviewer).take(application, "review", decision="APPROVE")
    return Application.objects.get(pk=application.pk)


def asked(application: Application) -> list[tuple[int, str]]:
    return list(application.bank_cases.order_by("pk").values_list("bank_id", "state"))


def state_of(application: Application) -> str:
    return Application.objects.values_list("state", flat=True).get(pk=application.pk)


def decline(world: TradeWorld, application: Application, maker, checker) -> None:
    case = application.bank_cases.get(bank=maker.organisation)
    Person(world, maker).take(case, "make", action="DECLINE", decline_reason="PRICE")
    Person(world, checker).take(case, "check", action="CONFIRM")


def lender(world: TradeWorld) -> Organisation:
    """One more lender that wants everything, with an officer to tell."""
    found = organisation(Organisation.Kind.BANK)
    world.lenders(found)
    member(found, Role.MAKER)
    return found


def offered(world: TradeWorld, application: Application, maker, checker, **terms) -> None:
    case = application.bank_cases.get(bank=maker.organisation)
    Person(world, maker).offer(case, **terms)
    Person(world, checker).take(case, "check", action="CONFIRM")


class TestReasons:
    def test_the_platform_reads_figures_the_supplier_none_of_the_lenders_own(self, world):
        appetite(world.bank, tenor_days_max=30)
        licence(world.other_bank, net_capital_minor=50_000_00)  # one borrower at most 5,000
        application = approved(world)

        address = f"/financing/cases/{application.number}/"
        page = {
            who: Person(world, who).client.get(address, headers=ENGLISH).content.decode()
            for who in (world.reviewer, world.applicant)
        }

        assert {row["bank"]: row["reasons"] for row in application.routes} == {
            world.bank.pk: ["TENOR_LONG"], world.other_bank.pk: ["LICENCE_ONE_BORROWER"],
        }  # fmt: skip
        assert application.state == "DECLINED"
        assert "lends up to 30 days" in page[world.reviewer] and "licence allows no further" in page[world.reviewer]
        assert "lends for a shorter time only" in page[world.applicant] and "30 days" not in page[world.applicant]
        assert "cannot take this case on at present" in page[world.applicant]
        assert not any("5,000.00" in text for text in page.values())

    def test_limits_in_use_are_reasons(self, world):
        Cap.objects.create(level="SUPPLIER", organisation=world.supplier, lender=world.bank, limit_minor=1,
                           valid_from=clock.today())  # fmt: skip

        application = approved(world)

        assert asked(application) == [(world.other_bank.pk, "OPEN")]
        (row,) = [row for row in application.routes if row["bank"] == world.bank.pk]
        assert row["facts"] == {"LIMIT_OWN": {"level": "SUPPLIER"}}

    def test_the_time_to_answer_is_the_lenders_own(self, world):
        appetite(world.bank, target_hours=4)

        application = approved(world)

        times = {case.bank_id: case.answer_by - NOON for case in application.bank_cases.all()}
        assert times == {world.bank.pk: timedelta(hours=4), world.other_bank.pk: timedelta(hours=24)}


class TestTurns:
    def test_the_next_is_asked_when_the_one_before_declines(self, world):
        programme(world, "RANKED", world.other_bank, world.bank)
        application = approved(world)
        assert asked(application) == [(world.other_bank.pk, "OPEN")]

        decline(world, application, world.other_maker, world.other_checker)

        assert asked(application) == [(world.other_bank.pk, "DECLINED"), (world.bank.pk, "OPEN")]
        assert where(application) == ["await_offer"]
        assert where(application.bank_cases.get(bank=world.bank)) == ["make"]
        assert Notification.objects.filter(code="bank.new", membership=world.maker).count() == 1

    def test_the_next_is_asked_beside_one_whose_time_has_passed(self, world):
        appetite(world.bank, target_hours=2)
        programme(world, "RANKED", world.bank, world.other_bank)
        application = approved(world)

        with clock.pinned(NOON + timedelta(minutes=119)):
            world.pump()
            assert len(asked(application)) == 1
        with clock.pinned(NOON + timedelta(minutes=121)):
            world.pump()

        assert asked(application) == [(world.bank.pk, "OPEN"), (world.other_bank.pk, "OPEN")]

    def test_the_last_one_declining_declines_the_case(self, world):
        programme(world, "RANKED", world.other_bank, world.bank)
        application = approved(world)
        decline(world, application, world.other_maker, world.other_checker)
        decline(world, application, world.maker, world.checker)

        assert Application.objects.get(pk=application.pk).state == "DECLINED"

    def test_an_offer_that_expires_passes_the_turn_on_and_the_next_offer_is_told(self, world):
        programme(world, "RANKED", world.other_bank, world.bank)
        application = approved(world)
        last = clock.today() + timedelta(days=20)
        offered(world, application, world.other_maker, world.other_checker, expires_on=last.isoformat())

        with clock.pinned(NOON + timedelta(days=21)):
            assert expiring.expire(at=clock.now()) == 0
            world.pump()
            assert asked(application) == [(world.other_bank.pk, "LAPSED"), (world.bank.pk, "OPEN")]
            assert state_of(application) == "ROUTED" and expiring.expire(at=clock.now()) == 0
            offered(world, application, world.maker, world.checker)

        assert state_of(application) == "OFFERED" and where(application) == ["choose"]
        told = Notification.objects.filter(membership=world.signatory)
        codes = ["case.offered", "case.passed_on"]
        assert [told.filter(code=code).count() for code in codes] == [2, 1]

    def test_after_an_expired_offer_a_no_of_the_last_one_declines_the_case(self, world):
        programme(world, "RANKED", world.other_bank, world.bank)
        application = approved(world)
        offered(world, application, world.other_maker, world.other_checker, expires_on=clock.today().isoformat())

        with clock.pinned(NOON + timedelta(days=2)):
            expiring.expire(at=clock.now())
            world.pump()
            decline(world, application, world.maker, world.checker)

        assert (state_of(application), where(application)) == ("DECLINED", [])

    @pytest.mark.parametrize("second", ["DECLINED", "LAPSED", "OPEN"])
    def test_an_expired_offer_passes_the_turn_on_whatever_became_of_the_one_asked_beside_it(self, world, second):
        third = lender(world)
        appetite(world.bank, target_hours=2)
        appetite(world.other_bank, target_hours=2)
        programme(world, "RANKED", world.bank, world.other_bank, third)
        application = approved(world)
        today = clock.today().isoformat()
        with clock.pinned(NOON + timedelta(hours=3)):
            world.pump()  # the second is asked beside the first, who offers after all
            offered(world, application, world.maker, world.checker, expires_on=today)
            if second == "DECLINED":
                decline(world, application, world.other_maker, world.other_checker)
            elif second == "LAPSED":
                offered(world, application, world.other_maker, world.other_checker, expires_on=today)
        with clock.pinned(NOON + timedelta(hours=6)):
            world.pump()  # the second's time has passed, too, while there was an offer
        with clock.pinned(NOON + timedelta(days=2)):
            assert expiring.expire(at=clock.now()) == 0
            world.pump()
            world.pump()

        states = [(world.bank.pk, "LAPSED"), (world.other_bank.pk, second), (third.pk, "OPEN")]
        assert asked(application) == states and state_of(application) == "ROUTED"

    def test_asking_the_next_twice_asks_once(self, world):
        programme(world, "RANKED", world.other_bank, world.bank)
        application = approved(world)
        first = application.bank_cases.get()

        answers = [placing.ask_next(bank_case_id=first.pk, at=clock.now()) for _time in range(2)]

        assert answers[0] is not None and answers[1] is None and len(asked(application)) == 2


class TestFixed:
    def test_only_the_programmes_lender_is_asked(self, world):
        programme(world, "FIXED", world.other_bank)

        application = approved(world)

        assert asked(application) == [(world.other_bank.pk, "OPEN")] and application.mode == "FIXED"

    def test_a_programme_of_other_products_places_nothing(self, world):
        programme(world, "FIXED", world.other_bank, products=["ORDER"])

        assert len(asked(approved(world))) == 2


class TestLicences:
    def test_an_offer_beyond_the_licence_is_refused_with_its_figures(self, world):
        application = approved(world)
        licence(world.bank, kind="SMALL_LOAN", regions=["91"], burden_max=Decimal("0.06"), net_capital_minor=90_000_00)
        case = application.bank_cases.get(bank=world.bank)

        answer = Person(world, world.maker).offer(case, amount="9000.01", rate="6.01")

        (error,) = answer.context["form"].non_field_errors()
        assert "CNY 9,000.00" in error and "6.00 %" in error and "6.01 %" in error
        assert BankCase.objects.get(pk=case.pk).state == "MAKER"

    @pytest.mark.parametrize(("rate", "is_refused"), [("5.99", False), ("6.01", True)])
    def test_the_cap_on_rates_is_exact(self, world, rate, is_refused):
        application = approved(world)
        licence(world.bank, burden_max=Decimal("0.06"))

        def ask():
            placing.require_licensed(
                application, world.bank, amount=application.amount, burden=Decimal(rate) / 100, on=clock.today()
            )

        if is_refused:
            with pytest.raises(placing.LicenceForbids):
                ask()
        else:
            ask()
