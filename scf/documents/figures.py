"""How figures are printed: separators, a true minus, percent, dates as ISO."""

from decimal import Decimal

from scf.domain.money import Money

MINUS = "\u2212"


def plain(money: Money) -> str:
    """An amount without its currency: 12,345.00."""
    return f"{money.amount:,}".replace("-", MINUS)


def cash(money: Money) -> str:
    """An amount with its currency: CNY 12,345.00."""
    return f"{money.currency} {plain(money)}"


def moved(money: Money) -> str:
    """A movement: a dash where nothing moved."""
    return plain(money) if money else "–"


def percent(fraction: Decimal, digits: int = 2) -> str:
    """Decimal("0.0435") -> "4.35 %"."""
    return f"{fraction * 100:.{digits}f} %"


def quantity(value: Decimal) -> str:
    """A quantity without idle zeros."""
    return f"{value.normalize():,f}"
