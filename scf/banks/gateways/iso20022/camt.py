"""Statements (camt.053), intraday reports (camt.052) and notifications (camt.054)."""

from datetime import date, datetime

from lxml import etree

from scf.domain.money import Money

from ..base import Statement, StatementEntry
from . import xml
from .pain import read_account, write_account
from .xml import MessageUnreadable, Writer, find, text

CAMT053, CAMT054 = "camt.053.001.08", "camt.054.001.08"
REMITTANCE_CHARACTERS_MAX = 140

CONTAINERS = ("Stmt", "Ntfctn", "Rpt")
# In order of trust: booked at the edge of the period, then of the day before, then interim.
OPENINGS, CLOSINGS = ("OPBD", "PRCD"), ("CLBD",)
BOOKED, NOT_GIVEN = "BOOK", ("", "NOTPROVIDED", "NOTPROVIDED.")


def read_camt(content: bytes) -> list[Statement]:
    """Every statement, report or notification of a message, one an account. Raises MessageUnreadable."""
    message = xml.parse(content, "camt.052", "camt.053", "camt.054")
    return [_statement(element) for name in CONTAINERS for element in xml.children(message, name)]


def _statement(element: etree._Element) -> Statement:
    opening, closing = _balance(element, OPENINGS), _balance(element, CLOSINGS)
    from_date, to_date = (xml.day(find(element, f"FrToDt/{end}")) for end in ("FrDtTm", "ToDtTm"))
    balance_dates = [xml.day(find(balance, "Dt")) for balance in xml.children(element, "Bal")]
    fallback = next((day for day in (*balance_dates, to_date, xml.day(find(element, "CreDtTm"))) if day), None)
    bookings = list(xml.children(element, "Ntry"))
    entries = tuple(entry for booking in bookings for entry in _entries(booking, fallback))
    balances = [side for side in (opening, closing) if side is not None]
    currencies = [text(element, "Acct/Ccy"), *(money.currency for money in (*balances, *(e.money for e in entries)))]
    currency = next(filter(None, currencies), "")
    return Statement(
        account=read_account(find(element, "Acct")),
        statement_id=text(element, "Id"),
        currency=currency,
        from_date=from_date,
        to_date=to_date,
        opening_minor=None if opening is None else opening.minor,
        closing_minor=None if closing is None else closing.minor,
        is_of_one_currency=all(money.currency == currency for money in balances),
        entries=entries,
        entries_count=len(bookings),
    )


def _balance(element: etree._Element, types: tuple[str, ...]) -> Money | None:
    """The first balance of the wanted types; a missing indicator means credit."""
    for wanted in types:
        for balance in xml.children(element, "Bal"):
            amount = find(balance, "Amt")
            if text(balance, "Tp/CdOrPrtry/Cd") == wanted and amount is not None:
                return _signed(xml.amount(amount), balance)
    return None


def _signed(money: Money, element: etree._Element) -> Money:
    return -money if text(element, "CdtDbtInd") == "DBIT" else money


def _entries(booking: etree._Element, fallback: date | None) -> list[StatementEntry]:
    """A booking as one entry, or as its parts where they add up to it."""
    details = [item for group in xml.children(booking, "NtryDtls") for item in xml.children(group, "TxDtls")]
    amount = find(booking, "Amt")
    if amount is None and not (len(details) == 1 and (amount := find(details[0], "Amt")) is not None):
        raise MessageUnreadable("an entry has an amount", where=f"line {booking.sourceline}")
    # Some banks leave the amount and its direction to the one transaction inside.
    whole = _signed(xml.amount(amount), booking if text(booking, "CdtDbtInd") or not details else details[0])
    parts = _parts(details, whole)
    if parts is None:
        return [_entry(booking, details[0] if len(details) == 1 else None, whole, fallback)]
    return [_entry(booking, detail, part, fallback) for detail, part in zip(details, parts, strict=True)]


def _parts(details: list[etree._Element], whole: Money) -> list[Money] | None:
    """The amounts of a batch's transactions, None where they do not add up to the booking."""
    if len(details) < 2:
        return None
    amounts = [
        find(item, "Amt") if find(item, "Amt") is not None else find(item, "AmtDtls/TxAmt/Amt") for item in details
    ]
    if any(amount is None or amount.get("Ccy") != whole.currency for amount in amounts):
        return None
    sign = -1 if whole.minor < 0 else 1
    parts = []
    for item, amount in zip(details, amounts, strict=True):
        assert amount is not None
        money = xml.amount(amount)
        has_own_sign = bool(text(item, "CdtDbtInd"))
        parts.append(_signed(money, item) if has_own_sign else Money(sign * money.minor, money.currency))
    return parts if sum(part.minor for part in parts) == whole.minor else None


def _entry(
    booking: etree._Element, detail: etree._Element | None, amount: Money, fallback: date | None
) -> StatementEntry:
    value_date, booking_date = xml.day(find(booking, "ValDt")), xml.day(find(booking, "BookgDt"))
    booked_on = booking_date or value_date or fallback
    if booked_on is None:
        raise MessageUnreadable("an entry has a date", where=f"line {booking.sourceline}")
    end_to_end_id = text(detail, "Refs/EndToEndId")
    # Who is on the other side: the debtor of money that came in, the creditor of money that went out.
    role = "Dbtr" if amount.minor >= 0 else "Cdtr"
    parties = find(detail, "RltdPties")
    return StatementEntry(
        reference=text(detail, "Refs/AcctSvcrRef") or text(booking, "AcctSvcrRef", "NtryRef"),
        amount_minor=amount.minor,
        currency=amount.currency,
        booking_date=booked_on,
        value_date=value_date or booked_on,
        end_to_end_id="" if end_to_end_id in NOT_GIVEN else end_to_end_id,
        remittance=_remittance(booking, detail),
        counterparty_name=text(parties, f"{role}/Nm", f"{role}/Pty/Nm"),
        counterparty_account=read_account(find(parties, f"{role}Acct")),
        is_reversal=text(booking, "RvslInd") in ("true", "1"),
        is_booked=text(booking, "Sts/Cd", "Sts") in (BOOKED, ""),
    )


def _remittance(booking: etree._Element, detail: etree._Element | None) -> str:
    """Free text, else the creditor's reference, else what the bank adds to the entry."""
    information = find(detail, "RmtInf")
    if information is not None:
        free = [line.text.strip() for line in xml.children(information, "Ustrd") if line.text]
        if free:
            return " ".join(free)
        reference = text(information, "Strd/CdtrRefInf/Ref")
        if reference:
            return reference
    return text(detail, "AddtlTxInf") or text(booking, "AddtlNtryInf")


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
        balance = writer.put(element, "Bal")
        writer.put(balance, "Tp/CdOrPrtry/Cd", kind)
        writer.money(balance, "Amt", Money(minor, statement.currency))
        writer.put(balance, "CdtDbtInd", _indicator(minor))
        writer.put(balance, "Dt/Dt", on.isoformat())
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


def _indicator(minor: int) -> str:
    return "DBIT" if minor < 0 else "CRDT"
