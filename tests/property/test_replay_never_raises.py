"""Whatever a loan case says, it is worked out or its problems are named: never a crash, never a half answer."""

import copy
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scf.servicing.gateways.answers import answer
from scf.servicing.gateways.profiles import Profiles

DATA = Path(__file__).parents[1] / "data" / "loans"
CASES = json.loads((DATA / "open.json").read_text(encoding="utf-8"))
PROFILES = Profiles.read(DATA / "profiles.json")
ODD = [
    "", None, "abc", "-5", 0, 1.5, -1, [], {}, [None], {"a": 1}, "2031-02-30", "NaN", "1e400", "Infinity", True,
    "1,000", "9" * 21, "0001-01-01", "9999-12-31", 10**6, float("inf"),
]  # fmt: skip
READ = ("principal", "annual_rate_pct", "day_count", "disbursement_date", "maturity_date", "terms", "repayment_type",
        "rounding", "events", "profile", "conventions", "as_of", "ask")  # fmt: skip


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*path, name)
        yield from places(inner, (*path, name))


@st.composite
def spoilt(draw: Any) -> dict[str, Any]:
    """A published case with a few fields that are odd, missing or another case's."""
    case = copy.deepcopy(draw(st.sampled_from(CASES)))
    case.pop("expected", None)
    for _ in range(draw(st.integers(1, 3))):
        found = [path for path in places(case) if path[0] in READ]
        path = draw(st.sampled_from(found))
        holder = case
        for name in path[:-1]:
            holder = holder[name]
        if draw(st.booleans()) or not isinstance(holder, dict):
            holder[path[-1]] = copy.deepcopy(draw(st.sampled_from(ODD)))
        else:
            del holder[path[-1]]
    return case


@settings(max_examples=400, deadline=None)
@given(spoilt())
def test_an_odd_case_is_worked_out_or_its_problems_are_named(case):
    found = answer(case, PROFILES)

    json.dumps(found)
    if found["problems"]:
        assert set(found) == {"id", "problems"}
        assert all(problem["code"] and problem["message"] for problem in found["problems"])
    else:
        assert all(date.fromisoformat(row["due_date"]) for row in found["schedule"])


def test_every_wrong_field_is_named_with_what_it_should_be():
    spoilt_case = {
        "principal": "lots",
        "disbursement_date": "2031-02-30",
        "terms": {"n": "six"},
        "events": [{"type": 1}],
    }

    found = answer(spoilt_case, PROFILES)

    told = {problem["field"]: problem["message"] for problem in found["problems"]}
    assert told["principal"] == 'this is not a decimal number such as "1234.56", or null'
    assert told["terms.n"].startswith("this is not a whole number of instalments")
    assert set(told) == {"principal", "disbursement_date", "terms.n", "events.0", "events.0.type"}
