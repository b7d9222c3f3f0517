"""Asset quality: the five-tier class (五级分类) of a loan, with its reason.

Source: 商业银行金融资产风险分类办法 (CBIRC/PBoC order no. 1 of 2023), articles
10 to 13: overdue at all is at least special mention; overdue by more than 90,
270 and 360 days is at least substandard, doubtful and loss; so is a borrower
whose other debts with the bank are, by more than 90 days, overdue (art. 12).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """From best to worst."""

    NORMAL = "NORMAL"
    SPECIAL_MENTION = "SPECIAL_MENTION"
    SUBSTANDARD = "SUBSTANDARD"
    DOUBTFUL = "DOUBTFUL"
    LOSS = "LOSS"


ORDER = tuple(Tier)


@dataclass(frozen=True, slots=True)
class RangeTable:
    """Codes by days past due: (code, first day, last day), both included, in order."""

    ranges: tuple[tuple[str, int, int], ...]

    def code(self, days: int) -> str:
        """The code whose range holds `days`; the last one's beyond them all. Raises ValueError without ranges."""
        for code, first, last in self.ranges:
            if first <= days <= last:
                return code
        return max(self.ranges, key=lambda row: row[2])[0]


CHINA = RangeTable(
    (
        (Tier.NORMAL, 0, 0),
        (Tier.SPECIAL_MENTION, 1, 90),
        (Tier.SUBSTANDARD, 91, 270),
        (Tier.DOUBTFUL, 271, 360),
        (Tier.LOSS, 361, 10**6),
    )
)


@dataclass(frozen=True, slots=True)
class Class:
    """A tier and why: OVERDUE (days), EXTENDED (once extended, not better than special mention),
    CROSS_DEFAULT (another loan of the borrower is overdue by `days`), WRITTEN_OFF, or IN_ORDER.
    """

    tier: Tier
    reason: str
    days: int = 0


def classify(
    days_past_due: int, *, worst_of_borrower: int = 0, is_extended: bool = False, is_written_off: bool = False
) -> Class:
    """The class of a loan: the worst that any of its reasons asks for.

    worst_of_borrower  days past due of the borrower's other loans with this lender, the most
    """
    reasons = [Class(Tier(CHINA.code(days_past_due)), "OVERDUE" if days_past_due else "IN_ORDER", days_past_due)]
    if worst_of_borrower > 90:
        reasons.append(Class(Tier.SUBSTANDARD, "CROSS_DEFAULT", worst_of_borrower))
    elif worst_of_borrower > 0:
        reasons.append(Class(Tier.SPECIAL_MENTION, "CROSS_DEFAULT", worst_of_borrower))
    if is_extended:
        reasons.append(Class(Tier.SPECIAL_MENTION, "EXTENDED"))
    if is_written_off:
        reasons.append(Class(Tier.LOSS, "WRITTEN_OFF"))
    return worst(reasons)


def worst(found: Sequence[Class]) -> Class:
    """The worst of several; among equals the first."""
    return max(found, key=lambda each: ORDER.index(each.tier))
