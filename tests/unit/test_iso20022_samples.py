"""Other people's bank messages, against facts computed without this code."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from scf.banks.gateways import iso20022
from scf.banks.gateways.base import Outcome
from scf.domain.money import Money

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "iso20022"
EXPECTED = json.loads((SAMPLES / "EXPECTED.json").read_text())
NOT_ISO = {"camt.053/viafintech-053-valid_namespace.xml", "camt.053/viafintech-general-invalid_namespace.xml"}
WITHOUT_AMOUNT = {"camt.054/postfinance_camt054.xml"}


def named(*kinds):
    return [name for name in EXPECTED if name.startswith(kinds) and name not in NOT_ISO | WITHOUT_AMOUNT]


def content(name):
    return (SAMPLES / name).read_bytes()


@pytest.mark.parametrize("name", named("camt."))
def test_statements_say_what_an_independent_reading_says(name):
    found = iso20022.read_camt(content(name))

    for statement, facts in zip(found, EXPECTED[name]["statements"], strict=True):
        assert statement.statement_id == (facts["id"] or "")
        assert statement.account == (facts["account"] or "")
        assert statement.entries_count == facts["entries"]
        assert statement.ties_out == facts["ties_out"]
        if len(facts["entry_currencies"]) == 1:
            net = sum(entry.amount_minor for entry in statement.entries)
            wanted = Decimal(facts["sum_credits"]) - Decimal(facts["sum_debits"])
            assert Money(net, facts["entry_currencies"][0]).amount == wanted


def test_a_daily_series_chains():
    days = [name for name in sorted(EXPECTED) if "daily-series" in name]

    balances = [(s.opening_minor, s.closing_minor) for s in (iso20022.read_camt(content(day))[0] for day in days)]

    assert all(today[0] == before[1] for before, today in zip(balances, balances[1:], strict=False))


def test_a_batch_of_hundreds_is_taken_apart():
    (statement,) = iso20022.read_camt(content("camt.054/lt-camt_054-big-2024-11-12.xml"))

    assert statement.entries_count == 1
    assert len(statement.entries) > 100


@pytest.mark.parametrize("name", sorted(NOT_ISO | WITHOUT_AMOUNT))
def test_what_cannot_be_read_is_refused_by_name(name):
    with pytest.raises(iso20022.MessageUnreadable):
        iso20022.read_camt(content(name))


@pytest.mark.parametrize("name", named("pain.002"))
def test_status_reports_say_what_an_independent_reading_says(name):
    facts = EXPECTED[name]
    wanted = facts["transaction_statuses"] or facts["payment_statuses"] or [facts["group_status"]]

    found = iso20022.read_pain002(content(name))

    assert {status.code for status in found} <= {*wanted, *facts["payment_statuses"]}
    assert {status.reason_code for status in found} - {""} <= set(facts["reason_codes"])
    for status in found:
        assert status.original_message_id == facts["original_message_id"]
        assert (status.outcome is Outcome.FAILED) == (status.code == "RJCT")


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<a",
        b"\xff\xfe\x00",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><Document><BkToCstmrStmt>&b;</BkToCstmrStmt></Document>",
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><Document><BkToCstmrStmt/></Document>",
        b"<Document><Other/></Document>",
        b"<Document><BkToCstmrStmt><Stmt><Ntry><Amt Ccy='CNY'>NaN</Amt></Ntry></Stmt></BkToCstmrStmt></Document>",
        b"<Document><BkToCstmrStmt><Stmt><Ntry><Amt Ccy='CNY'>1.001</Amt></Ntry></Stmt></BkToCstmrStmt></Document>",
        b"<Document><BkToCstmrStmt><Stmt><Ntry><Amt Ccy='CNY'>1</Amt></Ntry></Stmt></BkToCstmrStmt></Document>",
    ],
)
def test_hostile_and_broken_messages_are_refused_by_name(hostile):
    with pytest.raises(iso20022.MessageUnreadable):
        iso20022.read_camt(hostile)
