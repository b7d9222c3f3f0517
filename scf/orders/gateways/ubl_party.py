"""A party of a UBL document: its names and its identifiers."""

from lxml import etree

from .facts import Party
from .values import clean
from .xmlsafe import child, children, text

_NAMES = (("PartyName", "Name"), ("PartyLegalEntity", "RegistrationName"), ("PartyTaxScheme", "RegistrationName"))
_IDENTIFIERS = (
    ("PartyLegalEntity", "CompanyID"),
    ("PartyTaxScheme", "CompanyID"),
    ("PartyIdentification", "ID"),
    ("EndpointID",),
)
_ACCOUNTS = ("CustomerAssignedAccountID", "SupplierAssignedAccountID")


def read_party(role: etree._Element) -> Party | None:
    """The party in a role such as SellerSupplierParty; None if it says nothing."""
    party = child(role, "Party")
    names = [clean(node.text) for path in _NAMES for node in children(party, *path)]
    names = list(dict.fromkeys(name for name in names if name))
    person = " ".join(filter(None, (text(party, "Person", "FirstName"), text(party, "Person", "FamilyName"))))
    if person and not names:
        names.append(person)
    identifiers = [
        (clean(node.get("schemeID")), value)
        for path in _IDENTIFIERS
        for node in children(party, *path)
        if (value := clean(node.text))
    ]
    identifiers += [(name, value) for name in _ACCOUNTS if (value := text(role, name))]
    if not names and not identifiers:
        return None
    return Party(names[0] if names else "", tuple(names), tuple(dict.fromkeys(identifiers)))
