"""Which loan a payment may mean, and why."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from scf.domain.matching import Code, Credit, Target, split_by_due, suggest
from scf.domain.money import Money

DAY = date(2031, 6, 1)


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def target(loan: int, *dues: int, day: date = DAY, supplier: int = 1, **more) -> Target:
    given_dues = tuple((day.replace(day=day.day + index), cny(due)) for index, due in enumerate(dues))
    number = frozenset({f"LN-20310601-{loan:04d}"})
    return Target(loan, supplier, number, more.pop("payoff", cny(sum(dues))), given_dues, **more)


def codes(suggestion) -> list[Code]:
    return [reason.code for reason in suggestion.reasons]


class TestSuggest:
    def test_a_number_outweighs_amount_payer_and_day(self):
        credit = Credit(cny(700), DAY, numbers=frozenset({"LN-20310601-0002"}))
        likely = target(1, 700, payer=("虚构万象", 100), learned={Code.LEARNED_ACCOUNT: "6200"})

        first, second = suggest(credit, [likely, target(2, 900, day=date(2031, 9, 1))])[:2]

        assert (first.parts, first.names, codes(first)) == (((2, cny(700)),), True, [Code.REFERENCE])
        assert codes(second) == [Code.PAYOFF, Code.LEARNED_ACCOUNT, Code.PAYER, Code.DUE_DAY] and not second.names

    def test_of_two_alike_the_payer_decides(self):
        found = suggest(Credit(cny(700), DAY), [target(1, 700), target(2, 700, supplier=2, payer=("乙", 92))])

        assert [each.parts[0][0] for each in found] == [2, 1]
        assert found[0].reasons[-1].facts == {"name": "乙", "percent": "92"}

    def test_an_instalment_is_known_by_its_amount(self):
        found = suggest(Credit(cny(300), DAY), [target(1, 300, 400)])

        assert found[0].reasons[0].facts == {"due": "2031-06-01"} and codes(found[0])[0] == Code.INSTALMENT

    def test_several_loans_of_one_supplier_may_make_the_sum(self):
        loans = [target(1, 300), target(2, 450), target(3, 500), target(4, 450, supplier=2)]

        found = suggest(Credit(cny(950), DAY), loans)

        assert found[0].parts == ((2, cny(450)), (3, cny(500))) and found[0].reasons[0].facts == {"count": "2"}

    def test_several_named_loans_share_by_due_date(self):
        numbers = frozenset({"LN-20310601-0001", "LN-20310601-0002"})
        later = target(1, 400, day=date(2031, 7, 1))

        found = [each for each in suggest(Credit(cny(500), DAY, numbers=numbers), [later, target(2, 300)]) if
                 len(each.parts) > 1]  # fmt: skip

        assert found[0].parts == ((2, cny(300)), (1, cny(200))) and found[0].names

    def test_what_nothing_speaks_for_is_not_suggested(self):
        assert suggest(Credit(cny(5), DAY), [target(1, 700, day=date(2031, 9, 1))]) == []


@given(
    st.integers(1, 10**12),
    st.lists(st.lists(st.integers(1, 10**11), min_size=1, max_size=3), min_size=1, max_size=6),
)
def test_a_split_sums_to_the_payment_and_skips_nobody_who_is_due_earlier(amount, plans):
    targets = [target(index, *dues, day=date(2031, 6, 1 + index)) for index, dues in enumerate(plans)]

    parts = split_by_due(cny(amount), targets)

    assert sum(part.minor for _loan, part in parts) == amount
    assert all(part.minor > 0 for _loan, part in parts)
    full = {loan for loan, part in parts if part.minor >= targets[loan].payoff.minor}
    assert amount < sum(t.payoff.minor for t in targets) or len(full) == len(targets)


@given(st.integers(1, 3000), st.lists(st.tuples(st.integers(1, 900), st.integers(1, 2)), max_size=7))
def test_every_suggestion_sums_to_the_payment_within_the_scale(amount, loans):
    targets = [target(index, due, supplier=who, payer=("x", 90)) for index, (due, who) in enumerate(loans)]

    for each in suggest(Credit(cny(amount), DAY), targets):
        assert sum(part.minor for _loan, part in each.parts) == amount
        assert 0 < each.score <= 100 and each.reasons
