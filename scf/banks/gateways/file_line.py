"""A line of two folders: instructions are put into one, messages are taken out of the other.

A folder cannot be asked. Silence says nothing, and a file that is gone may have been taken or cleared away. So the
memory is ours (`outgoing`): a file is staged under a name that the bank leaves alone, written down as staged, then
renamed in one step; each instruction has one name for ever, and gets it at most once, wherever a process dies.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from . import iso20022
from .base import AnswerLost, BankUnreachable, NotOffered, PaymentInstruction, PaymentStatus, RawMessage, Receipt
from .cases import Recall
from .outgoing import TEMPORARY, Outgoing, name_of, temporary_name

FILES_A_LOOK_MAX = 100
FILE_BYTES_MAX = 50 * 1024 * 1024
UNFINISHED = (TEMPORARY, ".part", ".filepart", ".writing", ".partial", ".crdownload", "~")
ANOTHER_FILE = "file"  # the kind of what is no message of ISO 20022
TOO_LARGE = "too large"  # the kind of what was left unread


class NoSuchFile(Exception):
    """There is no file of that name; a folder raises it where it is certain of that."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as a listing shows it; `changed_at` in seconds, by the folder's own clock."""

    name: str
    size: int
    changed_at: int


class Folders(Protocol):
    """The bank's folders while they are open. Every method may raise OSError; those about one file, NoSuchFile."""

    def listing(self, folder: str) -> list[Seen]:
        """The files in `folder`, without what is below it."""

    def read(self, folder: str, name: str, *, bytes_max: int) -> bytes:
        """At most so many bytes of a file."""

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Make or replace a file, whole on disk when this returns."""

    def exists(self, folder: str, name: str) -> bool:
        """Whether the file is there."""

    def rename(self, folder: str, name: str, new_folder: str, new_name: str) -> None:
        """Give a file another name in one step, so that nobody ever sees half of it."""

    def remove(self, folder: str, name: str) -> None:
        """Take a file away."""


@contextmanager
def _failing_softly() -> Iterator[None]:
    """What fails here has not reached the bank: nothing of it has its final name."""
    try:
        yield
    except (OSError, NoSuchFile) as problem:
        raise BankUnreachable("the bank's folders did not answer", reason="SILENT") from problem


Opened = Callable[[], AbstractContextManager[Folders]]


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie, and how a finished file is known.

    instructions  the folder for what we tell the bank
    messages      the folder in which the bank puts what it tells us
    archive       where messages go once they are kept here; "" leaves them
    complete_by   name: whatever has no unfinished name; marker: what has a further file, its name and `marker`;
                  stillness: what has not changed for `still_seconds`
    """

    instructions: str
    messages: str
    archive: str = ""
    complete_by: str = "name"
    marker: str = ".done"
    still_seconds: int = 2


