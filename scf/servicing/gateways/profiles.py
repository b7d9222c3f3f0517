"""Named sets of conventions, kept as data, that loan cases refer to."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scf.domain.errors import DomainError


class CaseUnclear(DomainError):
    """A case leaves something out or says something that makes no sense; `field` names where."""

    code = "CASE_UNCLEAR"


@dataclass(frozen=True, slots=True)
class Profiles:
    """Sets of conventions by name, as data.

    Each has `options` (of scf.domain.conventions), `basis` (other names of day
    counts), and `phrases`: patterns over the case's title and assumptions, with
    the options that they stand for; `{1}` in an option is the first group.
    """

    by_name: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Profiles":
        """From a JSON file; none where there is no such file."""
        return cls(json.loads(path.read_text())) if path.exists() else cls()

    def of(self, case: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, str], dict[str, Any]]:
        """Options, names of day counts and hints on the terms for a case. Raises CaseUnclear."""
        name = case.get("profile")
        if name is None:
            return {}, {}, {}
        if name not in self.by_name:
            known = sorted(self.by_name)
            raise CaseUnclear("no such profile: give its options as `conventions`", field="profile", known=known)
        profile = self.by_name[name]
        options, hints = dict(profile.get("options", {})), dict(profile.get("terms", {}))
        said = "\n".join([case.get("title") or "", *(case.get("assumptions") or [])])
        for phrase in profile.get("phrases", []):
            if found := re.search(phrase["match"], said, re.IGNORECASE):
                options |= _filled(phrase.get("options", {}), found)
                hints |= _filled(phrase.get("terms", {}), found)
        return options, profile.get("basis", {}), hints


def _filled(options: Mapping[str, Any], found: re.Match[str]) -> dict[str, Any]:
    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: fill(inner) for name, inner in value.items()}
        return re.sub(r"\{(\d)\}", lambda m: found.group(int(m.group(1))), value) if isinstance(value, str) else value

    return {name: fill(value) for name, value in options.items()}
