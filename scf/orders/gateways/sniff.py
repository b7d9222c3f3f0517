"""What a file is, by its bytes alone."""

import codecs
from enum import Enum, auto

from .facts import Status, Unreadable

FILE_BYTES_MAX = 20 * 1024 * 1024
_HEAD_BYTES = 4096


class Form(Enum):
    """The outer form of a file."""

    XML = auto()
    JSON = auto()
    TEXT = auto()
    ZIP = auto()


_BINARIES = (
    (b"\xd0\xcf\x11\xe0", "OLD_OFFICE", "an old Office file (.xls, .doc); save it as .xlsx or .csv and send that"),
    (b"\x1f\x8b", "ARCHIVE", "a compressed file (gzip); unpack it and send the documents themselves"),
    (b"7z\xbc\xaf", "ARCHIVE", "an archive (7z); unpack it and send the documents themselves"),
    (b"Rar!", "ARCHIVE", "an archive (rar); unpack it and send the documents themselves"),
    (b"\x89PNG", "IMAGE", "an image; send the document as UBL, JSON, CSV or XLSX, or enter it by form"),
    (b"\xff\xd8\xff", "IMAGE", "an image; send the document as UBL, JSON, CSV or XLSX, or enter it by form"),
    (b"GIF8", "IMAGE", "an image; send the document as UBL, JSON, CSV or XLSX, or enter it by form"),
    (b"MZ", "BINARY", "a program; send a document"),
    (b"\x7fELF", "BINARY", "a program; send a document"),
)
_FOREIGN_TEXTS = (
    (b":20:", "MT940 bank statement"),
    (b"{1:F", "SWIFT message"),
    (b"OFXHEADER", "OFX bank statement"),
    (b"!Type:", "QIF bank statement"),
)


def form_of(data: bytes) -> Form:
    """The form of `data`.

    Raises Unreadable when it is too large, empty, or nothing we could read.
    """
    if len(data) > FILE_BYTES_MAX:
        limit = FILE_BYTES_MAX // 1024 // 1024
        raise Unreadable("TOO_LARGE", "", f"The file is larger than {limit} MB; split it and send the parts.")
    head = data[:_HEAD_BYTES]
    text = _as_ascii(head)
    if not text:
        raise Unreadable("EMPTY", "", "The file is empty; send it again from the system that made it.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Form.ZIP
    _refuse_binaries(head, text)
    if text.startswith(b"<"):
        return Form.XML
    if text[:1] in (b"{", b"["):
        return Form.JSON
    return Form.TEXT


def _refuse_binaries(head: bytes, text: bytes) -> None:
    if b"%PDF-" in head[:1024]:
        message = "The file is a PDF, which shows a document but does not carry its data; send it as UBL, JSON, CSV or "
        raise Unreadable("PDF", "", message + "XLSX, or enter it by form and attach the PDF to the application.")
    for magic, code, what in _BINARIES:
        if head.startswith(magic):
            raise Unreadable(code, "", f"The file is {what}.")
    for start, what in _FOREIGN_TEXTS:
        if text.startswith(start):
            message = f"The file is a {what}, not a document of trade; upload it at the finance desk."
            raise Unreadable("BANK_STATEMENT", "", message, status=Status.IGNORED)
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\0", b"\0<"))
    if b"\0" in head and not is_wide:
        raise Unreadable("BINARY", "", "The file is binary and of no kind we know; send UBL, JSON, CSV or XLSX.")


def _as_ascii(head: bytes) -> bytes:
    for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").strip()
