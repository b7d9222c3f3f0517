"""A lender's own rules decide a case with no person: the same inputs and version give the same answer, years later.

A decision either offers what was asked for, at the price of the lender's list, or leaves the case to a person with
every reason why. Rules never decline: what they cannot say yes to, an officer looks at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .money import Money
from .pricing import Cell, Grade, burden, is_at_least
from .rates import BASIS_POINTS

BURDEN_MAX = Decimal("0.36")


@dataclass(frozen=True, slots=True)
class Rule:
    """Within what a lender lets its rules decide; ends included.

    products   empty: any
    grade_min  None: any borrower, graded or not
    """

    amount_max: Money
    tenor_days_max: int
    products: frozenset[str] = frozenset()
    grade_min: Grade | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case when it is decided.

    warnings  codes of the automatic checks that did not pass
    price     what the lender's list says; None where it says nothing
    index     what the price's index stood at that day
    barred    codes of limits or of the licence that stand against the offer
    """

    product: str
    amount: Money
    tenor_days: int
    grade: Grade | None
    warnings: tuple[str, ...]
    price: Cell | None
    index: Decimal | None
    barred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """annual_rate is set where it is an offer; reasons are why a person must decide, in the order of the tests."""

    reasons: tuple[str, ...]
    annual_rate: Decimal | None = None

    @property
    def is_offer(self) -> bool:
        """Whether the rules say yes."""
        return self.annual_rate is not None


def _decide_v1(rule: Rule, facts: Facts) -> Decision:
    """As long as an offer had no place for a fee, what costs one was a person's."""
    has_fee = facts.price is not None and facts.price.fee_bp > 0
    reasons = _against(rule, facts) + (["FEE"] if has_fee else [])
    if facts.price is None or facts.index is None or reasons:
        return Decision(tuple(reasons))
    rate = facts.index + Decimal(facts.price.spread_bp) / BASIS_POINTS
    return Decision((), rate) if 0 < rate <= BURDEN_MAX else Decision(("RATE",))


def _decide_v2(rule: Rule, facts: Facts) -> Decision:
    reasons = _against(rule, facts)
    if facts.price is None or facts.index is None or reasons:
        return Decision(tuple(reasons))
    rate = facts.index + Decimal(facts.price.spread_bp) / BASIS_POINTS
    is_bearable = burden(rate, fee_bp=facts.price.fee_bp, tenor_days=facts.tenor_days) <= BURDEN_MAX
    return Decision((), rate) if rate > 0 and is_bearable else Decision(("RATE",))


def _against(rule: Rule, facts: Facts) -> list[str]:
    """What stands against an offer whatever it costs, in the order of the tests; as both versions ask."""
    has_price = facts.price is not None and facts.index is not None
    tests = (
        ("CURRENCY", facts.amount.currency != rule.amount_max.currency),
        ("AMOUNT", facts.amount.currency == rule.amount_max.currency and facts.amount > rule.amount_max),
        ("TENOR", facts.tenor_days > rule.tenor_days_max),
        ("PRODUCT", bool(rule.products) and facts.product not in rule.products),
        ("GRADE", rule.grade_min is not None
         and (facts.grade is None or not is_at_least(facts.grade, rule.grade_min))),
        ("WARNING", bool(facts.warnings)),
        ("LIMIT", bool(facts.barred)),
        ("NO_PRICE", not has_price),
    )  # fmt: skip
    return [code for code, stands_against in tests if stands_against]


# A change of the rules is a new version: what an old one decided is replayed by the old one.
VERSIONS: Mapping[str, Callable[[Rule, Facts], Decision]] = {"1": _decide_v1, "2": _decide_v2}
CURRENT = "2"


def decide(rule: Rule, facts: Facts, *, version: str = CURRENT) -> Decision:
    """The answer of a version of the rules. Raises KeyError for a version that there never was."""
    return VERSIONS[version](rule, facts)


def as_json(rule: Rule, facts: Facts) -> dict[str, Any]:
    """All that a decision rests on, as stored."""
    return {
        "rule": {
            "amount_max": [rule.amount_max.minor, rule.amount_max.currency], "tenor_days_max": rule.tenor_days_max,
            "products": sorted(rule.products), "grade_min": rule.grade_min,
        },
        "facts": {
            "product": facts.product, "amount": [facts.amount.minor, facts.amount.currency],
            "tenor_days": facts.tenor_days, "grade": facts.grade, "warnings": list(facts.warnings),
            "price": facts.price.as_json() if facts.price else None,
            "index": str(facts.index) if facts.index is not None else None, "barred": list(facts.barred),
        },
    }  # fmt: skip


def from_json(stored: Mapping[str, Any]) -> tuple[Rule, Facts]:
    """What `as_json` wrote."""
    rule, facts = stored["rule"], stored["facts"]
    grade = _grade(rule["grade_min"])
    return (
        Rule(Money(*rule["amount_max"]), rule["tenor_days_max"], frozenset(rule["products"]), grade),
        Facts(
            product=facts["product"], amount=Money(*facts["amount"]), tenor_days=facts["tenor_days"],
            grade=_grade(facts["grade"]), warnings=tuple(facts["warnings"]),
            price=Cell.from_json(facts["price"]) if facts["price"] else None,
            index=Decimal(facts["index"]) if facts["index"] is not None else None, barred=tuple(facts["barred"]),
        ),
    )  # fmt: skip


def _grade(text: str | None) -> Grade | None:
    return Grade(text) if text else None
