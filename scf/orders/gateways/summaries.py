"""A file's facts as the import command prints them."""

from .facts import ParsedDocument, ParsedFile, total_of
from .values import plain

QUANTITIES = ("ordered", "received", "rejected", "short")


def summary(parsed: ParsedFile) -> dict:
    """One JSON-ready object for a file.

    With several documents in the file the header facts are the first one's, counts and sums go over
    all of them, and `documents` lists each.
    """
    documents = parsed.documents
    answer = {
        "file": parsed.name,
        **_header(documents[0] if documents else None),
        "lines": sum(len(document.lines) for document in documents),
        "total": plain(total_of(document.totals.payable for document in documents)),
        "lines_total": plain(total_of(document.lines_total for document in documents)),
        "quantities": _quantities(documents),
        "status": str(parsed.status),
        "problems": [{"code": p.code, "where": p.where, "message": p.message} for p in parsed.problems],
    }
    if len(documents) > 1:
        answer["documents"] = [_one(document) for document in documents]
    return answer


def _header(document: ParsedDocument | None) -> dict:
    if document is None:
        return dict.fromkeys(("kind", "number", "issue_date", "supplier", "buyer", "currency"))
    return {
        "kind": str(document.kind),
        "number": document.number,
        "issue_date": document.issue_date.isoformat() if document.issue_date else None,
        "supplier": document.supplier.label if document.supplier else None,
        "buyer": document.buyer.label if document.buyer else None,
        "currency": document.currency,
    }


def _one(document: ParsedDocument) -> dict:
    return {
        **_header(document),
        "lines": len(document.lines),
        "total": plain(document.totals.payable),
        "lines_total": plain(document.lines_total),
        "quantities": _quantities((document,)),
    }


def _quantities(documents: tuple[ParsedDocument, ...]) -> dict:
    return {name: plain(total_of(document.quantity_total(name) for document in documents)) for name in QUANTITIES}
