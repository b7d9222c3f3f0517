"""A lender's people are shown that lender's rows only, by PostgreSQL itself, whatever the query says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from scf.banks.models import Payment
from scf.financing.models import Application, BankCase, BankProcess, SignedAhead
from scf.financing.services import placing
from scf.kernel import clock, lenders
from scf.ledger.models import Leg
from scf.servicing import selectors as servicing
from scf.servicing.models import AccrualLine, Loan, LoanEvent, LoanStanding
from tests.factories import organisation
from tests.lending import lent
from tests.trade_world import TradeWorld, client_of

pytestmark = pytest.mark.skipif(
    not settings.DATABASE_AS_OWNER, reason="one database role for owner and application: nothing to tell apart"
)


OF_A_LOAN = (LoanEvent, LoanStanding, AccrualLine, Leg)


@contextmanager
def as_app() -> Iterator[None]:
    """The owner under the rules that the application's role is under anyway, in this test's own transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for word in ("FORCE", "NO FORCE"):
            for model in lenders.owned_models():
                table = sql.Identifier(model._meta.db_table)
                cursor.execute(sql.SQL("ALTER TABLE {} " + word + " ROW LEVEL SECURITY").format(table))
            if word == "FORCE":
                yield


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """Two lenders asked; the first one's loan is paid out."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        lent(made)
        yield made


def banks_of(rows: Any) -> set[int]:
    return set(rows.values_list("bank_id", flat=True))


@pytest.mark.django_db
def test_the_tables_of_lenders_are_guarded():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_policies WHERE policyname = %s", [lenders.POLICY])
        guarded = {name for (name,) in cursor.fetchall()}
    assert guarded == {model._meta.db_table for model in lenders.owned_models()}
    assert {"servicing_loan", "financing_bankcase", "banks_payment", "ledger_leg", "banks_connection"} <= guarded


def test_a_query_without_a_filter_shows_a_lender_its_own_rows_only(world):
    assert banks_of(BankCase.objects) == {world.bank.pk, world.other_bank.pk}
    with as_app():
        with lenders.only(world.bank.pk):
            assert banks_of(BankCase.objects) == banks_of(Loan.objects) == banks_of(Payment.objects) == {world.bank.pk}
            assert all(rows.objects.exists() for rows in OF_A_LOAN) and BankProcess.objects.count() == 1
        with lenders.only(world.other_bank.pk):
            assert banks_of(BankCase.objects) == {world.other_bank.pk}
            assert not any(rows.objects.exists() for rows in (Loan, Payment, *OF_A_LOAN))
        assert banks_of(BankCase.objects) == {world.bank.pk, world.other_bank.pk}  # nobody acts for a lender


def test_up_to_which_cost_a_borrower_would_go_is_shown_to_no_lender(world):
    case = BankCase.objects.get(bank=world.bank)
    SignedAhead.objects.create(
        application=case.application, amount_minor=1, tenor_days=1, annual_cost_max="0.05", valid_to=clock.today(),
        signed_by=world.signatory, signed_at=clock.now(),
    )  # fmt: skip
    with as_app():
        assert SignedAhead.objects.exists()
        with lenders.only(world.bank.pk):
            assert not SignedAhead.objects.exists()


def test_a_page_that_forgot_its_filter_shows_nothing_of_another_lender(world, monkeypatch):
    number = Loan.objects.get().number
    monkeypatch.setattr(servicing.loans, "is_platform", lambda _membership: True)
    monkeypatch.setattr(servicing.loans, "may", lambda _membership, _permission: True)
    with as_app():
        assert client_of(world.maker).get(f"/servicing/loans/{number}/").status_code == 200
        assert client_of(world.other_maker).get(f"/servicing/loans/{number}/").status_code == 404


def test_a_lender_cannot_write_rows_of_another(world):
    loan = Loan.objects.get()
    with as_app(), lenders.only(world.other_bank.pk):
        assert Loan.objects.filter(pk=loan.pk).update(closed_on="2031-03-03") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            LoanEvent.objects.create(
                loan=loan, kind="FEE", amount_minor=1, value_date="2031-03-03", source="x", recorded_at=world.at
            )


def test_what_a_borrower_owes_others_does_not_trouble_a_lender(world):
    world.lenders_waive = False
    world.order("PO-2")
    signed = lent(world, "PO-2")
    first = Application.objects.exclude(pk=signed.pk).get()
    with as_app(), lenders.only(world.other_bank.pk):
        assert world.other_bank.pk not in placing.owed_by(first)
    with as_app(), lenders.only(world.bank.pk):
        assert placing.owed_by(first)[world.bank.pk].minor == 2000_00


def test_a_connection_made_in_the_middle_of_a_request_acts_for_the_same_lender(world):
    with lenders.only(world.bank.pk), connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, '', false)", [lenders.SETTING])
        lenders._on_connect(None, connection)
        cursor.execute("SELECT current_setting(%s)", [lenders.SETTING])
        assert cursor.fetchone() == (str(world.bank.pk),)


def test_what_is_said_ends_with_the_request(world):
    organisation()
    client_of(world.maker).get("/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [lenders.SETTING])
        assert cursor.fetchone() == ("",)
