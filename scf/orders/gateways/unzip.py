"""A guard before any archive is opened: names, counts, sizes and ratios, as declared and as found."""

import io
import zipfile
import zlib

from .facts import Status, Unreadable
from .values import clean

MEMBERS_MAX = 500
UNPACKED_BYTES_MAX = 48 * 1024 * 1024
PART_BYTES_MAX = 8 * 1024 * 1024
RATIO_MAX = 200
TAGS_MAX = 2_000_000
_RATIO_FROM_BYTES = 1024 * 1024
_CHUNK = 256 * 1024


def checked_workbook(data: bytes) -> io.BytesIO:
    """`data` as a stream, once it is known to be an XLSX workbook of sane size.

    Raises Unreadable for every other archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_declared(members)
            _check_kind({member.filename for member in members})
            _check_actual(archive, members)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        message = "The archive is broken or encrypted; save the workbook again without a password."
        raise Unreadable("ARCHIVE_BROKEN", "", message) from None
    return io.BytesIO(data)


def _check_declared(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MEMBERS_MAX:
        raise Unreadable("ARCHIVE_BOMB", "", f"The archive holds more than {MEMBERS_MAX} files and was not unpacked.")
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name:
            message = "The archive holds a file whose name leaves its folder; it was not unpacked."
            raise Unreadable("ARCHIVE_HOSTILE", clean(member.filename)[:80], message)
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > _RATIO_FROM_BYTES and ratio > RATIO_MAX:
            message = "The archive unpacks to far more than it holds (a zip bomb); it was not unpacked."
            raise Unreadable("ARCHIVE_BOMB", clean(member.filename)[:80], message)
    if sum(member.file_size for member in members) > UNPACKED_BYTES_MAX:
        limit = UNPACKED_BYTES_MAX // 1024 // 1024
        raise Unreadable("ARCHIVE_BOMB", "", f"The archive unpacks to more than {limit} MB; split the workbook.")


def _check_kind(names: set[str]) -> None:
    if "xl/workbook.xml" in names:
        if any(name.endswith("vbaProject.bin") for name in names):
            raise Unreadable("MACROS", "", "The workbook carries macros; save it as .xlsx without macros.")
        return
    if any(name.rpartition("/")[2] == "OFD.xml" for name in names):
        message = "The file is an OFD document (电子发票); attach it to the application, and send the data as UBL."
        raise Unreadable("E_FAPIAO", "", message, status=Status.IGNORED)
    raise Unreadable("ARCHIVE", "", "The file is an archive; unpack it and send the documents themselves.")


def _check_actual(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    left, tags_left = UNPACKED_BYTES_MAX, TAGS_MAX
    for member in members:
        name, size = clean(member.filename)[:80], 0
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                tags_left -= chunk.count(b"<") if name.endswith((".xml", ".rels")) else 0
                if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                    raise Unreadable("DOCTYPE_FORBIDDEN", name, "The workbook carries a DOCTYPE.")
                if size > left or tags_left < 0:
                    raise Unreadable("ARCHIVE_BOMB", name, "The workbook is too large; split it.")
        if size > PART_BYTES_MAX and "worksheets/" not in name and "sharedStrings" not in name:
            raise Unreadable("ARCHIVE_BOMB", name, "A part of the workbook is too large.")
        left -= size
