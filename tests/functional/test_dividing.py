"""A request split among lenders: each part its own offer, pledge and loan, and no goods counted twice."""

import pytest
from django.db.models import Sum

from scf.collateral.models import Holding, PledgeLine
from scf.domain.money import Money
from scf.financing.models import Application, FinancingProcess
from scf.servicing.models import Loan
from tests.factories import appetite
from tests.functional.test_placing import ENGLISH, approved, programme
from tests.trade_world import CNY, Person, TradeWorld, client_of, where


@pytest.fixture
def parts(world) -> list[Application]:
    """30,000 on 90 pieces, a third from one lender and two from the other."""
    programme(world, "SPLIT", world.bank, world.other_bank)
    whole = approved(world, amount="30000")
    assert whole.state == "DIVIDED" and FinancingProcess.objects.get(application=whole).status == "DONE"
    return list(whole.parts.order_by("pk"))


def counting() -> dict[str, tuple[int, int]]:
    """By case: quantity and what it carries, of the lines that count."""
    lines = PledgeLine.objects.filter(counts=True).values_list("pledge__reference")
    return {number: (int(q), minor) for number, q, minor in lines.annotate(Sum("quantity"), Sum("lendable_minor"))}


def lend(world: TradeWorld, part: Application, *, by: str = "") -> None:
    """The part's lender offers all that is asked for, and the supplier signs."""
    case = part.bank_cases.get()
    Person(world, getattr(world, f"{by}maker")).offer(case, amount=str(part.amount.amount))
    Person(world, getattr(world, f"{by}checker")).take(case, "check", action="CONFIRM")
    Person(world, world.signatory).sign(part, case)


def test_each_lender_gets_a_case_with_its_share_of_amount_and_goods(world, parts):
    first, second = parts
    whole = first.parent

    assert [part.number for part in parts] == [f"{whole.number}-1", f"{whole.number}-2"]
    assert [(part.amount_minor, part.state, part.bank_cases.get().bank) for part in parts] == [
        (10_000_00, "ROUTED", world.bank), (20_000_00, "ROUTED", world.other_bank),
    ]  # fmt: skip
    assert counting() == {first.number: (30, 22_950_00), second.number: (60, 45_900_00)}
    assert {int(held.committed) for held in Holding.objects.filter(committed__gt=0)} == {90}
    assert first.checks.count() == whole.checks.count() > 0 and where(first) == ["await_offer"]


def test_both_are_signed_pledged_and_paid_by_themselves(world, parts):
    lend(world, parts[0])
    lend(world, parts[1], by="other_")

    loans = {loan.reference: (loan.bank, loan.principal_minor) for loan in Loan.objects.all()}
    assert loans == {
        parts[0].number: (world.bank, 10_000_00), parts[1].number: (world.other_bank, 20_000_00),
    }  # fmt: skip
    assert {int(held.committed) for held in Holding.objects.filter(committed__gt=0)} == {90}


def test_a_part_that_is_declined_frees_its_goods_and_no_others(world, parts):
    case = parts[0].bank_cases.get()
    Person(world, world.maker).take(case, "make", action="DECLINE", decline_reason="PRICE")
    Person(world, world.checker).take(case, "check", action="CONFIRM")

    assert Application.objects.get(pk=parts[0].pk).state == "DECLINED"
    assert counting() == {parts[1].number: (60, 45_900_00)}
    assert world.lendable("GR-1") == Money.of("22950.00", CNY)


def test_each_reads_its_own(world, parts):
    first, second = parts
    page = client_of(world.applicant).get(f"/financing/cases/{first.parent.number}/", headers=ENGLISH).content.decode()
    lender = client_of(world.maker)

    assert first.number in page and second.number in page and "20,000.00" in page
    own = lender.get(f"/financing/cases/{first.number}/", headers=ENGLISH).content.decode()
    assert "20,000.00" not in own and second.number not in own and world.other_bank.name not in own
    assert lender.get(f"/financing/cases/{second.number}/").status_code == 404
    assert lender.get(f"/financing/cases/{first.parent.number}/").status_code == 404


def test_with_one_lender_left_nothing_is_split(world):
    appetite(world.bank, tenor_days_max=7)
    programme(world, "SPLIT", world.bank, world.other_bank)

    application = approved(world, amount="30000")

    assert application.state == "ROUTED" and not application.parts.exists()
    assert application.bank_cases.get().bank == world.other_bank
