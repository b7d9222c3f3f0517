"""What one booking of a camt message says: itself as a movement, or its parts where they add up to it."""

from datetime import date

from lxml import etree

from scf.domain.money import Money

from ..base import StatementEntry
from . import xml
from .pain import read_account
from .xml import MessageUnreadable, find, text

BOOKED, NOT_GIVEN = "BOOK", ("", "NOTPROVIDED", "NOTPROVIDED.")
COUNTED = ("Amt", "CdtDbtInd", "Sts", "BookgDt", "ValDt", "NtryDtls")


def _signed(money: Money, element: etree._Element) -> Money:
    return -money if text(element, "CdtDbtInd") == "DBIT" else money


def movements(booking: etree._Element, fallback: date | None) -> list[StatementEntry]:
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
        raise MessageUnreadable("an entry has a date", where=f"line {booking.sourceline}", code="DAY_MISSING")
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
        return_reason=text(detail, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
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
