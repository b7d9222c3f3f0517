"""Which organisations a document means."""

from collections.abc import Iterator
from dataclasses import dataclass

from scf.orders.gateways.facts import Kind, ParsedDocument, Party, Problem
from scf.parties.models import Organisation
from scf.parties.selectors import comparable, match_party

JD_IDENTIFIER = "jd"  # an identifier (PartyAlias) of the organisation that buys through JD's vendor API
_SUPPLIER_NUMBERS = frozenset({Kind.ORDER_RESPONSE, Kind.DESPATCH_ADVICE, Kind.INVOICE, Kind.CREDIT_NOTE})


@dataclass(frozen=True, slots=True)
class Parties:
    """The parties of a document as known organisations, null where unknown."""

    supplier: Organisation | None
    buyer: Organisation | None
    warehouse: Organisation | None
    issuer_key: str
    problems: tuple[Problem, ...] = ()


def parties_of(document: ParsedDocument, *, owner: Organisation) -> Parties:
    """Match the document's parties; a supplier that is not named is the owner."""
    supplier = _match(document.supplier)
    if document.supplier is None and owner.kind == Organisation.Kind.SUPPLIER:
        supplier = owner
    buyer, warehouse = _match(document.buyer), _match(document.warehouse)
    if document.buyer is None and document.source == "jd":
        buyer = match_party(names=(), identifiers=(JD_IDENTIFIER,))
    problems = tuple(_unknown(document, supplier=supplier, buyer=buyer, warehouse=warehouse))
    key = issuer_key(document, supplier=supplier, buyer=buyer, warehouse=warehouse)
    return Parties(supplier, buyer, warehouse, key, problems)


def are_known(*, kind: str, supplier: object, buyer: object, warehouse: object) -> bool:
    """True when everybody who must be known is."""
    other = warehouse if kind in (Kind.WAREHOUSE_RECEIPT, "WAREHOUSE_RECEIPT") else buyer
    return supplier is not None and other is not None


def issuer_key(
    document: ParsedDocument,
    *,
    supplier: Organisation | None,
    buyer: Organisation | None,
    warehouse: Organisation | None,
) -> str:
    """Who gives out this document's number: two buyers may both have an order 1."""
    organisation, party = {
        Kind.WAREHOUSE_RECEIPT: (warehouse, document.warehouse),
        **dict.fromkeys(_SUPPLIER_NUMBERS, (supplier, document.supplier)),
    }.get(document.kind, (buyer, document.buyer))
    if organisation is not None:
        return f"org:{organisation.pk}"
    if party is None:
        return document.source if document.source == "jd" else ""
    return comparable(party.label or "")


def _match(party: Party | None) -> Organisation | None:
    if party is None:
        return None
    return match_party(names=party.names or (party.name,), identifiers=[value for _, value in party.identifiers])


def _unknown(document: ParsedDocument, **found: Organisation | None) -> Iterator[Problem]:
    wanted = ("supplier", "warehouse" if document.kind is Kind.WAREHOUSE_RECEIPT else "buyer")
    for role in wanted:
        if found[role] is None:
            party = getattr(document, role)
            name = (party.label if party else None) or "not named"
            message = (
                f"The {role} ({name}) is not a known organisation; the platform will link it before you can finance."
            )
            yield Problem("PARTY_UNKNOWN", role, message, is_fatal=False)
