"""One box for every number and name."""

from typing import Any

from django.db.models import Q

from scf.financing import selectors as financing
from scf.orders.selectors import documents_visible_to
from scf.parties.models import Membership
from scf.servicing import selectors as servicing


def search(membership: Membership, text: str) -> dict[str, Any]:
    """Cases, loans and documents whose number or party fits, each among what the reader may see."""
    by_party = Q(supplier__name__icontains=text) | Q(supplier__name_en__icontains=text)
    cases = financing.applications_visible_to(membership).filter(Q(number__icontains=text) | by_party)
    loans = servicing.loans_visible_to(membership).filter(
        Q(number__icontains=text) | Q(reference__icontains=text) | by_party
    )
    documents = documents_visible_to(membership).filter(number__icontains=text)
    return {
        "cases": list(cases.distinct().order_by("-pk")[:20]),
        "loans": list(loans.order_by("-pk")[:20]),
        "documents": list(documents.order_by("-pk")[:20]),
    }
