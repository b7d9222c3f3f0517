"""Quantities are conserved along a line's life, whatever papers and pledges say."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from scf.domain.life import Paper, arrival, standing

QUANTITY = st.decimals(0, 10_000, places=4)
PAPERS = st.lists(st.builds(Paper, QUANTITY, QUANTITY), max_size=6)


@given(QUANTITY, QUANTITY, QUANTITY)
def test_what_was_ordered_has_come_was_cancelled_or_is_still_to_come(ordered, received, cancelled):
    found = arrival(ordered, received, cancelled)

    assert ordered + found.over == received + cancelled + found.open
    assert found.open >= 0 and found.over >= 0 and not (found.open and found.over)


@given(PAPERS, QUANTITY)
def test_what_is_taken_and_free_is_what_papers_support_and_what_they_do_not_any_more(papers, capacity):
    found = standing(papers, capacity)
    taken = sum((paper.taken for paper in papers), Decimal(0))

    assert taken + found.free == found.support + found.uncovered
    assert found.free >= 0 and found.uncovered >= 0
    assert taken + found.free <= max(taken, capacity)  # the same goods on many papers are counted once