class FileLine:
    """A BankGateway of two folders.

    opened   opens the folders; raises BankUnreachable
    kept     which of these messages, by id, are kept here
    wait     sleeps so many seconds
    """

    def __init__(
        self, *, opened: Opened, places: Places, outgoing: Outgoing, kept: Callable[[Collection[str]], set[str]],
        wait: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._opened, self._places, self._outgoing, self._kept, self._wait = opened, places, outgoing, kept, wait

    def send_payment(self, instruction: PaymentInstruction, *, at: datetime) -> Receipt:
        """Hand over the instruction's one file; repeating it hands over nothing more."""
        identifier = instruction.end_to_end_id
        was_there = self._hand_over(
            "pain.001", identifier, identifier, lambda: iso20022.write_pain001(instruction, at=at), at
        )
        return Receipt(identifier, is_repetition=was_there)

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """None where the file was not handed over; else NotOffered: only the bank's messages know."""
        refuse_if_handed_over(self._outgoing, end_to_end_id)
        return None

    def recall_payment(self, recall: Recall, *, at: datetime) -> None:
        """Hand over the recall's one file."""
        self._hand_over("camt.056", recall.id, recall.end_to_end_id, lambda: iso20022.write_camt056(recall, at=at), at)

    def fetch_statement(self, account: str, *, first: date, last: date) -> RawMessage:
        """Statements come among the messages."""
        raise NotOffered("statements come among the messages of this line")

    def fetch_messages(self, *, after: str) -> list[RawMessage]:
        """Finished files that are not kept here yet, oldest first; kept ones go to the archive. `after` is no help."""
        places = self._places
        with self._opened() as folders, _failing_softly():
            finished = _finished(folders.listing(places.messages), places)
            kept = self._kept([id_of(each) for each in finished])
            self._archive(folders, [each for each in finished if id_of(each) in kept])
            new = [each for each in finished if id_of(each) not in kept]
            if new and places.complete_by == "stillness":
                self._wait(places.still_seconds)
                still = set(folders.listing(places.messages))
                new = [each for each in new if each in still]
            new.sort(key=lambda each: (each.changed_at, each.name))
            found = [_taken(folders, places.messages, each) for each in new[:FILES_A_LOOK_MAX]]
        return [message for message in found if message is not None]

    def _hand_over(self, kind: str, identifier: str, about: str, content: Callable[[], bytes], at: datetime) -> bool:
        """Whether the bank had it before. Raises BankUnreachable where it cannot have it, AnswerLost where it may."""
        name = name_of(kind, identifier)
        file = self._outgoing.keep(name=name, kind=kind, about=about, content=content, at=at)
        if file.is_handed_over:
            return True
        with self._opened() as folders:
            token = file.token or self._staged(folders, name, file.content, at)
            self._named(folders, name, token)
        self._outgoing.hand_over(name, at=at)
        return bool(file.token)

    def _staged(self, folders: Folders, name: str, content: bytes, at: datetime) -> str:
        """Put the file where the bank leaves it alone, then write that down; the token of who was first."""
        token, folder = secrets.token_hex(4), self._places.instructions
        with _failing_softly():
            folders.write(folder, temporary_name(name, token), content)
            first = self._outgoing.stage(name, token=token, at=at)
            if first != token:  # another process was quicker; its file counts
                folders.remove(folder, temporary_name(name, token))
        return first

    def _named(self, folders: Folders, name: str, token: str) -> None:
        """Give the staged file its final name. What is not there any more has got it before."""
        folder, temporary = self._places.instructions, temporary_name(name, token)
        try:
            folders.rename(folder, temporary, folder, name)
        except NoSuchFile:
            return
        except OSError as problem:
            raise AnswerLost("the folder did not answer; the bank may have the file") from problem

    def _archive(self, folders: Folders, kept: list[Seen]) -> None:
        """Move away what is kept here. What cannot be moved stays, and is known next time."""
        if not self._places.archive:
            return
        for each in kept:
            markers = [each.name + self._places.marker] if self._places.complete_by == "marker" else []
            for name in (each.name, *markers):
                try:
                    folders.rename(self._places.messages, name, self._places.archive, f"{digest_of(each)}-{name}")
                except (NoSuchFile, OSError):
                    continue


def refuse_if_handed_over(outgoing: Outgoing, end_to_end_id: str) -> None:
    """Raises NotOffered where the instruction's file was handed over: silence says nothing about it."""
    file = outgoing.find(name_of("pain.001", end_to_end_id))
    if file is not None and file.is_handed_over:
        raise NotOffered("the file was handed over; what becomes of it is told by messages alone")


def digest_of(seen: Seen) -> str:
    """The same file unchanged has the same; another content under the same name has another."""
    return hashlib.sha256(f"{seen.name}\0{seen.size}\0{seen.changed_at}".encode()).hexdigest()[:16]


def id_of(seen: Seen) -> str:
    """The message's id: known by the listing alone, so that what is kept is not read again."""
    return f"{digest_of(seen)}-{seen.name[-43:]}"


def kind_of(content: bytes) -> str:
    """Such as pain.002 where it is a message of ISO 20022, else ANOTHER_FILE."""
    try:
        return iso20022.kind_of(content) or ANOTHER_FILE
    except iso20022.MessageUnreadable:
        return ANOTHER_FILE


def waiting(folders: Folders, places: Places, kept: Callable[[Collection[str]], set[str]]) -> list[Seen]:
    """Finished files that are not kept here yet."""
    finished = _finished(folders.listing(places.messages), places)
    known = kept([id_of(each) for each in finished])
    return [each for each in finished if id_of(each) not in known]


def _finished(listing: list[Seen], places: Places) -> list[Seen]:
    names = {each.name for each in listing}
    by_name = [each for each in listing if not each.name.startswith(".") and not each.name.endswith(UNFINISHED)]
    if places.complete_by != "marker":
        return by_name
    files = [each for each in by_name if not each.name.endswith(places.marker)]
    return [each for each in files if each.name + places.marker in names]


def _taken(folders: Folders, folder: str, seen: Seen) -> RawMessage | None:
    """The file as a message; None while it is still changing or was taken away meanwhile."""
    if seen.size > FILE_BYTES_MAX:
        return RawMessage(id_of(seen), TOO_LARGE, b"", seen.name)
    try:
        content = folders.read(folder, seen.name, bytes_max=seen.size + 1)
    except NoSuchFile:
        return None
    if len(content) != seen.size:
        return None
    return RawMessage(id_of(seen), kind_of(content), content, seen.name)
