"""Payment initiation (pain.001) and its status report (pain.002)."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from lxml import etree

from ..base import NAME_CHARACTERS_MAX, Outcome, Party, PaymentInstruction, PaymentStatus
from . import xml
from .xml import MessageUnreadable, Writer, find, text

PAIN001, PAIN002 = "pain.001.001.09", "pain.002.001.12"
PAIN001_VERSIONS = ("001.001.03", "001.001.09", "001.001.12")
PAIN002_VERSIONS = ("002.001.03", "002.001.12", "002.001.15")
REMITTANCE_CHARACTERS_MAX = 140
REASON_CHARACTERS_MAX = 105
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}")

# Whatever is neither final payment nor final refusal is still under way.
OUTCOMES = {"ACSC": Outcome.PAID, "ACCC": Outcome.PAID, "RJCT": Outcome.FAILED, "CANC": Outcome.FAILED}


def write_pain001(instruction: PaymentInstruction, *, at: datetime, version: str = "001.001.09") -> bytes:
    """One credit transfer as pain.001 in one of PAIN001_VERSIONS."""
    assert version in PAIN001_VERSIONS, version
    is_old = version == "001.001.03"
    writer = Writer(f"pain.{version}", "CstmrCdtTrfInitn")
    header = writer.header(message_id=instruction.message_id, at=at)
    debtor_name = instruction.debtor.name[:NAME_CHARACTERS_MAX]
    block = writer.put(writer.message, "PmtInf")
    writer.put(block, "PmtInfId", instruction.message_id)
    writer.put(block, "PmtMtd", "TRF")
    for totals in (header, block):
        writer.put(totals, "NbOfTxs", "1")
        writer.put(totals, "CtrlSum", xml.decimal_text(instruction.amount))
    writer.put(header, "InitgPty/Nm", debtor_name)
    writer.put(block, "ReqdExctnDt" if is_old else "ReqdExctnDt/Dt", instruction.execution_date.isoformat())
    writer.put(block, "Dbtr/Nm", debtor_name)
    write_account(writer, block, "DbtrAcct", instruction.debtor.account)
    _write_agent(writer, block, "DbtrAgt", instruction.debtor.bic, is_old)

    transfer = writer.put(block, "CdtTrfTxInf")
    writer.put(transfer, "PmtId/EndToEndId", instruction.end_to_end_id)
    writer.money(transfer, "Amt/InstdAmt", instruction.amount)
    _write_agent(writer, transfer, "CdtrAgt", instruction.creditor.bic, is_old)
    writer.put(transfer, "Cdtr/Nm", instruction.creditor.name[:NAME_CHARACTERS_MAX])
    write_account(writer, transfer, "CdtrAcct", instruction.creditor.account)
    if instruction.remittance:
        writer.put(transfer, "RmtInf/Ustrd", instruction.remittance[:REMITTANCE_CHARACTERS_MAX])
    return writer.done()


def write_account(writer: Writer, parent: etree._Element, name: str, account: str) -> etree._Element:
    """Add an account, as IBAN where it has that form."""
    element = writer.put(parent, name)
    writer.put(element, "Id/IBAN" if IBAN.fullmatch(account) else "Id/Othr/Id", account)
    return element


def _write_agent(writer: Writer, parent: etree._Element, name: str, bic: str, is_old: bool) -> None:
    path = "FinInstnId/Othr/Id" if not bic else "FinInstnId/BIC" if is_old else "FinInstnId/BICFI"
    writer.put(parent, f"{name}/{path}", bic or "NOTPROVIDED")


def read_pain001(content: bytes) -> list[PaymentInstruction]:
    """Every transfer of a pain.001. Raises MessageUnreadable, InstructionInvalid."""
    message = xml.parse(content, "pain.001")
    message_id = text(message, "GrpHdr/MsgId")
    return [
        _read_transfer(message_id, block, transfer)
        for block in xml.children(message, "PmtInf")
        for transfer in xml.children(block, "CdtTrfTxInf")
    ]


def _read_transfer(message_id: str, block: etree._Element, transfer: etree._Element) -> PaymentInstruction:
    amount = find(transfer, "Amt/InstdAmt")
    execution_date = xml.day(find(block, "ReqdExctnDt"))
    if amount is None or execution_date is None:
        raise MessageUnreadable("a transfer names its amount and date", where=f"line {transfer.sourceline}")
    money = xml.amount(amount)
    return PaymentInstruction(
        end_to_end_id=text(transfer, "PmtId/EndToEndId"),
        message_id=message_id,
        amount_minor=money.minor,
        currency=money.currency,
        debtor=_read_party(block, "Dbtr"),
        creditor=_read_party(transfer, "Cdtr"),
        execution_date=execution_date,
        remittance=text(transfer, "RmtInf/Ustrd"),
    )


def _read_party(element: etree._Element, role: str) -> Party:
    return Party(
        name=text(element, f"{role}/Nm"),
        account=read_account(find(element, f"{role}Acct")),
        bic=text(element, f"{role}Agt/FinInstnId/BICFI", f"{role}Agt/FinInstnId/BIC"),
    )


def read_account(element: etree._Element | None) -> str:
    """The number of an account, of whatever kind."""
    return text(element, "Id/IBAN", "Id/Othr/Id", "Id/PrtryAcct/Id", "Id/BBAN")


def write_pain002(status: PaymentStatus, *, message_id: str, at: datetime, version: str = "002.001.12") -> bytes:
    """The status of one payment as pain.002 in one of PAIN002_VERSIONS."""
    assert version in PAIN002_VERSIONS, version
    writer = Writer(f"pain.{version}", "CstmrPmtStsRpt")
    writer.header(message_id=message_id, at=at)
    writer.put(writer.message, "OrgnlGrpInfAndSts/OrgnlMsgId", status.original_message_id)
    writer.put(writer.message, "OrgnlGrpInfAndSts/OrgnlMsgNmId", PAIN001)
    block = writer.put(writer.message, "OrgnlPmtInfAndSts")
    writer.put(block, "OrgnlPmtInfId", status.original_message_id)
    transfer = writer.put(block, "TxInfAndSts")
    writer.put(transfer, "OrgnlEndToEndId", status.end_to_end_id)
    writer.put(transfer, "TxSts", status.code)
    if status.reason_code:
        writer.put(transfer, "StsRsnInf/Rsn/Cd", status.reason_code)
        writer.put(transfer, "StsRsnInf/AddtlInf", status.reason[:REASON_CHARACTERS_MAX])
    return writer.done()


def read_pain002(content: bytes) -> list[PaymentStatus]:
    """What a status report says, the most exact level of each branch. Raises MessageUnreadable.

    A verdict over a whole message or block has an empty end_to_end_id.
    """
    message = xml.parse(content, "pain.002")
    blocks = list(xml.children(message, "OrgnlPmtInfAndSts"))
    message_id = text(message, "OrgnlGrpInfAndSts/OrgnlMsgId")
    found = [status for block in blocks for status in _of_block(block, message_id)]
    if found:
        return found
    # Version 3 and older also put transactions directly below the message.
    return statuses_of(message, xml.children(message, "OrgnlGrpInfAndSts"), xml.children(message, "TxInfAndSts"))


def statuses_of(
    message: etree._Element, groups: Iterable[etree._Element], transactions: Iterable[etree._Element]
) -> list[PaymentStatus]:
    """The status of each transaction, or of the group where there are none."""
    group = next(iter(groups), None)
    message_id = text(group, "OrgnlMsgId") or text(message, "OrgnlGrpInf/OrgnlMsgId")
    found = [
        _status(item, text(item, "OrgnlGrpInf/OrgnlMsgId") or message_id, "TxSts", text(group, "GrpSts"))
        for item in transactions
    ]
    if not found and group is not None and text(group, "GrpSts"):
        found.append(_status(group, message_id, "GrpSts"))
    return found


def _of_block(block: etree._Element, message_id: str) -> Iterator[PaymentStatus]:
    transfers = list(xml.children(block, "TxInfAndSts"))
    if not transfers and text(block, "PmtInfSts"):
        yield _status(block, message_id, "PmtInfSts")
    inherited = text(block, "PmtInfSts")
    for transfer in transfers:
        yield _status(transfer, message_id, "TxSts", inherited)


def _status(element: etree._Element, message_id: str, field: str, inherited: str = "") -> PaymentStatus:
    code = text(element, field) or inherited
    reasons = list(xml.children(element, "StsRsnInf"))
    lines = [line.text.strip() for reason in reasons for line in xml.children(reason, "AddtlInf") if line.text]
    return PaymentStatus(
        end_to_end_id=text(element, "OrgnlEndToEndId"),
        original_message_id=message_id,
        outcome=OUTCOMES.get(code, Outcome.PENDING),
        code=code,
        reason_code=text(reasons[0], "Rsn/Cd", "Rsn/Prtry") if reasons else "",
        reason=" ".join(lines),
    )
