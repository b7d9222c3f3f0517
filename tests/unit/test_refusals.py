"""What refusals say to people, whatever their facts."""

from decimal import Decimal

import pytest

from scf.domain import units
from scf.domain.errors import DomainError
from scf.orders.services import lineage  # noqa: F401 (its sentences are registered where it is imported)
from scf.parties import refusals


def test_units_that_differ_are_named_wherever_it_is_found():
    with pytest.raises(units.UnitsDiffer) as refusal:
        units.convert(Decimal(1), "KGM", "MTR")

    said = refusals.explain(refusal.value)

    assert "KGM" in said and "MTR" in said


def test_a_sentence_without_its_facts_gives_way_to_the_plain_message():
    class Short(DomainError):
        code = "UNITS_DIFFER"

    assert refusals.explain(Short("the units differ")) == "the units differ"
