"""Files that we hand to banks: how they are named, and the memory that keeps each from being handed over twice.

A folder forgets: a bank takes a file away as soon as it sees it. So what was done with a file is written down here
before it is done there:

    kept    its bytes are fixed; nobody outside can have seen them
    staged  it lies in the folder under a name that the bank leaves alone; `token` says which attempt put it there
    handed  it has its final name; from here on only the bank knows what becomes of it

A staged file that is no longer where it was staged has been given its final name: nobody else moves it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

TEMPORARY = ".tmp"


@dataclass(frozen=True, slots=True)
class FileOut:
    """A file for a bank.

    token    of the attempt that staged it, "" before
    is_handed_over  whether the bank can have it
    """

    name: str
    content: bytes
    token: str = ""
    is_handed_over: bool = False


class Outgoing(Protocol):
    """The memory of one lender's files; each call is durable when it returns."""

    def find(self, name: str) -> FileOut | None:
        """The file of that name, None where it was never kept."""

    def keep(self, *, name: str, kind: str, about: str, content: Callable[[], bytes], at: datetime) -> FileOut:
        """The file of that name; `content` makes its bytes where it is new. `about`: an end-to-end id."""

    def stage(self, name: str, *, token: str, at: datetime) -> str:
        """Write down that attempt `token` has staged the file; returns the token of the attempt that was first."""

    def hand_over(self, name: str, *, at: datetime, by_hand: bool = False) -> None:
        """Write down that the bank can have it; `by_hand`: its officers are to fetch it."""


def name_of(kind: str, identifier: str) -> str:
    """The name of the file about `identifier`, for ever the same, and of no other.

    Letters, digits, `_ . - ~ =` only, so that any file system takes it; never one that looks unfinished.
    """
    return f"{kind}_{quote(identifier, safe='').replace('%', '=')}.xml"


def temporary_name(name: str, token: str) -> str:
    """Where an attempt stages the file."""
    return f"{name}.{token}{TEMPORARY}"
