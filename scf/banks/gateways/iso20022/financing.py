"""Invoice financing between intermediary and lender: request (tsin.001), status (tsin.002), cancellation (tsin.003)."""

from datetime import UTC, date, datetime

from lxml import etree

from scf.domain.money import Money

from ..base import BIC
from ..cases import (
    FinancingCancellation,
    FinancingRequest,
    FinancingStatus,
    InvoiceOutcome,
    InvoiceRequest,
    InvoiceStatus,
)
from . import xml
from .pain import IBAN
from .xml import MessageUnreadable, Writer, find, text

TSIN001, TSIN002, TSIN003 = "tsin.001.001.01", "tsin.002.001.01", "tsin.003.001.01"
NAME_CHARACTERS_MAX, REASON_CHARACTERS_MAX = 70, 105
INVOICE, USCC, OWN = "CINV", "USCC", "PROP"
RECEIVED, FAULTY = "RCCF", "RCER"
CANCELLED, NOT_CANCELLED = "PACK", "REJT"


def write_tsin001(request: FinancingRequest) -> bytes:
    """A request as tsin.001.001.01."""
    writer = Writer(TSIN001, "InvcFincgReq")
    group = writer.put(writer.message, "ReqGrpInf")
    writer.put(group, "GrpId", request.id)
    writer.put(group, "CreDtTm", request.created_at.isoformat())
    writer.put(group, "NbOfInvcReqs", str(len(request.invoices)))
    whole = sum(invoice.total_minor for invoice in request.invoices)
    writer.money(group, "TtlBlkInvcAmt", Money(whole, request.currency))
    writer.put(group, "Ccy", request.currency)
    if request.agreement:
        writer.put(group, "FincgAgrmt", request.agreement)
    requester = writer.put(group, "FincgRqstr")
    writer.put(requester, "PtyId/Nm", request.requester[:NAME_CHARACTERS_MAX])
    if request.requester_id:
        writer.put(requester, "PtyId/PrtryId/Id", request.requester_id)
        writer.put(requester, "PtyId/PrtryId/IdTp", USCC)
    _account(writer, requester, "CdtAcct", request.account)
    _agent(writer, group, "IntrmyAgt", request.intermediary)
    _agent(writer, group, "FrstAgt", request.first_agent)
    for invoice in request.invoices:
        _write_invoice(writer, invoice, request.currency)
    return writer.done()


def _write_invoice(writer: Writer, invoice: InvoiceRequest, currency: str) -> None:
    element = writer.put(writer.message, "InvcReqInf")
    writer.put(element, "InvcGnlInf/DocTp", INVOICE)
    writer.put(element, "InvcGnlInf/DocNb", invoice.number)
    writer.put(element, "InvcGnlInf/IsseDt", invoice.issued_on.isoformat())
    totals = writer.put(element, "InvcTtlsInf")
    writer.money(totals, "TtlTaxblAmt", Money(invoice.taxable_minor, currency))
    writer.money(totals, "TtlTaxAmt", Money(invoice.tax_minor, currency))
    writer.money(totals, "TtlInvcAmt", Money(invoice.total_minor, currency))
    writer.put(totals, "PmtDueDt", invoice.due_on.isoformat())
    if invoice.requested_minor is not None:
        writer.money(element, "ReqdAmt/Amt", Money(invoice.requested_minor, currency))
    writer.put(element, "Spplr/PtyId/Nm", invoice.supplier[:NAME_CHARACTERS_MAX])
    supplier = find(element, "Spplr")
    assert supplier is not None
    _account(writer, supplier, "AcctId", invoice.supplier_account)
    writer.put(element, "Buyr/PtyId/Nm", invoice.buyer[:NAME_CHARACTERS_MAX])
    writer.put(element, "InvcPmtInf/PmtMtd", "TRF")


def read_tsin001(content: bytes) -> FinancingRequest:
    """A request for financing. Raises MessageUnreadable."""
    message = xml.parse(content, "tsin.001")
    group = _part(message, "ReqGrpInf")
    invoices = tuple(_read_invoice(element) for element in xml.children(message, "InvcReqInf"))
    return FinancingRequest(
        id=text(group, "GrpId"),
        created_at=_instant(group, "CreDtTm"),
        currency=text(group, "Ccy") or _currency(find(group, "TtlBlkInvcAmt")),
        requester=text(group, "FincgRqstr/PtyId/Nm"),
        requester_id=text(group, "FincgRqstr/PtyId/PrtryId/Id"),
        account=_read_account(find(group, "FincgRqstr/CdtAcct")),
        intermediary=_read_agent(find(group, "IntrmyAgt")),
        first_agent=_read_agent(find(group, "FrstAgt")),
        invoices=invoices,
        agreement=text(group, "FincgAgrmt"),
    )


