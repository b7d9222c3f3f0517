"""What the registry keeps: holdings of goods and the pledges on them."""

from .fingerprints import Fingerprint, Grade, Hit, Resemblance
from .pledges import Holding, Pledge, PledgeLine

__all__ = ["Fingerprint", "Grade", "Hit", "Holding", "Pledge", "PledgeLine", "Resemblance"]
