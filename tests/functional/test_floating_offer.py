"""An offer that follows LPR: made, read, signed, paid out, and refused where no value is known."""

import io
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader

from scf.domain.rates import Agreement, Index, Reset
from scf.financing.models import Application, BankCase
from scf.kernel import clock
from scf.parties.models import Role
from scf.servicing.models import Loan, RateWatch
from scf.servicing.services import rates
from tests.factories import member
from tests.trade_world import Person, TradeWorld, client_of

LPR = {"pricing": "LPR1Y", "spread_bp": "85", "reset": "YEARLY"}


def publish(world: TradeWorld, *days: date, percent: str = "3.00") -> None:
    """Confirmed by two people of the platform."""
    one, other = (member(world.platform, Role.ADMINISTRATOR) for _ in range(2))
    for day in days:
        found = rates.propose(
            index="LPR1Y", effective_from=day, rate=Decimal(percent) / 100, source="test", by=one, at=clock.now()
        )
        rates.confirm(proposal_ids=[found.pk], by=other, at=clock.now())


@pytest.fixture
def case(world) -> BankCase:
    application = Person(world, world.applicant).apply("GR-1", amount="20000")
    Person(world, world.reviewer).take(application, "review", decision="APPROVE")
    return application.bank_cases.get(bank=world.bank)


def published(world) -> None:
    publish(world, date(2031, 1, 20), date(2031, 2, 20))


def offered(world, case: BankCase, **more) -> Application:
    Person(world, world.maker).offer(case, amount="20000", **{**LPR, **more})
    Person(world, world.checker).take(case, "check", action="CONFIRM")
    world.pump()
    return Application.objects.get(pk=case.application_id)


def test_a_lender_offers_points_over_lpr_and_the_supplier_sees_how_the_rate_is_found(world, case):
    published(world)
    application = offered(world, case)

    found = BankCase.objects.get(pk=case.pk)
    assert found.annual_rate == Decimal("0.0385")
    assert Agreement.from_json(found.agreement) == Agreement(Index.LPR1Y, 85, Reset.YEARLY)
    page = client_of(world.signatory).get(f"/financing/cases/{application.number}/", headers={"accept-language": "en"})
    assert "LPR 1Y + 85 bp = 3.85" in page.content.decode()


def test_the_contract_says_it_and_the_loan_follows_it(world, case):
    published(world)
    application = offered(world, case)
    pdf = client_of(world.signatory).get(f"/financing/contracts/{case.pk}/", headers={"accept-language": "en"})
    text = " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages).split())
    assert "LPR 1Y + 85 bp = 3.85 %, every year on 1 January" in text
    assert "no. 15 of 2019" in text and "business days: China" in text

    Person(world, world.signatory).sign(application, case)
    world.pump()

    loan = Loan.objects.get()
    assert loan.contract.agreement == Agreement(Index.LPR1Y, 85, Reset.YEARLY)
    assert loan.annual_rate == Decimal("0.0385")
    assert RateWatch.objects.get().next_look == loan.drawdown_date
    page = client_of(world.signatory).get(f"/servicing/loans/{loan.number}/", headers={"accept-language": "en"})
    assert "LPR 1Y + 85 bp" in page.content.decode()


def test_the_rate_is_that_of_the_day_of_drawdown(world, case):
    published(world)
    application = offered(world, case)
    publish(world, date(2031, 2, 20), percent="2.80")  # corrected between offer and signature

    Person(world, world.signatory).sign(application, case)
    world.pump()

    assert Loan.objects.get().annual_rate == Decimal("0.0365")


def test_without_a_value_the_form_says_what_to_do(world, case):
    answer = Person(world, world.maker).offer(case, amount="20000", **LPR)

    assert answer.status_code == 200
    errors = str(answer.context["form"].errors)
    assert "2031-03-03" in errors
    assert BankCase.objects.get(pk=case.pk).state == "MAKER"


def test_without_the_last_publication_neither(world, case):
    publish(world, date(2031, 1, 20))

    answer = Person(world, world.maker).offer(case, amount="20000", **LPR)

    assert "2031-02-20" in str(answer.context["form"].errors)


def test_points_are_needed_and_may_be_below_zero(world, case):
    published(world)
    answer = Person(world, world.maker).offer(case, amount="20000", **{**LPR, "spread_bp": ""})
    assert "spread_bp" in answer.context["form"].errors

    Person(world, world.maker).offer(case, amount="20000", **{**LPR, "spread_bp": "-20", "reset": "IMMEDIATE"})
    assert BankCase.objects.get(pk=case.pk).annual_rate == Decimal("0.0280")


def test_a_rate_that_would_be_nothing_is_refused(world, case):
    published(world)
    answer = Person(world, world.maker).offer(case, amount="20000", **{**LPR, "spread_bp": "-400"})

    assert answer.context["form"].errors and BankCase.objects.get(pk=case.pk).state == "MAKER"


def test_a_fixed_offer_stays_one(world, case):
    Person(world, world.maker).offer(case, amount="20000", rate="4.35", pricing="FIXED")

    found = BankCase.objects.get(pk=case.pk)
    assert (found.annual_rate, found.agreement) == (Decimal("0.0435"), {})
