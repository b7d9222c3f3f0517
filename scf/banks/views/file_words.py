"""What a file of a bank brought, as sentences."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scf.domain.errors import DomainError
from scf.parties import refusals

from ..models import BankMessage
from ..services import statements

KINDS = {
    "PAID": gettext_lazy("paid"),
    "FAILED": gettext_lazy("refused by the bank"),
    "PENDING": gettext_lazy("under way at the bank"),
    "RETURNED": gettext_lazy("came back"),
    "recall": gettext_lazy("answer to a request to give back"),
    "statement": gettext_lazy("statement taken"),
    "known": gettext_lazy("statement known already"),
}
NAMES_SHOWN = 8
BROKEN_XML = re.compile(r"not well-formed XML.*?line (\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file that is not as it should be; `where` is empty where the whole file is meant."""

    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a file: lines of what it brought, places that stand out, and why it was not taken."""

    lines: list[str]
    places: list[Place]
    refusal: str = ""


def told(message: BankMessage) -> Told:
    """The sentences for one message, in the active language."""
    result: dict[str, Any] = message.result
    places = [Place(_where(str(found["where"])), statements.explain(found)) for found in result.get("findings", [])]
    if message.problem:
        broken = BROKEN_XML.search(message.problem + str(result.get("refusal", "")))
        if broken:
            damaged = Place(_where(f"line {broken[1]}"), _("The XML is damaged or breaks off here."))
            return Told([], [damaged], _("This file is not whole. Export it from your bank's system again."))
        return Told([], places, _why_not(result, message.problem))
    lines = [f"{words}: {_names(result[kind])}" for kind, words in KINDS.items() if result.get(kind)]
    strangers = int(result.get("strangers", 0))
    if strangers:
        lines.append(
            ngettext(
                "%(count)s entry is about an instruction that is not ours.",
                "%(count)s entries are about instructions that are not ours.",
                strangers,
            )
            % {"count": strangers}
        )
    if not lines and message.handled_at is not None:
        lines = [_("Nothing in it concerns an instruction of the platform; it is kept.")]
    return Told(lines, places)


def _where(place: str) -> str:
    """A place as people say it, where it is a line."""
    line = re.fullmatch(r"line (\d+)", place)
    return _("line %(number)s") % {"number": line[1]} if line else place


def _why_not(result: dict[str, Any], problem: str) -> str:
    refusal = result.get("refusal", {})
    kept = DomainError(problem, **refusal.get("facts", {}))
    kept.code = str(refusal.get("code", ""))
    return refusals.explain(kept)


def _names(found: list[str]) -> str:
    shown = ", ".join(found[:NAMES_SHOWN])
    return f"{shown} …" if len(found) > NAMES_SHOWN else shown