def _read_invoice(element: etree._Element) -> InvoiceRequest:
    totals = _part(element, "InvcTtlsInf")
    requested = find(element, "ReqdAmt/Amt")
    return InvoiceRequest(
        number=text(element, "InvcGnlInf/DocNb"),
        issued_on=_day(element, "InvcGnlInf/IsseDt"),
        due_on=_day(totals, "PmtDueDt"),
        taxable_minor=_minor(totals, "TtlTaxblAmt"),
        tax_minor=_minor(totals, "TtlTaxAmt"),
        total_minor=_minor(totals, "TtlInvcAmt"),
        supplier=text(element, "Spplr/PtyId/Nm"),
        supplier_account=_read_account(find(element, "Spplr/AcctId")),
        buyer=text(element, "Buyr/PtyId/Nm"),
        requested_minor=None if requested is None else xml.amount(requested).minor,
    )


def write_tsin002(status: FinancingStatus) -> bytes:
    """What a lender says of a request as tsin.002.001.01."""
    writer = Writer(TSIN002, "InvcFincgReqSts")
    writer.put(writer.message, "StsId/Id", status.id)
    writer.put(writer.message, "StsId/CreDtTm", status.created_at.isoformat())
    original = writer.put(writer.message, "OrgnlReqInfAndSts")
    writer.put(original, "Id", status.request_id)
    writer.put(original, "CreDtTm", status.requested_at.isoformat())
    writer.put(original, "VldtnStsInf/Sts", RECEIVED if status.is_valid else FAULTY)
    if status.reason:
        writer.put(original, "VldtnStsInf/AddtlStsRsnInf", status.reason[:REASON_CHARACTERS_MAX])
    if status.is_cancelled is not None:
        writer.put(original, "CxlStsInf/Sts", CANCELLED if status.is_cancelled else NOT_CANCELLED)
    if status.invoices:
        _write_results(writer, status)
    return writer.done()


def _write_results(writer: Writer, status: FinancingStatus) -> None:
    financed = [invoice for invoice in status.invoices if invoice.outcome is InvoiceOutcome.FINANCED]
    block = writer.put(writer.message, "FincgInfAndSts")
    summary = writer.put(block, "FincgAllwdSummry")
    writer.put(summary, "FincdItmNb", str(len(financed)))
    accepted = sum(invoice.total_minor for invoice in financed)
    writer.money(summary, "TtlAccptdItmsAmt", Money(accepted, status.currency))
    paid = sum(invoice.financed_minor or 0 for invoice in financed)
    writer.money(summary, "TtlFincdAmt", Money(paid, status.currency))
    for invoice in status.invoices:
        details = writer.put(block, "InvcFincgDtls")
        original = writer.put(details, "OrgnlInvcInf")
        writer.put(original, "DocNb", invoice.number)
        writer.money(original, "TtlInvcAmt", Money(invoice.total_minor, status.currency))
        writer.put(original, "IsseDt", invoice.issued_on.isoformat())
        writer.put(original, "PmtDueDt", invoice.due_on.isoformat())
        result = writer.put(details, "InvcFincgRslt")
        writer.put(result, "FincgReqSts", invoice.outcome.value)
        if invoice.reason:
            writer.put(result, "AddtlStsRsnInf", invoice.reason[:REASON_CHARACTERS_MAX])
        if invoice.financed_minor is not None:
            writer.money(result, "FincdAmt/Amt", Money(invoice.financed_minor, status.currency))


def read_tsin002(content: bytes) -> FinancingStatus:
    """What a lender says of a request. Raises MessageUnreadable."""
    message = xml.parse(content, "tsin.002")
    original = _part(message, "OrgnlReqInfAndSts")
    summary = find(message, "FincgInfAndSts/FincgAllwdSummry/TtlFincdAmt")
    block = find(message, "FincgInfAndSts")
    details = list(xml.children(block, "InvcFincgDtls")) if block is not None else []
    cancelled = text(original, "CxlStsInf/Sts")
    return FinancingStatus(
        id=text(message, "StsId/Id"),
        created_at=_instant(message, "StsId/CreDtTm"),
        request_id=text(original, "Id"),
        requested_at=_instant(original, "CreDtTm"),
        currency=_currency(summary),
        is_valid=text(original, "VldtnStsInf/Sts") != FAULTY,
        is_cancelled={CANCELLED: True, NOT_CANCELLED: False}.get(cancelled),
        reason=text(original, "VldtnStsInf/AddtlStsRsnInf"),
        invoices=tuple(_read_result(element) for element in details),
    )


