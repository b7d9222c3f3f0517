"""Recall of a payment (camt.056), its resolution (camt.029), and returns as banks pass them on (pacs.002, pacs.004)."""

from datetime import datetime

from lxml import etree

from ..base import BIC, PaymentStatus
from ..cases import PaymentReturn, Recall, RecallAnswer, RecallOutcome
from . import xml
from .pain import PAIN001, statuses_of
from .xml import MessageUnreadable, Writer, find, text

CAMT056, CAMT029 = "camt.056.001.12", "camt.029.001.14"
REASON_CHARACTERS_MAX, NAME_CHARACTERS_MAX = 105, 140

# Whatever is neither done nor refused is still under way.
OUTCOMES = {
    **dict.fromkeys(("CNCL", "ACCR"), RecallOutcome.DONE),
    **dict.fromkeys(("RJCR", "NOAS"), RecallOutcome.REFUSED),
}
TRANSACTION_STATUS = {RecallOutcome.DONE: "ACCR", RecallOutcome.REFUSED: "RJCR", RecallOutcome.PENDING: "PDCR"}


def write_camt056(recall: Recall, *, at: datetime) -> bytes:
    """One recall as camt.056.001.12."""
    writer = Writer(CAMT056, "FIToFIPmtCxlReq")
    _assignment(writer, recall.id, recall.assigner, recall.assignee, at)
    case = writer.put(writer.message, "Case")
    writer.put(case, "Id", recall.id)
    _party(writer, case, "Cretr", recall.assigner)
    transaction = writer.put(writer.message, "Undrlyg/TxInf")
    writer.put(transaction, "CxlId", recall.id)
    group = writer.put(transaction, "OrgnlGrpInf")
    writer.put(group, "OrgnlMsgId", recall.original_message_id)
    writer.put(group, "OrgnlMsgNmId", PAIN001)
    writer.put(transaction, "OrgnlEndToEndId", recall.end_to_end_id)
    writer.money(transaction, "OrgnlIntrBkSttlmAmt", recall.amount)
    _reason(writer, transaction, "CxlRsnInf", recall.reason_code, recall.reason)
    return writer.done()


def read_camt056(content: bytes) -> list[Recall]:
    """Every recall of a message. Raises MessageUnreadable."""
    message = xml.parse(content, "camt.056")
    assigner, assignee = (_read_party(find(message, f"Assgnmt/{role}")) for role in ("Assgnr", "Assgne"))
    return [
        _read_recall(transaction, assigner, assignee, text(message, "Assgnmt/Id"))
        for underlying in xml.children(message, "Undrlyg")
        for transaction in xml.children(underlying, "TxInf")
    ]


def _read_recall(transaction: etree._Element, assigner: str, assignee: str, message_id: str) -> Recall:
    amount = find(transaction, "OrgnlIntrBkSttlmAmt")
    if amount is None:
        amount = find(transaction, "OrgnlInstdAmt")
    if amount is None:
        raise MessageUnreadable("a recall names the amount", where=f"line {transaction.sourceline}")
    money = xml.amount(amount)
    code, reason = _read_reason(transaction, "CxlRsnInf")
    return Recall(
        id=text(transaction, "CxlId") or message_id,
        end_to_end_id=text(transaction, "OrgnlEndToEndId"),
        original_message_id=text(transaction, "OrgnlGrpInf/OrgnlMsgId"),
        amount_minor=money.minor,
        currency=money.currency,
        assigner=assigner,
        assignee=assignee,
        reason_code=code,
        reason=reason,
    )


def write_camt029(answer: RecallAnswer, *, message_id: str, assigner: str, assignee: str, at: datetime) -> bytes:
    """The answer to one recall as camt.029.001.14; `assigner` is the bank that answers."""
    writer = Writer(CAMT029, "RsltnOfInvstgtn")
    _assignment(writer, message_id, assigner, assignee, at)
    if answer.recall_id:
        case = writer.put(writer.message, "RslvdCase")
        writer.put(case, "Id", answer.recall_id)
        _party(writer, case, "Cretr", assignee)
    writer.put(writer.message, "Sts/Conf", answer.code)
    transaction = writer.put(writer.message, "CxlDtls/TxInfAndSts")
    writer.put(transaction, "OrgnlEndToEndId", answer.end_to_end_id)
    writer.put(transaction, "TxCxlSts", TRANSACTION_STATUS[answer.outcome])
    _reason(writer, transaction, "CxlStsRsnInf", answer.reason_code, answer.reason)
    return writer.done()


