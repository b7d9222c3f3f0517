"""What is written passes the schema and is read back as it was."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from scf.banks.gateways import iso20022
from scf.banks.gateways.base import (
    InstructionInvalid,
    Outcome,
    Party,
    PaymentInstruction,
    PaymentStatus,
    Statement,
    StatementEntry,
)

SCHEMAS = Path(__file__).resolve().parents[1] / "data" / "iso20022" / "xsd"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

identifiers = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9/\-]{0,34}", fullmatch=True)
accounts = st.from_regex(r"[A-Z0-9]{1,34}", fullmatch=True)
words = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=60)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
currencies = st.sampled_from(["CNY", "USD", "JPY", "BHD"])
minor = st.integers(1, 10**14)
parties = st.builds(Party, name=words, account=accounts, bic=st.sampled_from(["", "BKCHCNBJ", "BKCHCNBJ300"]))
instructions = st.builds(
    PaymentInstruction,
    end_to_end_id=identifiers,
    message_id=identifiers,
    amount_minor=minor,
    currency=currencies,
    debtor=parties,
    creditor=parties,
    execution_date=days,
    remittance=st.one_of(st.just(""), words),
)


def schema(name, _loaded={}):  # noqa: B006  a cache: a schema takes a while to load
    return _loaded.setdefault(name, etree.XMLSchema(file=SCHEMAS / f"{name}.xsd"))


@st.composite
def statements(draw):
    currency, from_date, to_date = draw(currencies), *sorted([draw(days), draw(days)])
    entry = st.builds(
        StatementEntry,
        reference=identifiers,
        amount_minor=minor.flatmap(lambda amount: st.sampled_from([amount, -amount])),
        currency=st.just(currency),
        booking_date=days,
        value_date=days,
        end_to_end_id=identifiers,
        remittance=words,
        counterparty_name=words,
        counterparty_account=accounts,
        is_reversal=st.booleans(),
    )
    entries = tuple(draw(st.lists(entry, max_size=5)))
    opening = draw(st.integers(-(10**12), 10**12))
    closing = opening + sum(entry.amount_minor for entry in entries)
    return Statement(
        draw(accounts), draw(identifiers), currency, from_date, to_date, opening, closing, entries, len(entries)
    )


@given(instruction=instructions)
def test_an_instruction_passes_its_schema_and_comes_back(instruction):
    written = iso20022.write_pain001(instruction, at=AT)

    schema("pain.001.001.09").assertValid(etree.fromstring(written))
    assert iso20022.read_pain001(written) == [instruction]


@given(
    identifier=identifiers,
    message_id=identifiers,
    code=st.sampled_from([("ACSC", Outcome.PAID), ("RJCT", Outcome.FAILED), ("PDNG", Outcome.PENDING)]),
    reason=st.sampled_from([("", ""), ("AC04", "closed account"), ("AM04", "余额不足")]),
)
def test_a_status_passes_its_schema_and_comes_back(identifier, message_id, code, reason):
    status = PaymentStatus(identifier, message_id, code[1], code[0], *reason)

    written = iso20022.write_pain002(status, message_id="S1", at=AT)

    schema("pain.002.001.12").assertValid(etree.fromstring(written))
    assert iso20022.read_pain002(written) == [status]


@given(statement=statements())
def test_a_statement_passes_its_schema_comes_back_and_ties_out(statement):
    written = iso20022.write_statement(statement, message_id="M1", at=AT)

    schema("camt.053.001.08").assertValid(etree.fromstring(written))
    (found,) = iso20022.read_camt(written)
    assert found == statement
    assert found.ties_out


@given(statement=statements())
def test_a_notification_passes_its_schema_and_keeps_every_movement(statement):
    written = iso20022.write_notification(statement, message_id="M1", at=AT)

    schema("camt.054.001.08").assertValid(etree.fromstring(written))
    (found,) = iso20022.read_camt(written)
    assert found.entries == statement.entries
    assert found.ties_out is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"end_to_end_id": ""},
        {"end_to_end_id": "x" * 36},
        {"message_id": "a\nb"},
        {"amount_minor": 0},
        {"amount_minor": -1},
        {"currency": "cny"},
        {"remittance": "a\x00b"},
        {"debtor": Party("", "1")},
        {"creditor": Party("x", "")},
        {"creditor": Party("x", "1", "NOT A BIC")},
    ],
)
def test_an_instruction_that_no_bank_could_carry_out_is_refused(wrong):
    right = {
        "end_to_end_id": "E1",
        "message_id": "M1",
        "amount_minor": 1,
        "currency": "CNY",
        "debtor": Party("a", "1"),
        "creditor": Party("b", "2"),
        "execution_date": date(2026, 1, 1),
    }
    PaymentInstruction(**right)

    with pytest.raises(InstructionInvalid):
        PaymentInstruction(**{**right, **wrong})
