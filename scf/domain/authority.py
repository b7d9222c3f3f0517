"""Who may stand for a decision of a lender, and how many must: its authority matrix (审批权限), as pure rules.

A matrix says by amount, product and grade how many signatures of checkers and how many votes of a committee an offer
needs, and for each officer up to which amount, for which products and down to which grade that officer's word counts.

Laws: the maker's own word never counts; one person speaks once a proposal, whatever hats it wears; one officer's power
is used once a proposal, be it by the officer or by a substitute; who stands in for others does so for one step, a
substitute's substitute has no power. What is not in the matrix nobody may decide.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .money import Money
from .pricing import Grade

SIGNATURES_MAX, VOTES_MAX = 5, 15


class Hat(StrEnum):
    """In which office somebody speaks."""

    SIGN = "SIGN"
    VOTE = "VOTE"


class Word(StrEnum):
    """What somebody says; a signature is always FOR."""

    FOR = "FOR"
    AGAINST = "AGAINST"
    ABSTAIN = "ABSTAIN"


class Verdict(StrEnum):
    """Where a proposal stands: decided, still open, or no longer possible."""

    REACHED = "REACHED"
    OPEN = "OPEN"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Deal:
    """What is decided on. grade: None where the borrower has none."""

    amount: Money
    product: str
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class Power:
    """Up to which amount (included), for which products (empty: all) and down to which grade a person's word counts.

    grade_min   the worst grade it covers; None: any, and borrowers without one
    """

    person: Hashable
    hat: Hat
    amount_max: Money
    products: frozenset[str] = frozenset()
    grade_min: Grade | None = None

    def covers(self, deal: Deal) -> bool:
        """Whether the power reaches this deal."""
        fits_grade = self.grade_min is None or (deal.grade is not None and deal.grade <= self.grade_min)
        same = deal.amount.currency == self.amount_max.currency
        return same and deal.amount <= self.amount_max and fits_grade and _holds(self.products, deal.product)


@dataclass(frozen=True, slots=True)
class Rung:
    """From above which amount on (excluded) how many signatures and votes are needed.

    products    empty: all
    grade_from  for this grade and worse ones, and for borrowers without a grade; None: for every borrower
    """

    amount_above: Money
    signatures: int = 1
    votes: int = 0
    products: frozenset[str] = frozenset()
    grade_from: Grade | None = None

    def applies_to(self, deal: Deal) -> bool:
        """Whether this rung asks something of the deal; of another currency's amount it always does."""
        is_above = deal.amount.currency != self.amount_above.currency or deal.amount > self.amount_above
        return is_above and self.speaks_of(deal)

    def speaks_of(self, deal: Deal) -> bool:
        """Whether the deal is of its product and grade, whatever the amount."""
        is_weak = self.grade_from is None or deal.grade is None or deal.grade >= self.grade_from
        return is_weak and _holds(self.products, deal.product)


def _holds(products: frozenset[str], product: str) -> bool:
    return not products or product in products


@dataclass(frozen=True, slots=True)
class Need:
    """How many signatures of checkers and votes of the committee a deal needs."""

    signatures: int = 1
    votes: int = 0


@dataclass(frozen=True, slots=True)
class Matrix:
    """A lender's whole table. stand_ins: who speaks for whom today, as (substitute, absent officer)."""

    powers: tuple[Power, ...] = ()
    rungs: tuple[Rung, ...] = ()
    stand_ins: frozenset[tuple[Hashable, Hashable]] = field(default_factory=frozenset)

    def need(self, deal: Deal) -> Need:
        """The strictest of all rungs that apply; one signature at least.

        Rungs in the deal's currency decide where one speaks of its product and grade; amounts of others cannot be
        compared with it, so without one they all apply.
        """
        about = [rung for rung in self.rungs if rung.speaks_of(deal)]
        own = [rung for rung in about if rung.amount_above.currency == deal.amount.currency]
        found = [rung for rung in own or about if rung.applies_to(deal)]
        return Need(max([1, *(rung.signatures for rung in found)]), max([0, *(rung.votes for rung in found)]))

    def holders(self, deal: Deal, hat: Hat) -> set[Hashable]:
        """Whose power of this kind covers the deal, present or away."""
        return {power.person for power in self.powers if power.hat == hat and power.covers(deal)}

    def may_speak(self, deal: Deal) -> set[Hashable]:
        """Everybody whose word can count today, substitutes included."""
        own = self.holders(deal, Hat.SIGN) | (self.holders(deal, Hat.VOTE) if self.need(deal).votes else set())
        return own | {stand_in for stand_in, absent in self.stand_ins if absent in own}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word that was given. power_of: whose power was used, the speaker's own or that of somebody who is away."""

    person: Hashable
    power_of: Hashable
    hat: Hat
    word: Word = Word.FOR


def office(
    matrix: Matrix, deal: Deal, *, person: Hashable, maker: Hashable, spoken: Sequence[Spoken]
) -> tuple[Hat, Hashable] | None:
    """In which office, and by whose power, a person may speak now; None where it may not.

    A signature comes before a vote while one is missing; one's own power before that of somebody who is away.
    """
    used = {word.power_of for word in spoken}
    if person == maker or any(word.person == person for word in spoken):
        return None
    need = matrix.need(deal)
    missing = _missing(need, spoken)
    behind = [person, *sorted((away for stand_in, away in matrix.stand_ins if stand_in == person), key=str)]
    for hat, count in ((Hat.SIGN, missing.signatures), (Hat.VOTE, missing.votes)):
        holders = matrix.holders(deal, hat)
        for whose in behind:
            if count > 0 and whose in holders and whose not in used and whose != maker:
                return hat, whose
    return None


def _missing(need: Need, spoken: Iterable[Spoken]) -> Need:
    words = [word for word in spoken if word.word == Word.FOR]
    signed = sum(word.hat == Hat.SIGN for word in words)
    return Need(need.signatures - signed, need.votes - (len(words) - signed))


def missing(need: Need, spoken: Iterable[Spoken]) -> Need:
    """What is still needed; never below nought."""
    left = _missing(need, spoken)
    return Need(max(left.signatures, 0), max(left.votes, 0))


def verdict(matrix: Matrix, deal: Deal, *, maker: Hashable, spoken: Sequence[Spoken]) -> Verdict:
    """Whether all signatures and votes are there, or so many are against that the votes cannot be reached any more.

    A seat whose holder abstains or is against is lost; the maker's own seat never counts.
    """
    left = missing(matrix.need(deal), spoken)
    if not left.signatures and not left.votes:
        return Verdict.REACHED
    gone = {word.power_of for word in spoken} | {maker}
    seats = matrix.holders(deal, Hat.VOTE) - gone
    is_lost = left.votes > len(seats) and any(word.word != Word.FOR for word in spoken)
    return Verdict.LOST if is_lost else Verdict.OPEN