def _read_result(element: etree._Element) -> InvoiceStatus:
    financed = find(element, "InvcFincgRslt/FincdAmt/Amt")
    said = text(element, "InvcFincgRslt/FincgReqSts")
    if said not in set(InvoiceOutcome):
        raise MessageUnreadable("this is no status of an invoice", where=f"line {element.sourceline}", text=said)
    return InvoiceStatus(
        number=text(element, "OrgnlInvcInf/DocNb"),
        issued_on=_day(element, "OrgnlInvcInf/IsseDt"),
        due_on=_day(element, "OrgnlInvcInf/PmtDueDt"),
        total_minor=_minor(element, "OrgnlInvcInf/TtlInvcAmt"),
        outcome=InvoiceOutcome(said),
        financed_minor=None if financed is None else xml.amount(financed).minor,
        reason=text(element, "InvcFincgRslt/AddtlStsRsnInf", "InvcFincgRslt/StsRsn/Prtry", "InvcFincgRslt/StsRsn/Cd"),
    )


def write_tsin003(cancellation: FinancingCancellation) -> bytes:
    """A request is withdrawn, as tsin.003.001.01."""
    writer = Writer(TSIN003, "InvcFincgCxlReq")
    writer.put(writer.message, "CxlReqId/Id", cancellation.id)
    writer.put(writer.message, "CxlReqId/CreDtTm", cancellation.created_at.isoformat())
    block = writer.put(writer.message, "CxlReqInf")
    writer.put(block, "OrgnlGrpId", cancellation.request_id)
    writer.put(block, "OrgnlCreDtTm", cancellation.requested_at.isoformat())
    writer.put(block, "CxlRsn", cancellation.reason[:REASON_CHARACTERS_MAX])
    for name, who in (("IntrmyAgt", cancellation.intermediary), ("FrstAgt", cancellation.first_agent)):
        if who:
            _agent(writer, block, name, who)
    return writer.done()


def read_tsin003(content: bytes) -> FinancingCancellation:
    """A withdrawal. Raises MessageUnreadable."""
    message = xml.parse(content, "tsin.003")
    block = _part(message, "CxlReqInf")
    return FinancingCancellation(
        id=text(message, "CxlReqId/Id"),
        created_at=_instant(message, "CxlReqId/CreDtTm"),
        request_id=text(block, "OrgnlGrpId"),
        requested_at=_instant(block, "OrgnlCreDtTm"),
        reason=text(block, "CxlRsn"),
        intermediary=_read_agent(find(block, "IntrmyAgt")),
        first_agent=_read_agent(find(block, "FrstAgt")),
    )


def _account(writer: Writer, parent: etree._Element, name: str, account: str) -> None:
    """These messages have fields of their own for IBAN and for everything else."""
    writer.put(parent, f"{name}/Id/IBAN" if IBAN.fullmatch(account) else f"{name}/Id/PrtryAcct/Id", account)


def _read_account(element: etree._Element | None) -> str:
    return text(element, "Id/IBAN", "Id/PrtryAcct/Id", "Id/BBAN", "Id/UPIC")


def _agent(writer: Writer, parent: etree._Element, name: str, who: str) -> None:
    if BIC.fullmatch(who):
        writer.put(parent, f"{name}/BIC", who)
    else:
        writer.put(parent, f"{name}/PrtryId/Id", who)
        writer.put(parent, f"{name}/PrtryId/IdTp", OWN)


def _read_agent(element: etree._Element | None) -> str:
    return text(element, "BIC", "PrtryId/Id")


def _minor(parent: etree._Element, path: str) -> int:
    return xml.amount(_part(parent, path)).minor


def _part(parent: etree._Element, path: str) -> etree._Element:
    found = find(parent, path)
    if found is None:
        raise MessageUnreadable(f"{path} is missing", where=f"line {parent.sourceline}")
    return found


def _currency(amount: etree._Element | None) -> str:
    return "" if amount is None else amount.get("Ccy", "")


def _day(parent: etree._Element, path: str) -> date:
    found = xml.day(find(parent, path))
    if found is None:
        raise MessageUnreadable(f"{path} is missing", where=f"line {parent.sourceline}")
    return found


def _instant(parent: etree._Element, path: str) -> datetime:
    """A time; without a zone it counts as UTC."""
    written = text(parent, path)
    try:
        found = datetime.fromisoformat(written)
    except ValueError as problem:
        raise MessageUnreadable(f"{path} is not a time", text=written[:40]) from problem
    return found if found.tzinfo else found.replace(tzinfo=UTC)
