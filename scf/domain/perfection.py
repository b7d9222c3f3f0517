"""What makes a pledge stand in law, by the kind of goods: every element needs evidence, or the lender's waiver.

Sources: Civil Code art. 427 (written contract), 441 (a pledge of a warehouse receipt arises with its delivery, or with
registration), 445 (a pledge of receivables arises with registration), 910 (endorsement, and the keeper's signature);
GB/T 30332-2024 for the receipt itself; the law of art. 429 for the keeper who holds for the creditor.
"""

from collections.abc import Mapping
from enum import StrEnum


class Element(StrEnum):
    """One thing that must be so before money moves."""

    CONTRACT = "CONTRACT"
    BUYER_CONFIRMED = "BUYER_CONFIRMED"
    REGISTERED = "REGISTERED"
    ENDORSED = "ENDORSED"
    KEEPER_SEALED = "KEEPER_SEALED"
    KEEPER_MANDATED = "KEEPER_MANDATED"
    STOCK_LOCKED = "STOCK_LOCKED"


NEEDED: Mapping[str, tuple[Element, ...]] = {
    # the goods are not there yet: what is pledged is the right against the buyer
    "ORDER": (Element.CONTRACT, Element.BUYER_CONFIRMED, Element.REGISTERED),
    "RECEIPT": (Element.CONTRACT, Element.BUYER_CONFIRMED, Element.REGISTERED),
    "WAREHOUSE": (
        Element.CONTRACT, Element.ENDORSED, Element.KEEPER_SEALED, Element.KEEPER_MANDATED, Element.STOCK_LOCKED,
        Element.REGISTERED,
    ),
}  # fmt: skip


def needed(products: set[str]) -> list[Element]:
    """Every element that the kinds of goods in a pledge need together, in the order in which they are obtained."""
    wanted = {element for product in products for element in NEEDED[product]}
    return [element for element in Element if element in wanted]


def missing(products: set[str], had: set[Element]) -> list[Element]:
    """What is needed and not had; a pledge is effective where nothing is."""
    return [element for element in needed(products) if element not in had]
