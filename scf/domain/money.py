"""Money as whole minor units of a currency, with the one place that rounds."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from functools import total_ordering

from .errors import DomainError

# ISO 4217 exponents that are not two. Currencies not named here have two.
EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}


class CurrencyMismatch(DomainError):
    """Two amounts of different currencies were combined."""

    code = "CURRENCY_MISMATCH"


class AmountUnreadable(DomainError):
    """A text is not an amount, or is finer than the currency's minor unit."""

    code = "AMOUNT_UNREADABLE"


def exponent(currency: str) -> int:
    """Number of decimals of `currency`: 2 for CNY, 0 for JPY (ISO 4217)."""
    return EXPONENTS.get(currency, 2)


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """`minor` units (cents, fen) of `currency` (ISO 4217, three letters)."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal | str, currency: str) -> "Money":
        """Exact conversion of a decimal amount; nothing is rounded.

        Raises AmountUnreadable where `amount` is no number or has more
        decimals than the currency.
        """
        try:
            scaled = Decimal(amount).scaleb(exponent(currency))
        except (InvalidOperation, ValueError) as error:
            raise AmountUnreadable("this is not an amount", text=str(amount)) from error
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise AmountUnreadable("finer than the currency's smallest unit", text=str(amount), currency=currency)
        return cls(int(scaled), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in whole units of the currency, all decimals shown."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.currency} {self.amount:,}"

    def times(self, factor: Decimal, rounding: str = ROUND_HALF_UP) -> "Money":
        """Scale by an exact factor and round once, to the minor unit.

        Half-up is what Chinese banks do with interest; a limit or an advance
        is rounded down by `ROUND_DOWN`, so that it is never exceeded.
        """
        return Money(int((self.minor * factor).quantize(Decimal(1), rounding)), self.currency)

    def floor_times(self, factor: Decimal) -> "Money":
        """Scale and cut off: what may be lent is never rounded up."""
        return self.times(factor, ROUND_DOWN)

    def split(self, weights: list[int]) -> list["Money"]:
        """Divide by whole weights; the parts always sum to the whole.

        Largest-remainder method; ties go to the earlier part, so the result
        is deterministic. Weights are non-negative and not all zero.
        """
        total = sum(weights)
        floors = [self.minor * weight // total for weight in weights]
        remainders = [self.minor * weight % total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
        for i in by_remainder[: self.minor - sum(floors)]:
            floors[i] += 1
        return [Money(minor, self.currency) for minor in floors]

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch("amounts differ in currency", ours=self.currency, theirs=other.currency)
        return other.minor


def zero(currency: str) -> Money:
    """Nothing, in `currency`."""
    return Money(0, currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of `amounts`, zero of `currency` where there are none."""
    result = zero(currency)
    for amount in amounts:
        result = result + amount
    return result
