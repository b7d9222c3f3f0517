"""Nothing stops in silence: what waits for somebody is told to somebody, and what waits for a register asks it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from scf.collateral.gateways.base import RegisterRefused, RegisterSilent
from scf.collateral.gateways.lines import LocalRegister
from scf.collateral.models import Cap, RegisterRequest
from scf.collateral.services import register_lines, registers
from scf.financing.models import Application
from scf.financing.services import securing
from scf.kernel import clock
from scf.kernel.models import AuditEntry
from scf.notifications.models import Notification
from scf.parties.models import Role
from tests.factories import member
from tests.functional.test_security_pages import signed
from tests.trade_world import TradeWorld


class Faulty(LocalRegister):
    """Refuses the operations named in `refused`, and says nothing to those in `silent`."""

    refused: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    def _perform(self, operation, key, content):
        if operation in self.refused:
            raise RegisterRefused("not a member")
        if operation in self.silent:
            raise RegisterSilent("no answer")
        return super()._perform(operation, key, content)


@pytest.fixture
def register(world: TradeWorld) -> Iterator[Faulty]:
    made = Faulty(world.register.books)
    with register_lines.replaced(made):
        yield made


def holds(case: Application) -> list[str]:
    rows = AuditEntry.objects.filter(thread=case.thread, action="application.hold").order_by("id")
    return list(rows.values_list("note", flat=True))


def told(code: str) -> set[int]:
    return set(Notification.objects.filter(code=code).values_list("membership", flat=True))


class TestRegisters:
    def test_a_refused_search_holds_and_again_after_somebody_looked(self, world, register):
        register.refused = ("movables/search",)
        case = signed(world)
        assert case.state == "ACCEPTED" and len(holds(case)) == 1

        securing.go_on(application_id=case.pk, by=world.reviewer, at=clock.now())
        world.pump()
        assert len(holds(case)) == 2  # the same words, told again

        register.refused = ()
        securing.go_on(application_id=case.pk, by=world.reviewer, at=clock.now())
        world.pump()
        case.refresh_from_db()
        assert case.state in ("PLEDGED", "DISBURSING", "DISBURSED")

    def test_a_refused_filing_holds_and_is_filed_when_looked_at_again(self, world, register):
        world.lenders_waive = False
        register.refused = ("movables/file",)
        case = signed(world)
        assert case.state == "PLEDGED" and len(holds(case)) == 1
        assert world.reviewer.pk in told("case.held")

        register.refused = ()
        securing.go_on(application_id=case.pk, by=world.reviewer, at=clock.now())
        world.pump()
        assert registers.filing_of(case.number).is_in_force

    def test_answers_that_are_old_by_now_are_asked_for_anew(self, world, register):
        register.silent = ("papers/register",)
        case = signed(world)
        assert case.state == "ACCEPTED" and not holds(case)

        register.silent = ()
        with clock.pinned(clock.now() + timedelta(days=registers.ANSWER_GOOD_DAYS + 1)):
            world.pump()

        case.refresh_from_db()
        assert RegisterRequest.objects.filter(register="MOVABLES", kind="SEARCH").count() == 2
        assert case.state not in ("ACCEPTED", "EXPIRED") and not holds(case)


class TestWhoBrings:
    def test_a_receipt_waits_for_the_buyers_word(self, world):
        world.lenders_waive = False
        signer = member(world.buyer, Role.SIGNER)
        signed(world)

        assert told("bring.word") == {signer.pk} and world.checker.pk in told("bring.missing")
        assert not told("bring.lock") and not told("bring.endorsement")

    def test_stored_goods_wait_for_supplier_and_keeper(self, world):
        world.lenders_waive = False
        world.stored()
        signer = member(world.keeper, Role.SIGNER)
        case = signed(world, "WR-1", product="WAREHOUSE", amount="50000")

        assert told("bring.endorsement") == {world.signatory.pk} and told("bring.lock") == {signer.pk}
        securing.free(case, by=None, at=clock.now())
        world.pump()
        assert told("goods.let_go") == {signer.pk}


class TestLimits:
    def limit(self, world, lender) -> None:
        Cap.objects.create(
            level="BUYER", organisation=world.buyer, lender=lender, limit_minor=1_00, currency="CNY",
            valid_from=clock.today(),
        )  # fmt: skip

    def test_what_others_lent_is_not_said_and_a_lenders_own_limit_not_on_the_timeline(self, world):
        case = signed(world)
        self.limit(world, None)
        with pytest.raises(securing.LimitUsedUp) as refusal:
            securing.require_room(case.number, world.bank, at=clock.now())
        assert refusal.value.detail["figures"] == "" and "used" not in refusal.value.detail

        Cap.objects.all().delete()
        self.limit(world, world.bank)
        with pytest.raises(securing.LimitUsedUp) as refusal:
            securing.require_room(case.number, world.bank, at=clock.now())
        assert "CNY 1.00" in securing.refusals.explain(refusal.value)

        securing.hold(application_id=case.pk, why=refusal.value, at=clock.now())
        assert "1.00" not in holds(case)[-1]
