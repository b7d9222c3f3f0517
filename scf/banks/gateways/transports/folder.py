"""Two folders of this machine: what a bank's own front-end machine, or a transfer program, shares with us."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..base import BankGateway
from ..file_line import FileLine, NoSuchFile, Seen
from .base import Check, LineFault, Office, Transport
from .folder_checks import FolderSettings, places_of, try_folders
from .settings import _, text

ABSOLUTE = re.compile(r"/[^\x00-\x1f]{1,200}")


@dataclass(frozen=True, kw_only=True)
class Settings(FolderSettings):
    """Where the folders lie on this machine."""

    root: str = text(
        _("the folder, as an absolute path, in which those for instructions and messages lie"), pattern=ABSOLUTE
    )


class LocalFolders:
    """Folders below `root`, whatever their file system; each write is on disk before it counts."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def listing(self, folder: str) -> list[Seen]:
        """The files in a folder."""
        found = []
        with os.scandir(self._root / folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    found.append(Seen(entry.name, facts.st_size, facts.st_mtime_ns))
        return found

    def read(self, folder: str, name: str, *, bytes_max: int) -> bytes:
        """At most so many bytes."""
        try:
            with (self._root / folder / name).open("rb") as file:
                return file.read(bytes_max)
        except FileNotFoundError as problem:
            raise NoSuchFile(name) from problem

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Whole and on disk."""
        with (self._root / folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def exists(self, folder: str, name: str) -> bool:
        """Whether it is there."""
        return (self._root / folder / name).exists()

    def rename(self, folder: str, name: str, new_folder: str, new_name: str) -> None:
        """In one step; the new name is on disk when this returns."""
        try:
            os.replace(self._root / folder / name, self._root / new_folder / new_name)
        except FileNotFoundError as problem:
            if (self._root / folder).is_dir() and (self._root / new_folder).is_dir():
                raise NoSuchFile(name) from problem
            raise
        handle = os.open(self._root / new_folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, folder: str, name: str) -> None:
        """Away with it."""
        (self._root / folder / name).unlink(missing_ok=True)


@contextmanager
def _opened(settings: Settings) -> Iterator[LocalFolders]:
    root = Path(settings.root)
    if not root.is_dir():
        raise LineFault("FOLDER_MISSING", folder=settings.root)
    yield LocalFolders(root)


def opened(settings: Settings, office: Office) -> BankGateway:
    """The line."""
    return FileLine(
        opened=lambda: _opened(settings), places=places_of(settings), outgoing=office.outgoing, kept=office.kept
    )


def tried(settings: Settings, office: Office) -> Iterator[Check]:
    """Whether the folders are there and give us the rights that are needed."""
    yield from try_folders(lambda: _opened(settings), places_of(settings), office)


TRANSPORT = Transport("folder", Settings, opened, tried)
