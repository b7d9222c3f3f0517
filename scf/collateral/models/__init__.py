"""What the registry keeps: holdings of goods, the pledges on them, what keepers have counted."""

from .caps import Cap, CapChange, LevelName
from .pledges import Holding, Pledge, PledgeLine, ReleaseOrder
from .prices import Commodity, CommodityName, LineCommodity, MarketPrice, PriceProposal
from .stock import Stock, StockCount

__all__ = [
    "Cap",
    "CapChange",
    "Commodity",
    "CommodityName",
    "Holding",
    "LevelName",
    "LineCommodity",
    "MarketPrice",
    "Pledge",
    "PledgeLine",
    "PriceProposal",
    "ReleaseOrder",
    "Stock",
    "StockCount",
]
