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
from scf.banks.gateways.cases import (
    FinancingCancellation,
    FinancingRequest,
    FinancingStatus,
    InvoiceOutcome,
    InvoiceRequest,
    InvoiceStatus,
    Recall,
    RecallAnswer,
    RecallOutcome,
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
        return_reason=st.sampled_from(["", "AC04"]),
    )
    entries = tuple(draw(st.lists(entry, max_size=5)))
    opening = draw(st.integers(-(10**12), 10**12))
    closing = opening + sum(entry.amount_minor for entry in entries)
    return Statement(
        draw(accounts), draw(identifiers), currency, from_date, to_date, opening, closing, entries, len(entries)
    )


@given(instruction=instructions, version=st.sampled_from(["001.001.03", "001.001.09", "001.001.12"]))
def test_an_instruction_passes_its_schema_and_comes_back(instruction, version):
    written = iso20022.write_pain001(instruction, at=AT, version=version)

    schema(f"pain.{version}").assertValid(etree.fromstring(written))
    assert iso20022.read_pain001(written) == [instruction]


@given(
    identifier=identifiers,
    message_id=identifiers,
    code=st.sampled_from([("ACSC", Outcome.PAID), ("RJCT", Outcome.FAILED), ("PDNG", Outcome.PENDING)]),
    reason=st.sampled_from([("", ""), ("AC04", "closed account"), ("AM04", "余额不足")]),
    version=st.sampled_from(["002.001.03", "002.001.12", "002.001.15"]),
)
def test_a_status_passes_its_schema_and_comes_back(identifier, message_id, code, reason, version):
    status = PaymentStatus(identifier, message_id, code[1], code[0], *reason)

    written = iso20022.write_pain002(status, message_id="S1", at=AT, version=version)

    schema(f"pain.{version}").assertValid(etree.fromstring(written))
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


@given(statement=statements())
def test_a_report_passes_its_schema_and_keeps_every_movement(statement):
    written = iso20022.write_report(statement, message_id="M1", at=AT)

    schema("camt.052.001.08").assertValid(etree.fromstring(written))
    (found,) = iso20022.read_camt(written)
    assert (found.entries, found.opening_minor) == (statement.entries, statement.opening_minor)


@given(
    recall=st.builds(
        Recall,
        id=identifiers,
        end_to_end_id=identifiers,
        original_message_id=identifiers,
        amount_minor=minor,
        currency=currencies,
        assigner=words,
        assignee=st.one_of(words, st.just("BKCHCNBJ")),
        reason_code=st.sampled_from(["CUST", "DUPL", "FRAD"]),
        reason=st.one_of(st.just(""), words),
    )
)
def test_a_recall_passes_its_schema_and_comes_back(recall):
    written = iso20022.write_camt056(recall, at=AT)

    schema("camt.056.001.12").assertValid(etree.fromstring(written))
    assert iso20022.read_camt056(written) == [recall]


@given(
    answer=st.builds(
        lambda ids, code, reason: RecallAnswer(*ids, code[1], code[0], *reason),
        ids=st.tuples(identifiers, identifiers),
        code=st.sampled_from(
            [("CNCL", RecallOutcome.DONE), ("RJCR", RecallOutcome.REFUSED), ("PDCR", RecallOutcome.PENDING)]
        ),
        reason=st.sampled_from([("", ""), ("ARDT", "already returned"), ("NOOR", "查无此笔")]),
    )
)
def test_an_answer_to_a_recall_passes_its_schema_and_comes_back(answer):
    written = iso20022.write_camt029(answer, message_id="A1", assigner="BKCHCNBJ", assignee="Platform", at=AT)

    schema("camt.029.001.14").assertValid(etree.fromstring(written))
    assert iso20022.read_camt029(written) == [answer]


requested_minor = st.one_of(st.none(), minor)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
requests = st.builds(
    FinancingRequest,
    id=identifiers, created_at=instants, currency=st.just("CNY"), requester=words, requester_id=identifiers,
    account=accounts, intermediary=identifiers, first_agent=st.sampled_from(["BKCHCNBJ", "LENDER-1"]),
    invoices=st.lists(
        st.builds(
            InvoiceRequest, number=identifiers, issued_on=days, due_on=days, taxable_minor=minor, tax_minor=minor,
            total_minor=minor, supplier=words, supplier_account=accounts, buyer=words, requested_minor=requested_minor,
        ),
        min_size=1, max_size=3,
    ).map(tuple),
    agreement=st.one_of(st.just(""), identifiers),
)  # fmt: skip
results = st.builds(
    FinancingStatus,
    id=identifiers, created_at=instants, request_id=identifiers, requested_at=instants, currency=st.just("CNY"),
    is_valid=st.booleans(), is_cancelled=st.sampled_from([None, True, False]), reason=st.one_of(st.just(""), words),
    invoices=st.lists(
        st.builds(
            InvoiceStatus, number=identifiers, issued_on=days, due_on=days, total_minor=minor,
            outcome=st.sampled_from(InvoiceOutcome), financed_minor=requested_minor,
            reason=st.one_of(st.just(""), words),
        ),
        min_size=1, max_size=3,
    ).map(tuple),
)  # fmt: skip


@given(request=requests, status=results, cancellation=st.builds(
    FinancingCancellation, id=identifiers, created_at=instants, request_id=identifiers, requested_at=instants,
    reason=words, intermediary=identifiers, first_agent=st.just("BKCHCNBJ"),
))  # fmt: skip
def test_requests_for_financing_pass_their_schemas_and_come_back_as_they_were(request, status, cancellation):
    for number, said in (("001", request), ("002", status), ("003", cancellation)):
        written = getattr(iso20022, f"write_tsin{number}")(said)
        schema(f"tsin.{number}.001.01").assertValid(etree.fromstring(written))
        assert getattr(iso20022, f"read_tsin{number}")(written) == said


READERS = [getattr(iso20022, name) for name in iso20022.__all__ if name.startswith("read_") and "stream" not in name]
elements = st.sampled_from(
    "Document BkToCstmrStmt Stmt Ntry Amt CdtDbtInd Bal Dt BookgDt NtryDtls TxDtls PmtRtr TxInf CstmrPmtStsRpt "
    "FIToFIPmtCxlReq Undrlyg RsltnOfInvstgtn CxlDtls TxInfAndSts InvcFincgReq ReqGrpInf InvcReqInf CreDtTm".split()
)
trees = st.recursive(
    st.one_of(words, st.just("1.00"), st.just("2031-02-30")),
    lambda inner: st.builds("<{0} Ccy='CNY'>{1}</{0}>".format, elements, st.lists(inner, max_size=4).map("".join)),
    max_leaves=12,
)


@given(content=st.one_of(st.binary(max_size=200), trees.map(str.encode)), reader=st.sampled_from(READERS))
def test_reading_raises_nothing_but_that_the_message_is_unreadable(content, reader):
    try:
        reader(content)
    except (iso20022.MessageUnreadable, InstructionInvalid):
        pass


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
