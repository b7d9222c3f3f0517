"""Organisations, people and roles; who stands behind organisations; accounts to be paid into."""

from .accounts import PayeeChange
from .people import BankAccount, Industry, Membership, Organisation, PartyAlias, Role, User, UserManager
from .relations import Affiliation, Trait

__all__ = [
    "Affiliation",
    "BankAccount",
    "Industry",
    "Membership",
    "Organisation",
    "PartyAlias",
    "PayeeChange",
    "Role",
    "Trait",
    "User",
    "UserManager",
]
