"""The one door in: bytes of any kind, a ParsedFile out, never an exception."""

from dataclasses import replace

from . import checks, jd, qimen, sheets, ubl, xmlsafe
from .facts import Kind, ParsedFile, Problem, Reading, Status, Unreadable
from .sniff import Form, form_of
from .tables import rows_of_text, rows_of_workbook
from .values import clean

PROBLEMS_MAX = 200
_FOREIGN_XML = (
    ("urn:iso:std:iso:20022", "BANK_STATEMENT", "an ISO 20022 bank message; upload it at the finance desk"),
    ("http://difi.no/xsd/vefa/validator", "TEST_SET", "a set of validation tests, not a document of trade"),
    ("urn:oasis:names:specification:ubl", "KIND_NOT_TAKEN", "a UBL document of a kind that is not taken in"),
)
_E_INVOICE_ROOTS = frozenset({"eInvoice", "EInvoice", "发票"})


def read(name: str, data: bytes, *, mapping: dict[str, str] | None = None, kind: Kind | None = None) -> ParsedFile:
    """Read and check one file.

    name     shown back to the person; never used to decide what the file is
    mapping  for sheets: field -> column header; found by itself if None
    kind     for sheets: what their rows are; found by itself if None
    """
    try:
        readings = _readings(data, mapping, kind)
    except Unreadable as refusal:
        return ParsedFile(name, refusal.status, problems=(refusal.problem,))
    except RecursionError:
        problem = Problem("TOO_DEEP", "", "The file is nested too deeply to be a document of trade.")
        return ParsedFile(name, Status.REJECTED, problems=(problem,))
    return _judged(name, [_checked(reading) for reading in readings])


def _readings(data: bytes, mapping: dict[str, str] | None, kind: Kind | None) -> list[Reading]:
    match form_of(data):
        case Form.XML:
            return _read_xml(data)
        case Form.JSON:
            return jd.read(data)
        case Form.ZIP:
            return sheets.read(rows_of_workbook(data), mapping=mapping, kind=kind)
        case _:
            return sheets.read(rows_of_text(data), mapping=mapping, kind=kind)


def _read_xml(data: bytes) -> list[Reading]:
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


def _checked(reading: Reading) -> Reading:
    if reading.document is None:
        return reading
    return replace(reading, problems=reading.problems + checks.problems_of(reading.document))


def _judged(name: str, readings: list[Reading]) -> ParsedFile:
    """Accepted with the sound documents; rejected, showing what could be read, when there is none."""
    sound = tuple(reading.document for reading in readings if reading.document and reading.is_sound)
    problems = tuple(problem for reading in readings for problem in reading.problems)
    left_out = [reading.document.number or "?" for reading in readings if reading.document and not reading.is_sound]
    if sound and left_out:
        message = f"Left out because of the problems above: {', '.join(left_out[:20])}. The others were taken in."
        problems = (*problems[: PROBLEMS_MAX - 1], Problem("LEFT_OUT", "", message, is_fatal=False))
    if sound:
        return ParsedFile(name, Status.ACCEPTED, sound, problems[:PROBLEMS_MAX])
    shown = tuple(reading.document for reading in readings if reading.document is not None)
    if not problems:
        problems = (Problem("NOTHING_FOUND", "", "No document was found in the file."),)
    return ParsedFile(name, Status.REJECTED, shown, problems[:PROBLEMS_MAX])
