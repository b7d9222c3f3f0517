"""What a lender's licence allows it to lend, whatever it wants to.

Banks: loans to one borrower at most 10 % of net capital (Commercial Bank Law, article 39; rules on large exposures,
CBIRC order 2018 no. 1). Small-loan companies lend their own money: one borrower at most 10 % of the net assets of the
year before, in the region of the licence, and a yearly burden, fees included, of at most 24 % (interim rules on the
supervision of small-loan companies, NFRA 2024 no. 26, and the circular CBIRC 2020 no. 86 before them). A lender's own
licence and its supervisor may say less: the figures are data, entered by the lender and confirmed by the platform.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from .money import Money
from .routing import Asked, Reason

SINGLE_SHARE = Decimal("0.10")  # of net capital, to one borrower
SMALL_LOAN_BURDEN_MAX = Decimal("0.24")


class LicenceKind(StrEnum):
    """What a lender is licensed as."""

    BANK = "BANK"
    SMALL_LOAN = "SMALL_LOAN"


@dataclass(frozen=True, slots=True)
class Licence:
    """What a lender's licence allows.

    single_max  owed by one borrower at most; None: no such limit
    regions     of borrowers, by their first digits; empty: any
    burden_max  the highest yearly burden, fees included, a fraction of one; None: no cap
    valid_to    its last day, included; None: unlimited
    """

    kind: LicenceKind
    single_max: Money | None = None
    regions: frozenset[str] = frozenset()
    burden_max: Decimal | None = None
    valid_from: date = date.min
    valid_to: date | None = None


def licence_against(
    licence: Licence, asked: Asked, *, owed: Money, on: date, burden: Decimal | None = None
) -> list[Reason]:
    """What a licence has against lending this.

    owed    what the borrower owes that lender already, or will by what it has signed, in the currency of the case
    burden  the price with fees as a yearly fraction, where it is known

    Codes: LICENCE_NOT_IN_FORCE, LICENCE_REGION, LICENCE_ONE_BORROWER, LICENCE_RATE.
    """
    is_in_force = licence.valid_from <= on and (licence.valid_to is None or on <= licence.valid_to)
    region_fits = not licence.regions or any(asked.region.startswith(region) for region in licence.regions)
    reasons = []
    if not is_in_force:
        reasons.append(Reason("LICENCE_NOT_IN_FORCE"))
    if not region_fits:
        reasons.append(Reason("LICENCE_REGION"))
    most = licence.single_max
    if most is not None and most.currency == asked.amount.currency and most < owed + asked.amount:
        reasons.append(Reason("LICENCE_ONE_BORROWER", {"max": str(most), "owed": str(owed)}))
    if licence.burden_max is not None and burden is not None and burden > licence.burden_max:
        reasons.append(Reason("LICENCE_RATE", {"max": str(licence.burden_max), "burden": str(burden)}))
    return reasons