def read_camt029(content: bytes) -> list[RecallAnswer]:
    """What a bank says of each payment that was recalled. Raises MessageUnreadable.

    The code of the whole message counts; where there is none, that of the payment.
    """
    message = xml.parse(content, "camt.029")
    recall_id, whole = text(message, "RslvdCase/Id"), text(message, "Sts/Conf")
    return [
        _read_answer(transaction, recall_id, whole)
        for details in xml.children(message, "CxlDtls")
        for block in (details, *xml.children(details, "OrgnlPmtInfAndSts"))
        for transaction in xml.children(block, "TxInfAndSts")
    ]


def _read_answer(transaction: etree._Element, recall_id: str, whole: str) -> RecallAnswer:
    own = text(transaction, "TxCxlSts")
    outcomes = {OUTCOMES.get(code, RecallOutcome.PENDING) for code in (whole, own) if code}
    reason_code, reason = _read_reason(transaction, "CxlStsRsnInf")
    return RecallAnswer(
        recall_id=recall_id or text(transaction, "RslvdCase/Id"),
        end_to_end_id=text(transaction, "OrgnlEndToEndId"),
        # a message that contradicts itself is not believed: money counts as recalled only if nothing says otherwise
        outcome=outcomes.pop() if len(outcomes) == 1 else RecallOutcome.PENDING,
        code=whole or own,
        reason_code=reason_code,
        reason=reason,
    )


def read_pacs002(content: bytes) -> list[PaymentStatus]:
    """What a bank passes on of another bank's status report. Raises MessageUnreadable."""
    message = xml.parse(content, "pacs.002")
    return statuses_of(message, xml.children(message, "OrgnlGrpInfAndSts"), xml.children(message, "TxInfAndSts"))


def read_pacs004(content: bytes) -> list[PaymentReturn]:
    """Every payment that comes back. Raises MessageUnreadable."""
    message = xml.parse(content, "pacs.004")
    settled_on = xml.day(find(message, "GrpHdr/IntrBkSttlmDt"))
    returns = []
    for transaction in xml.children(message, "TxInf"):
        paths = ("RtrdInstdAmt", "RtrdIntrBkSttlmAmt")
        amount = next((found for path in paths if (found := find(transaction, path)) is not None), None)
        if amount is None:
            raise MessageUnreadable("a return names its amount", where=f"line {transaction.sourceline}")
        money = xml.amount(amount)
        code, reason = _read_reason(transaction, "RtrRsnInf")
        returns.append(
            PaymentReturn(
                return_id=text(transaction, "RtrId"),
                end_to_end_id=text(transaction, "OrgnlEndToEndId"),
                amount_minor=money.minor,
                currency=money.currency,
                reason_code=code,
                reason=reason,
                settled_on=xml.day(find(transaction, "IntrBkSttlmDt")) or settled_on,
            )
        )
    return returns


def _assignment(writer: Writer, message_id: str, assigner: str, assignee: str, at: datetime) -> None:
    assignment = writer.put(writer.message, "Assgnmt")
    writer.put(assignment, "Id", message_id)
    _party(writer, assignment, "Assgnr", assigner)
    _party(writer, assignment, "Assgne", assignee)
    writer.put(assignment, "CreDtTm", at.isoformat(timespec="seconds"))


def _party(writer: Writer, parent: etree._Element, role: str, who: str) -> None:
    if BIC.fullmatch(who):
        writer.put(parent, f"{role}/Agt/FinInstnId/BICFI", who)
    else:
        writer.put(parent, f"{role}/Pty/Nm", who[:NAME_CHARACTERS_MAX])


def _read_party(element: etree._Element | None) -> str:
    agent = "Agt/FinInstnId"
    return text(element, f"{agent}/BICFI", f"{agent}/BIC", f"{agent}/Nm", "Pty/Nm", f"{agent}/Othr/Id")


def _reason(writer: Writer, parent: etree._Element, name: str, code: str, reason: str) -> None:
    if not code and not reason:
        return
    element = writer.put(parent, name)
    if code:
        writer.put(element, "Rsn/Cd" if len(code) <= 4 else "Rsn/Prtry", code)
    if reason:
        writer.put(element, "AddtlInf", reason[:REASON_CHARACTERS_MAX])


def _read_reason(parent: etree._Element, name: str) -> tuple[str, str]:
    """The first code and all words."""
    found = list(xml.children(parent, name))
    lines = [line.text.strip() for reason in found for line in xml.children(reason, "AddtlInf") if line.text]
    return (text(found[0], "Rsn/Cd", "Rsn/Prtry") if found else ""), " ".join(lines)
