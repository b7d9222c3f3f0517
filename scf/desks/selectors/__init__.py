"""What each home page answers: what needs me now, then how things stand."""

from .finance import clerk_home
from .machine import administrator_home
from .officers import bank_home, reviewer_home
from .searching import search
from .signers import signer_home
from .supplier import supplier_home

__all__ = ["administrator_home", "bank_home", "clerk_home", "reviewer_home", "search", "signer_home", "supplier_home"]
