"""What a transport is: the settings that its lines need, how a line is opened, how it is tried."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..base import BankGateway, BankUnreachable
from ..outgoing import Outgoing
from .settings import LineSettings


@dataclass(frozen=True, slots=True)
class Office:
    """What a line needs of this side.

    bank         the lender's code
    outgoing     remembers the files that were handed to it
    kept         which of these messages, by id, are kept here
    environment  where secrets lie, by name
    cursor       the last message that was taken, for lines that have one
    officers     how many people at the lender can carry files
    """

    bank: str
    outgoing: Outgoing
    kept: Callable[[Collection[str]], set[str]]
    environment: Mapping[str, str]
    cursor: str = ""
    officers: Callable[[], int] = lambda: 0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing about a line that was tried. `code` names its sentence in `checks.SENTENCES`."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)
    is_good: bool = False


@dataclass(frozen=True, slots=True)
class Transport:
    """One kind of line.

    name      as a connection names it
    settings  the class of its settings
    opened    the line, by its settings; touches no network
    tried     what is right and wrong with the line, step by step until one fails; changes nothing at the bank
    """

    name: str
    settings: type[LineSettings]
    opened: Callable[[Any, Office], BankGateway]
    tried: Callable[[Any, Office], Iterator[Check]]


class LineFault(BankUnreachable):
    """The line cannot be used, for a reason that has a sentence of its own in `checks.SENTENCES`."""

    def __init__(self, reason: str, **facts: str) -> None:
        super().__init__(f"the bank's machine cannot be used: {reason}", reason=reason, **facts)
        self.reason, self.facts = reason, facts

    @property
    def check(self) -> Check:
        """The same, as a thing that was tried."""
        return Check(self.reason, self.facts)


def secret_of(office: Office, name: str) -> str:
    """What lies in the environment variable `name`. Raises LineFault."""
    found = office.environment.get(name, "")
    if not found:
        raise LineFault("VARIABLE_EMPTY", name=name)
    return found
