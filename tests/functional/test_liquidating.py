"""A loan on what was received pays off the loan on the order: one lender, one payment, no moment without security."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from scf.banks.models import Payment
from scf.banks.services import effects, statuses
from scf.collateral.models import Exposure, Holding, Pledge, PledgeLine
from scf.collateral.selectors import caps as limits
from scf.collateral.services import changing, ranking
from scf.domain.money import Money
from scf.financing.models import Application, BankCase, Product
from scf.financing.services import liquidating
from scf.kernel import clock
from scf.ledger.models import AccountKind, Leg
from scf.notifications.models import Notification
from scf.servicing import selectors as servicing
from scf.servicing.models import Loan, LoanEvent
from scf.servicing.selectors import changes
from tests.lending import offer
from tests.trade_world import Person, TradeWorld, later


def cny(text: str) -> Money:
    return Money.of(text, "CNY")


@pytest.fixture
def world(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TradeWorld]:
    """100 pieces ordered, a loan of 30,000 on the order paid out; 90 of them are received thirty days later."""
    made = TradeWorld(tmp_path)
    made.patch = monkeypatch
    Product.objects.filter(code="ORDER").update(on_receipt="NEW_LOAN")
    with made.running():
        made.order()
        lend(made, Person(made, made.applicant).apply("PO-1", product="ORDER", amount="30000"), "30000")
        with clock.pinned(later(30)):
            made.receipt()
            made.pump()
            yield made


def lend(world: TradeWorld, application: Application, amount: str) -> None:
    """From the lenders' desks to the money: the first bank offers, the supplier signs, the bank pays."""
    Person(world, world.signatory).sign(application, offer(world, application, amount))


def begin(world: TradeWorld, amount: str = "60000") -> Application:
    """The supplier goes on from the case of its loan to the lenders' desks."""
    before = Application.objects.get(product__code="ORDER")
    person = Person(world, world.applicant)
    page = person.client.get(f"/financing/cases/{before.number}/")
    assert page.context["can_liquidate"]
    start = person.client.post(f"/financing/cases/{before.number}/liquidate/")
    base = start.url.removesuffix("need/")
    terms = {"amount": amount, "tenor_days": 60, "wanted_on": clock.today().isoformat(), "note": ""}
    assert person.client.post(f"{base}need/", terms).status_code == 302
    goods = person.client.get(f"{base}goods/")
    assert person.client.post(f"{base}goods/", {"line": list(goods.context["ticked"])}).status_code == 302
    assert b"LN" in person.client.get(f"{base}review/").content
    person.client.post(f"{base}review/")
    world.pump()
    application = Application.objects.get(liquidates__isnull=False, state="SUBMITTED")
    Person(world, world.reviewer).take(application, "review", decision="APPROVE")
    return application


def order_loan() -> Loan:
    return Loan.objects.get(product="ORDER")


def committed() -> dict[str, Decimal]:
    """What is taken of the goods, whatever the paper."""
    rows = Holding.objects.filter(line__isnull=False).select_related("line__document")
    return {f"{row.line.document.number} {row.scope}": row.committed for row in rows if row.committed}


class TestPaidOff:
    def test_the_lender_of_the_order_pays_out_what_is_left_and_the_goods_pass_over(self, world):
        assert Notification.objects.filter(code="supplier.received", membership=world.signatory).exists()
        taken = committed()
        application = begin(world)

        # the goods of the loan are nobody else's, so no other lender is asked
        assert [case.bank for case in application.bank_cases.all()] == [world.bank]
        second = PledgeLine.objects.get(ranks_second=True)
        assert committed() == taken and second.came_from.counts
        payoff = servicing.payoff(order_loan(), clock.today())
        assert payoff > cny("30000")

        lend(world, application, "60000")

        application.refresh_from_db(fields=["kept_back_minor"])
        payment = Payment.objects.get(reference=application.number)
        assert Money(application.kept_back_minor, "CNY") == payoff
        assert payment.amount == cny("60000") - payoff
        old, new = order_loan(), Loan.objects.get(product="RECEIPT")
        assert (old.state, new.principal) == ("CLOSED", cny("60000"))
        assert Application.objects.get(product__code="ORDER").state == "SETTLED"
        line = PledgeLine.objects.get(pk=second.pk)
        assert line.counts and not line.ranks_second
        assert committed() == {"GR-1 LINE": Decimal(90), "PO-1 ROOT": Decimal(90)}  # the rest of the order is free
        assert Exposure.objects.get(loan=new.number).carries >= cny("60000")
        assert Exposure.objects.get(loan=old.number).owed_minor == 0
        assert Pledge.objects.get(reference=old.reference).state == "RELEASED"

    def test_the_lenders_books_show_the_money_that_left_it_and_nothing_that_never_came(self, world):
        lend(world, begin(world), "60000")

        paid = sum(Payment.objects.filter(state="PAID").values_list("amount_minor", flat=True))
        funding = Leg.objects.filter(account__kind=AccountKind.FUNDING).values_list("minor", flat=True)
        assert -sum(funding) == paid
        assert not Leg.objects.filter(account__kind=AccountKind.COLLECTION).exists()

    def test_a_lender_that_pays_late_does_not_earn_twice(self, world):
        application = begin(world)
        told_on = clock.today()
        two_days = told_on + timedelta(days=2)
        world.patch.setattr(
            effects, "apply_status", lambda **said: statuses.apply_status(**said | {"value_date": two_days})
        )
        lend(world, application, "60000")

        kept = LoanEvent.objects.get(loan=order_loan(), kind="REPAYMENT")
        assert kept.value_date == told_on
        assert Loan.objects.get(product="RECEIPT").drawdown_date == two_days
        assert servicing.standing(order_loan(), two_days).now.payoff == cny("0")

    def test_the_supplier_and_the_auditor_read_where_the_money_went(self, world):
        application = begin(world)
        lend(world, application, "60000")

        page = Person(world, world.signatory).client.get(f"/financing/cases/{application.number}/").content.decode()
        before = Person(world, world.signatory).client.get(f"/financing/cases/{order_loan().reference}/")
        assert order_loan().number in page
        assert application.number in before.content.decode()
        event = LoanEvent.objects.get(loan=order_loan(), kind="REPAYMENT")
        assert event.data["from"] == Loan.objects.get(product="RECEIPT").number
        assert event not in changes.reversible(order_loan())


