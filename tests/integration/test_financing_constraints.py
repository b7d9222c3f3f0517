"""Hand-written SQL against cases: the database itself says no."""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction

from scf.banks.models import Payment
from scf.financing.models import Application, BankCase
from tests.lending import lent
from tests.trade_world import TradeWorld

PAYMENT = (
    "INSERT INTO banks_payment (end_to_end_id, kind, bank_id, reference, thread, debtor_account_id,"
    " creditor_account_id, amount_minor, currency, execution_date, state, reason_code, reason, created_at)"
    " SELECT 'PO-BY-HAND', kind, bank_id, reference, thread, debtor_account_id, creditor_account_id, {amount},"
    " currency, execution_date, 'CREATED', '', '', created_at FROM banks_payment"
)


@pytest.fixture
def world(db, tmp_path) -> Iterator[TradeWorld]:
    """A case whose first lender has offered and been paid for, and whose other lender never worked."""
    made = TradeWorld(tmp_path)
    with made.running():
        made.order()
        lent(made)
        yield made


def attack(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


ATTACKS = [
    ("UPDATE financing_bankcase SET checker_id = maker_id WHERE state = 'ACCEPTED'", "bank_case_four_eyes"),
    ("UPDATE financing_bankcase SET maker_id = checker_id WHERE state = 'ACCEPTED'", "bank_case_four_eyes"),
    ("UPDATE financing_bankcase SET state = 'OFFERED' WHERE state = 'LAPSED'", "bank_case_offer_complete"),
    ("UPDATE financing_bankcase SET checker_id = NULL WHERE state = 'ACCEPTED'", "bank_case_offer_complete"),
    ("UPDATE financing_bankcase SET amount_minor = 0 WHERE state = 'ACCEPTED'", "bank_case_offer_complete"),
    ("UPDATE financing_bankcase SET annual_rate = -0.01 WHERE state = 'ACCEPTED'", "bank_case_offer_complete"),
    ("UPDATE financing_bankcase SET amount_minor = NULL WHERE state = 'ACCEPTED'", "bank_case_offer_complete"),
    ("UPDATE financing_bankcase SET annual_rate = NULL WHERE state = 'ACCEPTED'", "bank_case_offer_complete"),
    ("UPDATE financing_bankcase SET tenor_days = NULL WHERE state = 'ACCEPTED'", "bank_case_offer_complete"),
    ("UPDATE financing_bankcase SET expires_on = NULL WHERE state = 'ACCEPTED'", "bank_case_offer_complete"),
    (
        "UPDATE financing_bankcase SET (state, amount_minor, annual_rate, tenor_days, expires_on, maker_id,"
        " checker_id) = (SELECT state, amount_minor, annual_rate, tenor_days, expires_on, maker_id, checker_id"
        " FROM financing_bankcase WHERE state = 'ACCEPTED') WHERE state = 'LAPSED'",
        "bank_case_one_accepted",
    ),
    (
        "UPDATE financing_bankcase SET bank_id = (SELECT bank_id FROM financing_bankcase"
        " WHERE state = 'ACCEPTED') WHERE state = 'LAPSED'",
        "bank_asked_once",
    ),
    ("UPDATE financing_application SET amount_minor = NULL", "application_complete_once_submitted"),
    ("UPDATE financing_application SET tenor_days = NULL", "application_complete_once_submitted"),
    ("UPDATE financing_application SET tenor_days = 0", "application_complete_once_submitted"),
    (PAYMENT.format(amount="amount_minor"), "payment_disburses_a_case_once"),
    (PAYMENT.format(amount="0"), "payment_amount_positive"),
    (PAYMENT.replace("'PO-BY-HAND'", "end_to_end_id").format(amount="amount_minor"), "end_to_end_id"),
    ("UPDATE banks_payment SET amount_minor = -1", "payment_amount_positive"),
    ("UPDATE financing_product SET advance_rate = 1.01", "product_lends_a_fraction"),
    ("UPDATE banks_appetite SET amount_max_minor = amount_min_minor - 1", "banks_appetite rows are final"),
    ("UPDATE parties_membership SET authority_minor = -1", "membership_authority_not_negative"),
]


def rows() -> tuple[list, ...]:
    return tuple(list(model.objects.order_by("pk").values()) for model in (Application, BankCase, Payment))


def test_each_attack_is_refused_by_its_constraint(world):
    before = rows()

    for sql, constraint in ATTACKS:
        with pytest.raises(IntegrityError, match=constraint):
            attack(sql)
        assert before == rows(), sql


def test_a_case_whose_payment_failed_may_be_paid_by_another(world):
    attack("UPDATE banks_payment SET state = 'FAILED'")

    attack(PAYMENT.format(amount="amount_minor"))

    assert sorted(Payment.objects.values_list("state", flat=True)) == ["CREATED", "FAILED"]
