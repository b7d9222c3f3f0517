"""Every rule on its own, and all together."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scf.domain.eligibility import RULES, CaseFacts, Paper, Result, verdicts, worst
from scf.domain.money import Money

ON = date(2031, 3, 3)
PAPER = Paper(
    number="GR-1", issue_date=ON - timedelta(days=10), is_party_known=True, is_matched_to_order=True,
    has_invoice=True, totals_tie=True, is_disputed=False, financed_elsewhere=False, received=Decimal(90),
    invoiced=Decimal(90),
)  # fmt: skip
CASE = CaseFacts(
    amount=Money(100_00, "CNY"), lendable=Money(100_00, "CNY"), tenor_days=60, tenor_days_max=90, on=ON,
    product="RECEIPT", papers=(PAPER,), buyers=frozenset({1}), has_verified_payee=True, amount_min=Money(1, "CNY"),
)  # fmt: skip


def paper(**changes) -> CaseFacts:
    return replace(CASE, papers=(PAPER, replace(PAPER, number="GR-2", **changes)))


def test_a_sound_case_passes_every_rule():
    found = verdicts(CASE)

    assert {verdict.result for verdict in found} == {Result.PASS} and len(found) == len(RULES)
    assert worst(found) == Result.PASS


@pytest.mark.parametrize(
    ("case", "code", "result"),
    [
        (replace(CASE, amount=Money(100_01, "CNY")), "AMOUNT_COVERED", Result.FAIL),
        (replace(CASE, amount_min=Money(100_01, "CNY")), "AMOUNT_MINIMUM", Result.FAIL),
        (replace(CASE, amount=Money(0, "CNY"), amount_min=Money(0, "CNY")), "AMOUNT_MINIMUM", Result.FAIL),
        (replace(CASE, tenor_days=0), "TENOR_ALLOWED", Result.FAIL),
        (replace(CASE, tenor_days=91), "TENOR_ALLOWED", Result.FAIL),
        (replace(CASE, buyers=frozenset({1, 2})), "ONE_BUYER", Result.FAIL),
        (replace(CASE, buyers=frozenset()), "ONE_BUYER", Result.FAIL),
        (replace(CASE, has_verified_payee=False), "PAYEE_VERIFIED", Result.FAIL),
        (paper(is_party_known=False), "PARTIES_KNOWN", Result.FAIL),
        (paper(is_disputed=True), "NOT_DISPUTED", Result.FAIL),
        (paper(financed_elsewhere=True), "NOT_FINANCED_ELSEWHERE", Result.FAIL),
        (paper(is_matched_to_order=False), "ORDER_MATCHED", Result.WARN),
        (paper(invoiced=Decimal("90.0001")), "THREE_WAY_MATCH", Result.WARN),
        (paper(has_invoice=False, invoiced=None), "INVOICE_PRESENT", Result.WARN),
        (paper(totals_tie=False), "TOTALS_TIE", Result.WARN),
        (paper(issue_date=None), "DOCUMENTS_RECENT", Result.WARN),
        (paper(issue_date=ON - timedelta(days=181)), "DOCUMENTS_RECENT", Result.WARN),
    ],
)
def test_what_is_wrong_alone_is_found_alone(case, code, result):
    found = verdicts(case)

    assert [(v.code, v.result) for v in found if v.result != Result.PASS] == [(code, result)]
    assert found[0].code == code and worst(found) == result
    if case.papers != CASE.papers:
        assert found[0].facts["documents"] == "GR-2"


@pytest.mark.parametrize(
    "case",
    [
        replace(CASE, tenor_days=90),
        replace(CASE, tenor_days=1),
        replace(CASE, product="WAREHOUSE", buyers=frozenset()),
        paper(issue_date=ON - timedelta(days=180)),
        paper(invoiced=Decimal(10)),
    ],
)
def test_at_its_limit_it_passes(case):
    assert worst(verdicts(case)) == Result.PASS


flags = st.booleans()


@given(
    papers=st.lists(
        st.builds(
            Paper, number=st.just("X"), issue_date=st.none() | st.dates(date(2030, 1, 1), ON), is_party_known=flags,
            is_matched_to_order=flags, has_invoice=flags, totals_tie=flags, is_disputed=flags,
            financed_elsewhere=flags, received=st.none() | st.just(Decimal(1)),
            invoiced=st.none() | st.just(Decimal(2)),
        ), max_size=4,
    ), amount=st.integers(0, 200), tenor=st.integers(-1, 200), payee=flags,
)  # fmt: skip
def test_every_rule_answers_once_and_failures_come_first(papers, amount, tenor, payee):
    case = replace(
        CASE, papers=tuple(papers), amount=Money(amount, "CNY"), lendable=Money(100, "CNY"), tenor_days=tenor,
        has_verified_payee=payee,
    )  # fmt: skip

    found = verdicts(case)

    ranks = [[Result.FAIL, Result.WARN, Result.PASS].index(verdict.result) for verdict in found]
    assert ranks == sorted(ranks)
    assert len({verdict.code for verdict in found}) == len(RULES)
    assert worst(found) == found[0].result
