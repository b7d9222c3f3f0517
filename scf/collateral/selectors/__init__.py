"""Reading the registry: what goods carry, and what stands behind a case."""

from .matching import Match, matches
from .offers import Offerable, available, lines_of, offerables, pledge_of, references_on_same_goods

__all__ = [
    "Match",
    "Offerable",
    "available",
    "lines_of",
    "matches",
    "offerables",
    "pledge_of",
    "references_on_same_goods",
]
