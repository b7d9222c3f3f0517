"""What the registry keeps: holdings of goods, the pledges on them, what keepers have counted."""

# budget: the one front of all models of the app
from .caps import Cap, CapChange, LevelName
from .cover import CollateralChange, CoverCheck, Exposure, MarginCall, PledgeValue
from .fingerprints import Fingerprint, Grade, Hit, Resemblance
from .keeping import KeeperAct
from .perfection import ElementEvidence
from .pledges import Holding, Pledge, PledgeLine, ReleaseOrder
from .prices import Commodity, CommodityName, FeedState, LineCommodity, MarketPrice, PriceProposal
from .registers import RegisterRequest
from .stock import Stock, StockCount

__all__ = [
    "Cap",
    "CapChange",
    "CollateralChange",
    "Commodity",
    "CommodityName",
    "CoverCheck",
    "ElementEvidence",
    "Exposure",
    "FeedState",
    "Fingerprint",
    "Grade",
    "Hit",
    "Holding",
    "KeeperAct",
    "LevelName",
    "LineCommodity",
    "MarginCall",
    "MarketPrice",
    "Pledge",
    "PledgeLine",
    "PledgeValue",
    "PriceProposal",
    "RegisterRequest",
    "ReleaseOrder",
    "Resemblance",
    "Stock",
    "StockCount",
]
