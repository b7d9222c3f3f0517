"""Published loan cases of other systems come out equal to the cent."""

import pytest

from tests import vectors

PROFILES = vectors.profiles()


@pytest.mark.parametrize("case", vectors.cases(), ids=lambda case: case["id"])
def test_published_case(case):
    result = vectors.check(case, PROFILES)

    if result.not_applicable:
        pytest.skip(result.not_applicable[:100])
    assert result.differences == []


def test_every_core_and_verified_case_is_compared():
    wanted = [c for c in vectors.cases() if c["relevance"] == "core" and c["verification"]["status"] == "verified"]

    assert len(wanted) > 70
    assert [c["id"] for c in wanted if vectors.check(c, PROFILES).not_applicable] == []


def test_a_changed_figure_is_noticed():
    case = next(c for c in vectors.cases() if c["id"] == "FIN-UT-08")
    case["expected"]["schedule"][0]["interest"] = "2.01"

    assert vectors.check(case, PROFILES).differences == ["row 1 interest: 2.02, published 2.01"]
