"""The one door for files of banks: bytes in, one reading for each statement out; nothing is raised.

What a file is, its bytes decide, not its name. Messages of any size are read
as a stream; all else has a bound.
"""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from . import mt940, ofx, sheets
from .iso20022 import MessageUnreadable, read_camt_stream
from .readings import Reading, unreadable

HEAD_BYTES = 4096
TEXT_BYTES_MAX = 50 * 1024 * 1024
PARTS_MAX = 1000
PART_BYTES_MAX = 200 * 1024 * 1024
PARTS_BYTES_MAX = 500 * 1024 * 1024
RATIO_MAX = 200
CHINESE = ("gb18030", "big5hkscs")
COMMON = frozenset("日期金额額余餘摘要账賬户戶号號交易收入支出借贷貸方币幣种種存取转轉对對名称稱")
GB2312_SHARE_MIN = 0.8
BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_path(path: Path, *, keep: bool = False, name: str = "") -> list[Reading]:
    """Every statement in a file; where it cannot be opened or read, one reading that says why."""
    name = name or str(path)
    try:
        with path.open("rb") as stream:
            return read_stream(stream, name=name, keep=keep)
    except OSError as problem:
        return [unreadable(problem.strerror or "it cannot be opened", file=name)]


def read_bytes(content: bytes, *, name: str, keep: bool = False) -> list[Reading]:
    """As read_path, of a file that is in memory."""
    return read_stream(BytesIO(content), name=name, keep=keep)


def read_stream(stream: BinaryIO, *, name: str, keep: bool = False, is_part: bool = False) -> list[Reading]:
    """As read_path, of a stream that can be rewound.

    keep   whether movements are kept; without, memory does not grow with the file
    """
    try:
        readings = list(_read(stream, name, keep, is_part))
    except MessageUnreadable as problem:
        where = problem.detail.get("where", "")
        readings = [unreadable(f"{problem.message} ({where})" if where else problem.message)]
    for reading in readings:
        reading.file = reading.file or name
    return readings


def _read(stream: BinaryIO, name: str, keep: bool, is_part: bool) -> Iterator[Reading]:
    head = stream.read(HEAD_BYTES)
    if head.startswith(b"PK\x03\x04") and not _is_workbook(stream):
        if is_part:
            raise MessageUnreadable("an archive within an archive is not opened")
        yield from _archive(stream, name, keep)
        return
    lead = len(head) - len(head.removeprefix(b"\xef\xbb\xbf").lstrip().removeprefix(b"\xef\xbb\xbf").lstrip())
    start = head[lead:]
    if not start:
        raise MessageUnreadable("the file is empty")
    if sheets.looks_like_xml_sheet(start):
        stream.seek(lead)
        yield from sheets.read_xml_sheet(_bounded(stream), keep=keep)
    elif sheets.is_binary(head):
        stream.seek(0)
        yield from sheets.read_workbook(_bounded(stream), keep=keep)
    elif start[:1] == b"<" and not ofx.looks_like(start) and not sheets.looks_like_html(start):
        stream.seek(lead)
        yield from read_camt_stream(stream, keep=keep)
    elif head[:2] in BOMS and b"<\x00" in head[:8] + head[8:16]:
        stream.seek(0)
        yield from read_camt_stream(stream, keep=keep)
    else:
        stream.seek(0)
        yield from _read_text(_bounded(stream), start, keep)


def _read_text(content: bytes, start: bytes, keep: bool) -> Iterator[Reading]:
    text, _encoding = decoded(content)
    if ofx.looks_like(start):
        yield from ofx.read_ofx(text, keep=keep)
    elif mt940.looks_like(text):
        yield from mt940.read_mt940(text, keep=keep)
    else:
        yield from sheets.read_text(text, keep=keep)


def decoded(content: bytes) -> tuple[str, str]:
    """The text and the encoding in which it makes sense: UTF-8, else Chinese, else Western, which always does."""
    for encoding in (BOMS.get(content[:2]), "utf-8-sig"):
        if encoding and (text := _decode(content, encoding)) is not None:
            return text, encoding
    readings = {encoding: text for encoding in CHINESE if (text := _decode(content, encoding)) is not None}
    best = max(readings, key=lambda encoding: sum(letter in COMMON for letter in readings[encoding]), default="")
    if best and _is_chinese(readings[best]):
        return readings[best], best
    text = _decode(content, "cp1252")
    return (text, "cp1252") if text is not None else (content.decode("iso-8859-1"), "iso-8859-1")


def _decode(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_chinese(text: str) -> bool:
    """Western text, read as Chinese, gives letters that Chinese hardly uses."""
    letters = [letter for letter in text if ord(letter) > 127]
    usual = sum(1 for letter in letters if letter in COMMON or _is_usual(letter))
    return usual >= GB2312_SHARE_MIN * len(letters)


def _is_usual(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _bounded(stream: BinaryIO) -> bytes:
    content = stream.read(TEXT_BYTES_MAX + 1)
    if len(content) > TEXT_BYTES_MAX:
        raise MessageUnreadable(f"it is larger than {TEXT_BYTES_MAX // 1024 // 1024} MiB")
    return content


def _is_workbook(stream: BinaryIO) -> bool:
    try:
        with zipfile.ZipFile(stream) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as problem:
        raise MessageUnreadable("the archive is damaged") from problem
    finally:
        stream.seek(0)


def _archive(stream: BinaryIO, name: str, keep: bool) -> Iterator[Reading]:
    """The messages of a folder that was packed; measured before anything is unpacked."""
    with zipfile.ZipFile(stream) as archive:
        parts = [part for part in archive.infolist() if not part.is_dir() and not _is_hidden(part.filename)]
        if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > PARTS_BYTES_MAX:
            raise MessageUnreadable("there is too much in the archive")
        for part in sorted(parts, key=lambda part: part.filename):
            yield from _part(archive, part, f"{name}!{part.filename}", keep)


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, keep: bool) -> list[Reading]:
    is_bomb = part.file_size > RATIO_MAX * max(part.compress_size, 1) and part.file_size > TEXT_BYTES_MAX // 10
    if is_bomb or part.file_size > PART_BYTES_MAX or part.flag_bits & 1:
        return [unreadable("it is too large, too densely packed, or locked by a password", file=name)]
    try:
        with archive.open(part) as stream:
            return read_stream(stream, name=name, keep=keep, is_part=True)  # type: ignore[arg-type]
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, zlib.error) as problem:
        return [unreadable(f"the archive is damaged: {problem}", file=name)]


def _is_hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1].startswith(".")
