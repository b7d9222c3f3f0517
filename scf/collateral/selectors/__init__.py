"""Reading the registry: what goods carry, and what stands behind a case."""

from .caps import over_limits
from .cover import (
    Cover,
    calls_of,
    cover_history,
    cover_of,
    exposure_of,
    pledges_in_stock,
    pledges_on,
    references_of,
    sales_of,
)
from .matching import Match, matches
from .offers import (
    Offerable,
    available,
    keys_of,
    limits_of,
    lines_of,
    offerables,
    passing_on,
    pledge_of,
    references_on_same_goods,
)

__all__ = [
    "Cover",
    "Match",
    "Offerable",
    "available",
    "calls_of",
    "cover_history",
    "cover_of",
    "exposure_of",
    "keys_of",
    "limits_of",
    "lines_of",
    "matches",
    "offerables",
    "over_limits",
    "passing_on",
    "pledge_of",
    "pledges_in_stock",
    "pledges_on",
    "references_of",
    "references_on_same_goods",
    "sales_of",
]
