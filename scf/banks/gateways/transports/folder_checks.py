"""What lines of folders share: their settings, and how they are tried."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from ..base import BankUnreachable
from ..file_line import Folders, NoSuchFile, Opened, Places, waiting
from ..outgoing import TEMPORARY
from .base import Check, Office
from .checks import check_of
from .settings import LineSettings, _, one_of, text, whole

FOLDER = re.compile(r"[^\x00-\x1f\x7f\\]{1,120}")
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,12}")


@dataclass(frozen=True, kw_only=True)
class FolderSettings(LineSettings):
    """Names of folders, and how a finished file is known; a bank that works by files answers within a day or so."""

    answer_hours: int = whole(
        _("after how many hours without an answer to a payment a person is told, 1 to 240"), 26, low=1, high=240
    )
    poll_seconds: int = whole(
        _("every how many seconds the folders are looked at, at most, 0 to 86400"), 60, low=0, high=86400
    )
    instructions: str = text(_("the folder for what we tell the bank"), "in", pattern=FOLDER)
    messages: str = text(_("the folder in which the bank puts what it tells us"), "out", pattern=FOLDER)
    archive: str = text(
        _("where messages go once they are kept here; empty leaves them where they are"), "", pattern=FOLDER
    )
    complete_by: str = one_of(
        _("how a finished file is known: name (no unfinished one such as .tmp), marker or stillness"),
        "name", "marker", "stillness",
    )  # fmt: skip
    marker: str = text(_("what the name of a marker ends in, such as .done"), ".done", pattern=SUFFIX)
    still_seconds: int = whole(_("how long a file must not have changed, 1 to 60 seconds"), 2, low=1, high=60)


def places_of(settings: FolderSettings) -> Places:
    """The settings as the line wants them."""
    return Places(
        instructions=settings.instructions, messages=settings.messages, archive=settings.archive,
        complete_by=settings.complete_by, marker=settings.marker, still_seconds=settings.still_seconds,
    )  # fmt: skip


def try_folders(opened: Opened, places: Places, office: Office) -> Iterator[Check]:
    """Step by step. A file that the bank leaves alone is put into the folder for instructions, and taken away again."""
    try:
        with opened() as folders:
            yield Check("SERVER_KNOWN", is_good=True)
            yield _try_writing(folders, places.instructions)
            yield _try_reading(folders, places, office)
            if places.archive:
                yield _try_listing(folders, places.archive)
    except BankUnreachable as problem:
        yield check_of(problem)


def _try_writing(folders: Folders, folder: str) -> Check:
    name = f"scf-check-{secrets.token_hex(4)}"
    try:
        folders.write(folder, name + TEMPORARY, b"A test of the line; it may be deleted.")
        folders.rename(folder, name + TEMPORARY, folder, f"{name}-2{TEMPORARY}")
        folders.remove(folder, f"{name}-2{TEMPORARY}")
    except (OSError, NoSuchFile):
        return _why_not(folders, folder, "FOLDER_NOT_WRITABLE")
    return Check("FOLDER_WRITABLE", {"folder": folder}, is_good=True)


def _try_reading(folders: Folders, places: Places, office: Office) -> Check:
    try:
        count = len(waiting(folders, places, office.kept))
    except (OSError, NoSuchFile):
        return _why_not(folders, places.messages, "FOLDER_NOT_READABLE")
    return Check("FOLDER_READABLE", {"folder": places.messages, "count": str(count)}, is_good=True)


def _try_listing(folders: Folders, folder: str) -> Check:
    try:
        folders.listing(folder)
    except (OSError, NoSuchFile):
        return _why_not(folders, folder, "FOLDER_NOT_READABLE")
    return Check("ARCHIVE_THERE", {"folder": folder}, is_good=True)


def _why_not(folders: Folders, folder: str, code: str) -> Check:
    try:
        folders.listing(folder)
    except (OSError, NoSuchFile):
        return Check("FOLDER_MISSING", {"folder": folder})
    return Check(code, {"folder": folder})
