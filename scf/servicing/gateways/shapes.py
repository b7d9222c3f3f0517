"""Whether a loan case has the shape that can be read: every field that is wrong, with what it should be."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

SCHEMA = Path(__file__).with_name("case.schema.json")
SHOWN = 80
REPORTED_MAX = 50


def problems_of(raw: Any) -> list[dict[str, Any]]:
    """What is wrong with the shape of a case, by field; empty where it can be read."""
    errors = sorted(_validator().iter_errors(raw), key=lambda error: [str(part) for part in error.absolute_path])
    return list(_told(errors[:REPORTED_MAX]))


def _told(errors: list[ValidationError]) -> Iterator[dict[str, Any]]:
    for error in errors:
        field = ".".join(str(part) for part in error.absolute_path) or "the case"
        if error.validator == "required":
            yield {"code": "CASE_UNCLEAR", "message": f"{error.message}: add it", "field": field}
            continue
        wanted = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
        message = f"this is not {wanted}" if wanted else error.message[:SHOWN]
        yield {"code": "CASE_UNCLEAR", "message": message, "field": field, "value": _short(error.instance)}


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")), format_checker=FormatChecker(["date"]))
