"""What would make it pass: found by the rules, accepted by the rules, and the smallest."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from scf.domain.caps import Cap, Level
from scf.domain.eligibility import CaseFacts, Paper, Result, verdicts
from scf.domain.money import Money
from scf.domain.remedies import Line, remedies

TODAY = date(2031, 3, 3)


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def paper(number: str, **given) -> Paper:
    sound = {
        "issue_date": TODAY, "is_party_known": True, "is_matched_to_order": True, "has_invoice": True,
        "totals_tie": True, "is_disputed": False, "financed_elsewhere": False,
    }  # fmt: skip
    return Paper(number, **(sound | given))


def line(key: int, minor: int, *, buyer: int = 1, confirmed: int | None = None, **given) -> Line:
    return Line(key, paper(f"GR-{key}", **given), buyer, cny(minor), cny(confirmed or minor))


def case(amount: int, lines: list[Line], **given) -> CaseFacts:
    facts = {
        "amount": cny(amount), "lendable": cny(sum(one.lendable.minor for one in lines)), "tenor_days": 60,
        "tenor_days_max": 90, "on": TODAY, "product": "RECEIPT", "papers": tuple(one.paper for one in lines),
        "buyers": frozenset(one.buyer for one in lines), "has_verified_payee": True, "amount_min": cny(100),
    }  # fmt: skip
    return CaseFacts(**(facts | given))


def found(amount: int, chosen: list[Line], others: list[Line] = [], **given):  # noqa: B006
    return {(r.check, r.code): r for r in remedies(case(amount, chosen, **given), chosen, others)}


class TestRemedies:
    def test_too_much_is_cured_by_less_by_further_goods_or_by_a_confirmation(self):
        chosen = [line(1, 5000, confirmed=5500), line(2, 3000, confirmed=3400)]
        others = [line(3, 9000), line(4, 600), line(5, 400), line(6, 700, buyer=2)]

        cures = found(8415, chosen, others)

        assert cures["AMOUNT_COVERED", "AMOUNT"].amount == cny(8000)
        assert cures["AMOUNT_COVERED", "ADD_LINES"].keys == (1, 2, 4)  # one line, and the smallest that suffices
        assert cures["AMOUNT_COVERED", "CONFIRM"].facts == {"documents": "GR-1"}

    def test_limits_are_run_again_with_each_change(self):
        crowded = Cap(Level.WAREHOUSE, 1, cny(5500), cny(0))
        chosen = [replace(line(1, 5000), keys=((Level.WAREHOUSE, 1),))]
        others = [replace(line(2, 4000), keys=((Level.WAREHOUSE, 1),)), line(3, 700)]

        cures = {r.code: r for r in remedies(case(5600, chosen), chosen, others, caps=[crowded])}

        assert cures["ADD_LINES"].facts["documents"] == "GR-3"

    def test_too_little_is_cured_by_the_least_amount_only_where_goods_carry_it(self):
        assert found(50, [line(1, 5000)])["AMOUNT_MINIMUM", "AMOUNT"].amount == cny(100)
        assert found(50, [line(1, 60)]) == {}

    def test_a_tenor_beyond_what_is_allowed_is_shortened_to_the_longest(self):
        assert found(100, [line(1, 5000)], tenor_days=400)["TENOR_ALLOWED", "TENOR"].tenor_days == 90

    def test_papers_that_stand_in_the_way_are_taken_out_as_few_as_can_be(self):
        chosen = [line(1, 5000), line(2, 4000, is_disputed=True), line(3, 3000)]
        assert found(7000, chosen)["NOT_DISPUTED", "DROP_PAPERS"].keys == (1, 3)
        two = [line(1, 5000), line(2, 9000, buyer=2), line(3, 3000)]
        assert found(4000, two)["ONE_BUYER", "DROP_PAPERS"].facts == {"documents": "GR-2"}

    def test_what_no_change_of_the_case_cures_has_no_remedy(self):
        assert found(100, [line(1, 5000)], has_verified_payee=False) == {}


sizes = st.integers(1, 2000)
lines_drawn = st.lists(st.tuples(sizes, sizes, st.integers(1, 2), st.booleans()), min_size=1, max_size=4)


@given(chosen=lines_drawn, others=lines_drawn, amount=st.integers(1, 6000), tenor=st.integers(1, 200))
def test_each_remedy_is_accepted_by_the_same_rules_and_one_step_less_is_not(chosen, others, amount, tenor):
    def made(start, rows):
        return [
            line(start + at, minor, buyer=buyer, confirmed=minor + more, is_disputed=bad)
            for at, (minor, more, buyer, bad) in enumerate(rows)
        ]

    mine, free = made(1, chosen), made(10, others)
    facts = case(amount, mine, tenor_days=tenor)
    before = {v.code: v.result for v in verdicts(facts)}

    def after(remedy, **changes) -> dict:
        every = {one.key: one for one in mine + free}
        kept = [every[key] for key in remedy.keys] if remedy.code in ("ADD_LINES", "DROP_PAPERS") else mine
        terms = {"amount": remedy.amount or facts.amount, "tenor_days": remedy.tenor_days or tenor} | changes
        changed = case(terms["amount"].minor, kept, tenor_days=terms["tenor_days"])
        return {v.code: v.result for v in verdicts(changed)}

    for remedy in remedies(facts, mine, free):
        assert before[remedy.check] is Result.FAIL
        if remedy.code == "CONFIRM":
            continue
        assert after(remedy)[remedy.check] is not Result.FAIL
        if remedy.amount is not None and remedy.amount < facts.amount:
            assert after(remedy, amount=remedy.amount + cny(1))[remedy.check] is Result.FAIL
        if remedy.tenor_days is not None:
            assert after(remedy, tenor_days=remedy.tenor_days + 1)[remedy.check] is Result.FAIL
