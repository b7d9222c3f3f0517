"""A one-off fee in an offer: read before signing, counted in every cost, due last, and gone where nothing was lent."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from pypdf import PdfReader

from scf.banks.models import Payment
from scf.banks.services import statuses
from scf.domain.money import Money
from scf.domain.waterfall import Due
from scf.financing.models import Application, BankCase, SealedQuote
from scf.financing.services import choosing, quoting
from scf.kernel import clock
from scf.servicing import selectors as servicing
from scf.servicing.models import Loan
from scf.servicing.selectors.movements import span
from scf.servicing.selectors.papers import Asked, interest_certificate
from tests.factories import appetite
from tests.functional.test_placing import ENGLISH, approved, licence, programme
from tests.functional.test_sealed_quotes import close
from tests.ruled_world import PRICE, publish
from tests.trade_world import Person, TradeWorld, client_of, step

FEE = Money.of("50.00", "CNY")  # 50 bp of 10,000


def offered(
    world: TradeWorld, *, fee_bp: int = 50, by: str = "", application: Application | None = None, **terms: str
) -> BankCase:
    maker, checker = getattr(world, f"{by}maker"), getattr(world, f"{by}checker")
    application = application or approved(world)
    case = application.bank_cases.get(bank=maker.organisation)
    Person(world, maker).offer(case, fee_bp=fee_bp, **terms)
    Person(world, checker).take(case, "check", action="CONFIRM")
    return BankCase.objects.get(pk=case.pk)


def lent(world: TradeWorld, **terms: str) -> Loan:
    case = offered(world, **terms)
    Person(world, world.signatory).sign(case.application, case)
    return Loan.objects.get()


class TestRead:
    def test_page_and_contract_say_it_before_the_supplier_signs(self, world):
        case = offered(world)
        supplier = client_of(world.signatory)

        page = supplier.get(f"/financing/cases/{case.application.number}/", headers=ENGLISH).content.decode()
        pdf = supplier.get(f"/financing/contracts/{case.pk}/", headers=ENGLISH).content
        text = " ".join("".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages).split())

        assert "One-off fee" in page and "50.00" in page and "due with the last instalment" in page
        terms = choosing.terms_of(case, clock.today())
        assert f"{terms.contract.principal.amount + terms.cost.total.amount:,}" in text  # what is to be paid in all
        assert "price of making the loan" in text and "neither interest nor fee is then owed" in text

    def test_it_counts_in_the_yearly_cost(self, world):
        application = approved(world)
        offers = [offered(world, fee_bp=50, application=application), offered(world, fee_bp=0, by="other_",
                  application=application)]  # fmt: skip
        dear, cheap = (choosing.terms_of(case, clock.today()).cost.annualised for case in offers)
        assert dear - cheap == pytest.approx(Decimal("0.031"), abs=Decimal("0.001"))  # 50 bp for 60 days

    def test_offers_stand_by_cost_and_not_by_rate(self, world):
        application = approved(world)
        offered(world, rate="4.0", fee_bp=50, application=application)
        offered(world, rate="4.5", fee_bp=0, by="other_", application=application)
        page = client_of(world.signatory).get(f"/financing/work/{step(application, 'choose').pk}/").content.decode()
        assert 0 < page.index(str(world.other_bank)) < page.index(str(world.bank))


class TestForbidden:
    def test_a_licence_counts_it(self, world):
        licence(world.bank, burden_max=Decimal("0.06"))
        case = approved(world).bank_cases.get(bank=world.bank)
        answer = Person(world, world.maker).offer(case, rate="4.5", fee_bp=26)  # 0.26 % x 360 / 60 = 1.56 %
        (error,) = answer.context["form"].non_field_errors()
        assert "6.06 %" in error and BankCase.objects.get(pk=case.pk).state == "MAKER"

        Person(world, world.maker).offer(case, rate="4.5", fee_bp=25)
        assert BankCase.objects.get(pk=case.pk).state == "CHECKER"

    def test_rate_and_fee_together_stay_below_what_courts_uphold(self, world):
        case = approved(world).bank_cases.get(bank=world.bank)
        answer = Person(world, world.maker).offer(case, rate="30", fee_bp=101)
        assert answer.context["form"].non_field_errors()

    def test_the_database_knows_bounds(self, world):
        case = offered(world)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE financing_bankcase SET fee_bp = 1001 WHERE id = %s", [case.pk])


class TestLent:
    def test_nothing_is_kept_back_and_the_loan_owes_it_with_its_last_instalment(self, world):
        loan = lent(world)

        assert Payment.objects.get().amount == loan.principal == Money.of("10000", "CNY")
        now = servicing.standing(loan, clock.today()).now
        (row,) = now.rows
        assert (row.costs, now.costs, now.payoff) == (FEE, FEE, loan.principal + FEE)
        assert row.due == loan.principal + row.interest + FEE
        page = client_of(world.signatory).get(f"/servicing/loans/{loan.number}/", headers=ENGLISH).content.decode()
        assert "50.00" in page

    def test_repaid_with_it_the_loan_is_closed_and_without_it_it_is_not(self, world):
        loan = lent(world)
        assert world.repay(loan, str(loan.principal.amount), payer=world.buyer).state == "PART_REPAID"
        assert world.repay(loan, payer=world.buyer).state == "CLOSED"
        assert servicing.standing(loan, clock.today()).now.paid[Due.COSTS] == FEE

    def test_given_back_within_cooling_off_the_loan_has_cost_nothing(self, world):
        loan = lent(world)
        assert world.repay(loan, str(loan.principal.amount)).state == "CLOSED"
        now = servicing.standing(loan, clock.today()).now
        assert not now.earned[Due.COSTS] and not now.surplus

    def test_left_alone_behind_its_day_it_is_arrears(self, world):
        loan = lent(world)
        world.repay(loan, str(loan.principal.amount), payer=world.buyer)
        day = loan.due_on + timedelta(days=10)
        now = servicing.standing(loan, day).now
        assert (now.days_past_due, now.overdue_since, now.payoff) == (10, loan.due_on, FEE)
        assert servicing.standing(loan, loan.due_on).now.next_mark == loan.due_on + timedelta(days=1)

    def test_paid_anew_it_is_owed_by_the_second_loan_alone(self, world):
        world.books.conduct.switch(whom=world.bank.code, mode="bounce", times=1)
        first = lent(world)
        Person(world, world.clerk).take(Application.objects.get(), "repair", action="RETRY")
        second = Loan.objects.exclude(pk=first.pk).get()
        assert second.events.filter(kind="FEE").count() == 1
        assert [servicing.standing(loan, clock.today()).now.costs for loan in (first, second)] == [FEE - FEE, FEE]

    def test_what_the_payees_bank_sends_back_has_cost_nothing(self, world):
        world.books.conduct.switch(whom=world.bank.code, mode="bounce", times=1)
        loan = lent(world)

        assert (loan.state, loan.returned_on) == ("CLOSED", clock.today())
        now = servicing.standing(loan, clock.today()).now
        assert not now.costs and not now.earned[Due.COSTS] and not now.surplus

    def test_repaid_before_its_money_came_back_the_fee_is_the_suppliers_again(self, world):
        loan = lent(world)
        payment = Payment.objects.get()
        world.repay(loan, payer=world.buyer)
        statuses.apply_return(
            end_to_end_id=payment.end_to_end_id, bank=world.bank, amount=payment.amount, on=clock.today(),
            reason="closed", code="AC04", at=clock.now(),
        )  # fmt: skip
        world.pump()

        (owed,) = servicing.owed_back(Loan.objects.all())
        assert owed.amount == loan.principal + FEE
        today = clock.today()
        back = [line for line in span(loan, first=today, behind=today + timedelta(days=1)).lines if line.costs]
        assert [line.costs for line in back] == [FEE, -FEE] and not any(line.given_up for line in back)
        asked = Asked(loan.supplier, loan.bank, "CNY", today, today, today, "C-1")
        assert interest_certificate(Loan.objects.all(), asked).sum_of("sum") == FEE - FEE


class TestOtherWays:
    def test_a_sealed_quote_carries_it_unread(self, world):
        programme(world, "BEST_PRICE", world.bank, world.other_bank, deadline_hours=24)
        case = offered(world, fee_bp=37)
        assert (case.state, case.fee_bp) == ("SEALED", 0)

        close(world)

        case.refresh_from_db()
        assert (case.state, case.fee_bp) == ("OFFERED", 37)
        quote = SealedQuote.objects.get(bank_case=case)
        assert quoting.open_quote(quote, quote.auction.private_key).fee_bp == 37

    def test_the_form_begins_with_the_fee_of_the_price_list(self, world):
        publish(world)
        appetite(world.bank, prices=[{**PRICE.as_json(), "fee_bp": 12}], valid_from=date(2031, 1, 1))
        case = approved(world).bank_cases.get(bank=world.bank)
        Person(world, world.maker).claim(case, "make")

        page = Person(world, world.maker).client.get(f"/financing/work/{step(case, 'make').pk}/")
        assert page.context["form"]["fee_bp"].value() == 12