class TestInBetween:
    def test_repaid_by_the_supplier_meanwhile_the_goods_stand_alone_and_all_is_paid_out(self, world):
        application = begin(world)
        world.repay(order_loan())
        assert order_loan().state == "CLOSED"
        assert not PledgeLine.objects.filter(ranks_second=True).exists()

        lend(world, application, "60000")

        assert Payment.objects.get(reference=application.number).amount == cny("60000")

    def test_goods_that_the_buyer_paid_for_meanwhile_hold_the_case(self, world):
        application = begin(world)
        world.repay(order_loan(), payer=world.buyer)

        lend(world, application, "60000")

        assert not Loan.objects.filter(product="RECEIPT").exists()
        assert not Payment.objects.filter(reference=application.number).exists()
        Person(world, world.signatory).client.post(f"/financing/cases/{application.number}/withdraw/")
        assert Application.objects.get(pk=application.pk).state == "WITHDRAWN"

    def test_withdrawn_the_goods_stay_behind_the_first_loan(self, world):
        taken = committed()
        application = begin(world)
        Person(world, world.applicant).client.post(f"/financing/cases/{application.number}/withdraw/")
        assert committed() == taken
        assert liquidating.can_be_liquidated(Application.objects.get(product__code="ORDER"))

    def test_promised_goods_do_not_leave_and_are_not_promised_twice(self, world):
        begin(world)
        first = PledgeLine.objects.get(ranks_second=True).came_from
        with pytest.raises(ranking.GoodsPromised):
            changing.propose(
                reference=first.pledge.reference, leaves={first.pk: Decimal(1)}, takings=[], by=world.signatory,
                at=clock.now(),
            )  # fmt: skip
        with pytest.raises(liquidating.NotToBeLiquidated):
            liquidating.start_draft(number=first.pledge.reference, by=world.applicant, at=clock.now())

    def test_limits_count_the_goods_once(self, world):
        cap = limits.Cap.objects.create(
            level="SUPPLIER", organisation=world.supplier, limit_minor=10_000_000_00, valid_from=clock.today()
        )
        begin(world)
        receipt = PledgeLine.objects.get(ranks_second=True)
        rest = PledgeLine.objects.get(counts=True, line_holding__line__document__number="PO-1")
        assert limits.with_use([cap])[0].used.minor == receipt.lendable_minor + rest.lendable_minor


class TestRefused:
    def test_an_amount_that_does_not_pay_the_loan_off(self, world):
        draft = liquidating.start_draft(number=order_loan().reference, by=world.applicant, at=clock.now())
        client = Person(world, world.applicant).client
        base = f"/financing/apply/{draft.number}"
        client.post(
            f"{base}/need/", {"amount": "30000", "tenor_days": 60, "wanted_on": clock.today().isoformat(), "note": ""}
        )
        verdicts = {row["name"]: row["result"] for row in client.get(f"{base}/review/").context["verdicts"]}
        assert "FAIL" in verdicts.values()
        assert client.post(f"{base}/review/").url.endswith("/review/")
        assert Application.objects.get(pk=draft.pk).state == "DRAFT"

    def test_a_product_whose_pledge_just_follows(self, world):
        Product.objects.filter(code="ORDER").update(on_receipt="FOLLOWS")
        with pytest.raises(liquidating.NotToBeLiquidated):
            liquidating.start_draft(number=order_loan().reference, by=world.applicant, at=clock.now())

    def test_somebody_elses_loan(self, world):
        with pytest.raises(Application.DoesNotExist):
            liquidating.start_draft(number=order_loan().reference, by=world.stranger, at=clock.now())


class TestAttacks:
    """What services never do, tried by SQL as the application's role."""

    @staticmethod
    def attack(statement: str, *values: object) -> None:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_the_first_does_not_go_without_the_second(self, world):
        begin(world)
        first = PledgeLine.objects.get(ranks_second=True).came_from
        order = first.pledge.release_orders.first()
        assert order is not None
        self.attack(
            "UPDATE collateral_pledgeline SET counts = false, release_id = %s WHERE id = %s", order.pk, first.pk
        )

    def test_the_second_does_not_count_beside_the_first(self, world):
        begin(world)
        second = PledgeLine.objects.get(ranks_second=True)
        self.attack("UPDATE collateral_pledgeline SET ranks_second = false WHERE id = %s", second.pk)

    def test_nothing_steps_back(self, world):
        second = PledgeLine.objects.filter(counts=True).latest("pk")
        self.attack("UPDATE collateral_pledgeline SET ranks_second = true WHERE id = %s", second.pk)

    def test_another_lender_does_not_stand_second(self, world):
        application = begin(world)
        self.attack(
            "UPDATE collateral_pledge SET bank_id = %s WHERE reference = %s", world.other_bank.pk, application.number
        )
        assert BankCase.objects.filter(application=application).count() == 1
