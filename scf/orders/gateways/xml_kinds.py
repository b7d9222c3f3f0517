"""XML of whatever kind: what we take in is read, what we know otherwise is named."""

from . import qimen, ubl, xmlsafe
from .facts import Reading, Status, Unreadable
from .values import clean

_FOREIGN_XML = (
    ("urn:iso:std:iso:20022", "BANK_STATEMENT", "an ISO 20022 bank message; upload it at the finance desk"),
    ("http://difi.no/xsd/vefa/validator", "TEST_SET", "a set of validation tests, not a document of trade"),
    ("urn:oasis:names:specification:ubl", "KIND_NOT_TAKEN", "a UBL document of a kind that is not taken in"),
)
_E_INVOICE_ROOTS = frozenset({"eInvoice", "EInvoice", "发票"})


def read(data: bytes) -> list[Reading]:
    """The document in an XML file.

    Raises Unreadable, with what the file is instead, when it is none that we take in.
    """
    root = ubl.unwrapped(xmlsafe.parse(data))
    if ubl.is_ubl(root):
        return [ubl.read(root)]
    if qimen.is_entry_order(root):
        return [qimen.read(root)]
    name, space = clean(xmlsafe.local(root))[:60], xmlsafe.namespace(root)
    code, what = next(((c, w) for start, c, w in _FOREIGN_XML if space.startswith(start)), (None, None))
    if code is None and name in _E_INVOICE_ROOTS:
        code, what = (
            "E_FAPIAO",
            "a tax invoice (电子发票); send the UBL invoice, or attach this file to the application",
        )
    if code is None:
        code, what = "KIND_UNKNOWN", f"XML of a kind we do not know (<{name}>); send UBL 2, JSON, CSV or XLSX"
    raise Unreadable(code, xmlsafe.where(root), f"The file is {what}.", status=Status.IGNORED)
