"""Reading the registry: what goods carry, and what stands behind a case."""

from .offers import Offerable, available, lines_of, offerables, pledge_of, references_on_same_goods

__all__ = ["Offerable", "available", "lines_of", "offerables", "pledge_of", "references_on_same_goods"]
