"""Settings of a line are data: one dataclass a transport, read from JSON, each fault named at once.

A secret is never a setting. What is secret lies in an environment variable, or in a file that one names; the setting
is the variable's name. Names of lenders' variables begin with SCF_BANK_, so that no setting can make the product send
another secret of its own to a machine of somebody's choice.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar

from scf.domain.errors import DomainError

TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,300}")
VARIABLE = re.compile(r"SCF_BANK_[A-Z0-9_]{1,60}")


def _(sentence: str) -> str:
    """Marks a sentence for translation: gateways know no Django."""
    return sentence


SENTENCES = {
    "SETTING_UNKNOWN": _("%(field)s is no setting of this line. Its settings: %(known)s."),
    "SETTING_MISSING": _("%(field)s is missing: %(means)s."),
    "SETTING_WRONG": _("%(field)s cannot be “%(given)s”: %(means)s."),
    "SETTING_NOT_A_NAME": _(
        "%(field)s must be the name of an environment variable that begins with SCF_BANK_, never the secret itself. "
        "What was given was not kept; if it was a secret, change it."
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One setting that cannot stand; `code` of SENTENCES, `facts` what its sentence names."""

    code: str
    facts: Mapping[str, str]

    def __str__(self) -> str:
        return SENTENCES[self.code] % self.facts


class LineSettingsInvalid(DomainError):
    """The settings of a line cannot stand. `faults` names each."""

    code = "LINE_SETTINGS_INVALID"

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("settings of a line cannot stand", why=" ".join(map(str, faults)))


def text(means: str, default: Any = MISSING, *, pattern: re.Pattern[str] = TEXT) -> Any:
    """A setting that is a text which fits `pattern`; "" only where that is the default."""
    return field(default=default, metadata={"means": means, "pattern": pattern})


def variable(means: str, default: Any = MISSING, *, pattern: re.Pattern[str] = VARIABLE) -> Any:
    """A setting that names an environment variable."""
    return field(default=default, metadata={"means": means, "pattern": pattern, "is_variable": True})


def one_of(means: str, *choices: str) -> Any:
    """A setting that is one of `choices`, the first by default."""
    return field(
        default=choices[0], metadata={"means": means, "pattern": re.compile("|".join(map(re.escape, choices)))}
    )


def whole(means: str, default: int, *, low: int, high: int) -> Any:
    """A setting that is a whole number from `low` to `high`, both included."""
    return field(default=default, metadata={"means": means, "low": low, "high": high})


@dataclass(frozen=True, kw_only=True)
class LineSettings:
    """What every line has; transports add their own."""

    answer_hours: int = whole(
        _("after how many hours without an answer to a payment a person is told, 1 to 240"), 4, low=1, high=240
    )
    poll_seconds: int = whole(
        _("every how many seconds the line is asked for messages at most, 0 to 86400"), 0, low=0, high=86400
    )


S = TypeVar("S", bound=LineSettings)


def read(kind: type[S], given: object) -> S:
    """The settings as values. Raises LineSettingsInvalid with every fault."""
    known = {each.name: each for each in fields(kind)}
    items = given if isinstance(given, Mapping) else {}
    names = ", ".join(known)
    faults = [
        Fault("SETTING_UNKNOWN", {"field": str(name)[:60], "known": names}) for name in items if name not in known
    ]
    for name, each in known.items():
        fault = _fault_of(each, items[name]) if name in items else _missing(each)
        faults += [fault] if fault else []
    if faults:
        raise LineSettingsInvalid(faults)
    return kind(**items)


def _missing(each: "Field[Any]") -> Fault | None:
    if each.default is not MISSING:
        return None
    return Fault("SETTING_MISSING", {"field": each.name, "means": each.metadata["means"]})


def _fault_of(each: "Field[Any]", value: object) -> Fault | None:
    rules = each.metadata
    if "pattern" not in rules:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        fits = is_whole and rules["low"] <= value <= rules["high"]
    else:
        fits = isinstance(value, str) and (value == each.default or bool(rules["pattern"].fullmatch(value)))
    if fits:
        return None
    if rules.get("is_variable"):
        return Fault("SETTING_NOT_A_NAME", {"field": each.name})
    return Fault("SETTING_WRONG", {"field": each.name, "given": str(value)[:60], "means": rules["means"]})
