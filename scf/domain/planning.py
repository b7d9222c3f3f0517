"""Level instalments: the formula, its rounding, and what is done about the odd last one."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

from .conventions import Conventions, round_ratio

DIGITS = 60


def level_instalment(principal: int, factors: Sequence[Fraction], conventions: Conventions, balloon: int = 0) -> int:
    """The instalment that repays `principal` over periods that bear `factors`, in minor units.

    factors  rate x year fraction of each period, in order
    balloon  principal that stays for the last instalment on top

    P x prod(1+f) / sum of prod over the later periods, rounded to the
    convention's unit by its mode. Without periods or principal: zero.
    """
    if not factors or principal <= 0:
        return 0
    if not balloon and all(factor == factors[0] for factor in factors[1:]):
        return _round_to_unit(_level_even(principal, factors[0], len(factors)), conventions)
    with localcontext() as context:
        context.prec = DIGITS
        grown, weight = Decimal(1), Decimal(0)
        for factor in reversed(factors):
            weight += grown
            grown *= 1 + Decimal(factor.numerator) / Decimal(factor.denominator)
        return _round_to_unit((principal * grown - balloon) / weight, conventions)


def _level_even(principal: int, factor: Fraction, count: int) -> Decimal:
    with localcontext() as context:
        context.prec = DIGITS
        if not factor:
            return Decimal(principal) / count
        rate = Decimal(factor.numerator) / Decimal(factor.denominator)
        grown = (1 + rate) ** count
        return principal * rate * grown / (grown - 1)


def _round_to_unit(exact: Decimal, conventions: Conventions) -> int:
    """To a multiple of the instalment unit; digits beyond the fortieth are noise of the division."""
    with localcontext() as context:
        context.prec = DIGITS
        units = (exact / conventions.instalment_unit).quantize(Decimal("1e-30"), ROUND_HALF_EVEN)
    return round_ratio(Fraction(units), conventions.instalment_rounding) * conventions.instalment_unit


def spread_last(level: int, count: int, last_of: Callable[[int], int]) -> int:
    """One smoothing pass: the last instalment's difference is spread over all, where that makes it smaller.

    last_of  what the last instalment would be at a level
    """
    difference = last_of(level) - level
    if abs(difference) <= count // 2:
        return level
    better = level + round_ratio(Fraction(difference, count), "HALF_UP")
    return better if abs(last_of(better) - better) < abs(difference) else level
