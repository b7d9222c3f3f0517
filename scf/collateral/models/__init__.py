"""What the registry keeps: holdings of goods and the pledges on them."""

from .pledges import Holding, Pledge, PledgeLine

__all__ = ["Holding", "Pledge", "PledgeLine"]
