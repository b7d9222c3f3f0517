"""What the registry keeps: holdings of goods, the pledges on them, what keepers have counted."""

from .caps import Cap, CapChange, LevelName
from .fingerprints import Fingerprint, Grade, Hit, Resemblance
from .pledges import Holding, Pledge, PledgeLine, ReleaseOrder
from .prices import Commodity, CommodityName, LineCommodity, MarketPrice, PriceProposal
from .registers import RegisterRequest
from .stock import Stock, StockCount

__all__ = [
    "Cap",
    "CapChange",
    "Commodity",
    "CommodityName",
    "Fingerprint",
    "Grade",
    "Hit",
    "Holding",
    "LevelName",
    "LineCommodity",
    "MarketPrice",
    "Pledge",
    "PledgeLine",
    "PriceProposal",
    "RegisterRequest",
    "ReleaseOrder",
    "Resemblance",
    "Stock",
    "StockCount",
]
