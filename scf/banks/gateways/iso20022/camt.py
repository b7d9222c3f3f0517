"""Statements (camt.053), intraday reports (camt.052) and notifications (camt.054)."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

from lxml import etree

from scf.domain.money import Money

from ..base import Statement, StatementEntry
from ..readings import Reading
from . import xml
from .camt_entries import BOOKED, NOT_GIVEN
from .camt_stream import read_camt_stream
from .pain import write_account
from .xml import MessageUnreadable, Writer, find

CAMT052, CAMT053, CAMT054 = "camt.052.001.08", "camt.053.001.08", "camt.054.001.08"
REMITTANCE_CHARACTERS_MAX = 140

REFUSED = frozenset({"AMOUNT_MISSING", "AMOUNT_UNREADABLE", "AMOUNT_TOO_FINE", "DATE_UNREADABLE", "DAY_MISSING"})


def read_camt(content: bytes) -> list[Statement]:
    """Every statement, report or notification of a message, one an account. Raises MessageUnreadable.

    What cannot be said in whole minor units on a certain day is refused; other departures are let pass.
    """
    xml.refuse_size(content)
    readings = read_camt_stream(BytesIO(xml.stripped(content)), keep=True)
    return [_statement(reading) for reading in readings if not any(found.code == "EMPTY" for found in reading.findings)]


def _statement(reading: Reading) -> Statement:
    for finding in reading.findings:
        if finding.code in REFUSED:
            raise MessageUnreadable(finding.message, where=finding.where)
    opening, closing = (_minor(amount, reading.currency) for amount in (reading.opening, reading.closing))
    return Statement(
        account=reading.account,
        statement_id=reading.statement_id,
        currency=reading.currency,
        from_date=reading.from_date,
        to_date=reading.to_date,
        opening_minor=opening,
        closing_minor=closing,
        is_of_one_currency=reading.balance_currencies <= {reading.currency},
        entries=tuple(reading.movements),
        entries_count=reading.entries,
    )


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else Money.of(f"{amount:f}", currency).minor


def write_statement(statement: Statement, *, message_id: str, at: datetime) -> bytes:
    """An account's statement as camt.053.001.08; it has both balances and both dates."""
    assert statement.opening_minor is not None
    assert statement.closing_minor is not None
    assert statement.from_date is not None
    assert statement.to_date is not None
    writer = Writer(CAMT053, "BkToCstmrStmt")
    writer.header(message_id=message_id, at=at)
    element = _write_account_block(writer, "Stmt", statement, at)
    balances = (
        ("OPBD", statement.opening_minor, statement.from_date),
        ("CLBD", statement.closing_minor, statement.to_date),
    )
    for kind, minor, on in balances:
        _write_balance(writer, element, kind, Money(minor, statement.currency), on)
    for entry in statement.entries:
        _write_entry(writer, element, entry)
    return writer.done()


def write_report(statement: Statement, *, message_id: str, at: datetime) -> bytes:
    """An account's movements of the day so far as camt.052.001.08, with the opening balance if it is known."""
    writer = Writer(CAMT052, "BkToCstmrAcctRpt")
    writer.header(message_id=message_id, at=at)
    element = _write_account_block(writer, "Rpt", statement, at)
    if statement.opening_minor is not None and statement.from_date is not None:
        _write_balance(writer, element, "OPBD", Money(statement.opening_minor, statement.currency), statement.from_date)
    for entry in statement.entries:
        _write_entry(writer, element, entry)
    return writer.done()


def write_notification(statement: Statement, *, message_id: str, at: datetime) -> bytes:
    """News of movements as camt.054.001.08."""
    writer = Writer(CAMT054, "BkToCstmrDbtCdtNtfctn")
    writer.header(message_id=message_id, at=at)
    element = _write_account_block(writer, "Ntfctn", statement, at)
    for entry in statement.entries:
        _write_entry(writer, element, entry)
    return writer.done()


def _write_account_block(writer: Writer, name: str, statement: Statement, at: datetime) -> etree._Element:
    element = writer.put(writer.message, name)
    writer.put(element, "Id", statement.statement_id)
    writer.put(element, "CreDtTm", at.isoformat(timespec="seconds"))
    if statement.from_date and statement.to_date:
        writer.put(element, "FrToDt/FrDtTm", f"{statement.from_date}T00:00:00")
        writer.put(element, "FrToDt/ToDtTm", f"{statement.to_date}T23:59:59")
    account = write_account(writer, element, "Acct", statement.account)
    writer.put(account, "Ccy", statement.currency)
    return element


def _write_balance(writer: Writer, parent: etree._Element, kind: str, money: Money, on: date) -> None:
    balance = writer.put(parent, "Bal")
    writer.put(balance, "Tp/CdOrPrtry/Cd", kind)
    writer.money(balance, "Amt", money)
    writer.put(balance, "CdtDbtInd", _indicator(money.minor))
    writer.put(balance, "Dt/Dt", on.isoformat())


def _write_entry(writer: Writer, parent: etree._Element, entry: StatementEntry) -> None:
    element = writer.put(parent, "Ntry")
    writer.put(element, "NtryRef", entry.reference)
    writer.money(element, "Amt", Money(entry.amount_minor, entry.currency))
    writer.put(element, "CdtDbtInd", _indicator(entry.amount_minor))
    if entry.is_reversal:
        writer.put(element, "RvslInd", "true")
    writer.put(element, "Sts/Cd", BOOKED if entry.is_booked else "PDNG")
    writer.put(element, "BookgDt/Dt", entry.booking_date.isoformat())
    writer.put(element, "ValDt/Dt", entry.value_date.isoformat())
    writer.put(element, "AcctSvcrRef", entry.reference)
    writer.put(element, "BkTxCd/Prtry/Cd", "TRANSFER")
    detail = writer.put(element, "NtryDtls/TxDtls")
    writer.put(detail, "Refs/EndToEndId", entry.end_to_end_id or NOT_GIVEN[1])
    role = "Dbtr" if entry.amount_minor >= 0 else "Cdtr"
    if entry.counterparty_name:
        writer.put(detail, f"RltdPties/{role}/Pty/Nm", entry.counterparty_name[:REMITTANCE_CHARACTERS_MAX])
    if entry.counterparty_account:
        parties = find(detail, "RltdPties")
        holder = parties if parties is not None else writer.put(detail, "RltdPties")
        write_account(writer, holder, f"{role}Acct", entry.counterparty_account)
    if entry.remittance:
        writer.put(detail, "RmtInf/Ustrd", entry.remittance[:REMITTANCE_CHARACTERS_MAX])
    if entry.return_reason:
        writer.put(detail, "RtrInf/Rsn/Cd", entry.return_reason)


def _indicator(minor: int) -> str:
    return "DBIT" if minor < 0 else "CRDT"
