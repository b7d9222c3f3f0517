"""Who may decide, and how many must: the laws of the authority matrix, and its edges."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scf.domain.authority import (
    Deal,
    Hat,
    Matrix,
    Need,
    Power,
    Rung,
    Spoken,
    Verdict,
    Word,
    missing,
    office,
    verdict,
)  # fmt: skip
from scf.domain.money import Money
from scf.domain.pricing import Grade


def cny(amount: int) -> Money:
    return Money(amount * 100, "CNY")


def signs(person: str, up_to: int = 1000, **more: object) -> Power:
    return Power(person, Hat.SIGN, cny(up_to), **more)


def votes(person: str) -> Power:
    return Power(person, Hat.VOTE, cny(10**9))


DEAL = Deal(cny(1000), "ORDER", Grade.B)


class TestPower:
    def test_reaches_exactly_to_its_amount_and_in_its_currency_only(self):
        assert signs("a", 1000).covers(DEAL) and not signs("a", 999).covers(DEAL)
        assert not Power("a", Hat.SIGN, Money(10**9, "USD")).covers(DEAL)

    def test_covers_its_products_and_grades_only(self):
        assert signs("a", products=frozenset({"ORDER"})).covers(DEAL)
        assert not signs("a", products=frozenset({"RECEIPT"})).covers(DEAL)
        assert signs("a", grade_min=Grade.B).covers(DEAL) and not signs("a", grade_min=Grade.A).covers(DEAL)

    def test_of_a_borrower_without_a_grade_only_an_unlimited_power_says_yes(self):
        nameless = Deal(cny(1), "ORDER")
        assert signs("a").covers(nameless) and not signs("a", grade_min=Grade.E).covers(nameless)


class TestNeed:
    def test_is_one_signature_without_a_rung(self):
        assert Matrix().need(DEAL) == Need(1, 0)

    def test_is_the_strictest_of_all_rungs_that_apply(self):
        rungs = (
            Rung(cny(999), signatures=2), Rung(cny(1000), signatures=3), Rung(cny(0), votes=2, grade_from=Grade.B),
            Rung(cny(0), votes=5, grade_from=Grade.C), Rung(cny(0), signatures=5, products=frozenset({"RECEIPT"})),
        )  # fmt: skip
        assert Matrix(rungs=rungs).need(DEAL) == Need(2, 2)

    def test_a_rung_of_another_currency_is_never_passed_under(self):
        abroad = Rung(Money(10**12, "USD"), signatures=3)
        assert Matrix(rungs=(abroad,)).need(DEAL).signatures == 3
        of_another_product = Rung(cny(10**6), signatures=2, products=frozenset({"RECEIPT"}))
        assert Matrix(rungs=(abroad, of_another_product)).need(DEAL).signatures == 3

    def test_unless_one_in_the_deals_own_currency_speaks_of_the_product(self):
        abroad = Rung(Money(10**12, "USD"), signatures=3)
        assert Matrix(rungs=(abroad, Rung(cny(1000), signatures=2))).need(DEAL).signatures == 1
        of_worse_grades = Rung(cny(1000), signatures=2, grade_from=Grade.E)
        assert Matrix(rungs=(abroad, of_worse_grades)).need(DEAL).signatures == 3


class TestOffice:
    def test_the_maker_never_speaks_nor_anybody_twice(self):
        matrix = Matrix((signs("a"), signs("b")), (Rung(cny(0), signatures=2),))
        assert office(matrix, DEAL, person="a", maker="a", spoken=[]) is None
        said = [Spoken("a", "a", Hat.SIGN)]
        assert office(matrix, DEAL, person="a", maker="m", spoken=said) is None
        assert office(matrix, DEAL, person="b", maker="m", spoken=said) == (Hat.SIGN, "b")

    def test_a_substitute_speaks_by_the_power_of_who_is_away_and_that_power_once(self):
        matrix = Matrix((signs("a"),), (Rung(cny(0), signatures=2),), frozenset({("s", "a")}))
        assert office(matrix, DEAL, person="s", maker="m", spoken=[]) == (Hat.SIGN, "a")
        assert office(matrix, DEAL, person="s", maker="m", spoken=[Spoken("a", "a", Hat.SIGN)]) is None

    def test_nobody_stands_in_for_the_maker_or_for_a_substitute(self):
        matrix = Matrix((signs("m"), signs("a")), (), frozenset({("s", "m"), ("t", "s"), ("s", "a")}))
        assert office(matrix, DEAL, person="t", maker="x", spoken=[]) is None
        assert (
            office(Matrix((signs("m"),), (), frozenset({("s", "m")})), DEAL, person="s", maker="m", spoken=[]) is None
        )

    def test_who_has_both_signs_while_a_signature_is_missing_and_votes_after(self):
        matrix = Matrix((signs("a"), votes("a"), signs("b")), (Rung(cny(0), votes=1),))
        assert office(matrix, DEAL, person="a", maker="m", spoken=[]) == (Hat.SIGN, "a")
        said = [Spoken("b", "b", Hat.SIGN)]
        assert office(matrix, DEAL, person="a", maker="m", spoken=said) == (Hat.VOTE, "a")


class TestVerdict:
    COMMITTEE = Matrix((signs("c"), votes("x"), votes("y"), votes("z")), (Rung(cny(0), votes=2),))

    def test_waits_for_signature_and_votes(self):
        said = [Spoken("c", "c", Hat.SIGN), Spoken("x", "x", Hat.VOTE)]
        assert verdict(self.COMMITTEE, DEAL, maker="m", spoken=said) == Verdict.OPEN
        said.append(Spoken("y", "y", Hat.VOTE))
        assert verdict(self.COMMITTEE, DEAL, maker="m", spoken=said) == Verdict.REACHED

    def test_is_lost_once_the_votes_cannot_be_reached(self):
        said = [Spoken("x", "x", Hat.VOTE, Word.AGAINST)]
        assert verdict(self.COMMITTEE, DEAL, maker="m", spoken=said) == Verdict.OPEN
        said.append(Spoken("y", "y", Hat.VOTE, Word.ABSTAIN))
        assert verdict(self.COMMITTEE, DEAL, maker="m", spoken=said) == Verdict.LOST

    def test_the_makers_own_seat_does_not_count(self):
        assert verdict(self.COMMITTEE, DEAL, maker="y", spoken=[Spoken("x", "x", Hat.VOTE, Word.AGAINST)]) == "LOST"


PEOPLE = "abcdef"
powers = st.builds(
    Power, st.sampled_from(PEOPLE), st.sampled_from(Hat), st.builds(cny, st.sampled_from([500, 1000, 5000])),
    st.sampled_from([frozenset(), frozenset({"ORDER"}), frozenset({"RECEIPT"})]), st.sampled_from([None, *Grade]),
)  # fmt: skip
rungs = st.builds(
    Rung, st.builds(cny, st.sampled_from([0, 999, 1000])), st.integers(1, 3), st.integers(0, 3),
    st.just(frozenset()), st.sampled_from([None, *Grade]),
)  # fmt: skip
matrices = st.builds(
    Matrix, st.lists(powers, max_size=8).map(tuple), st.lists(rungs, max_size=3).map(tuple),
    st.frozensets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)), max_size=3),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first draw finds out what a matrix is made of
@given(matrix=matrices, order=st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(Word)), max_size=14))
def test_however_people_speak_no_decision_stands_on_fewer_persons_or_powers_than_needed(matrix, order):
    spoken: list[Spoken] = []
    for person, word in order:
        found = office(matrix, DEAL, person=person, maker="a", spoken=spoken)
        if found is not None:
            hat, whose = found
            spoken.append(Spoken(person, whose, hat, Word.FOR if hat == Hat.SIGN else word))

    assert len({word.person for word in spoken}) == len({word.power_of for word in spoken}) == len(spoken)
    assert all("a" not in (word.person, word.power_of) for word in spoken)
    need = matrix.need(DEAL)
    if verdict(matrix, DEAL, maker="a", spoken=spoken) == Verdict.REACHED:
        for hat, count in ((Hat.SIGN, need.signatures), (Hat.VOTE, need.votes)):
            said = {word.power_of for word in spoken if word.hat == hat and word.word == Word.FOR}
            assert len(said) >= count and said <= matrix.holders(DEAL, hat)
    assert missing(need, spoken).signatures >= 0
