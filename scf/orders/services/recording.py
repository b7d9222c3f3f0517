"""Parsed facts become a document: once, for its owner, or a problem says why not."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import connection

from scf.kernel import audit, lifecycle, outbox
from scf.orders.gateways.facts import Kind, ParsedDocument, Problem
from scf.orders.gateways.fingerprints import content_hash
from scf.orders.models import TradeDocument
from scf.parties.models import Membership, Organisation

from . import lineage
from .matching import Parties, are_known, parties_of
from .rows import KINDS, RECEIPT_SUFFIX, Act, add_lines, label, minor_of, new_row

_HEALED = ("LINES_MISSING", "DATE_MISSING")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording did: a new row, a known one, or problems that forbid it."""

    document: TradeDocument | None
    is_new: bool = False
    problems: tuple[Problem, ...] = ()


def lock_owner(owner: Organisation) -> None:
    """Let one import for `owner` at a time pass, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"orders.import:{owner.pk}"])


def record(document: ParsedDocument, *, act: Act, problems: tuple[Problem, ...]) -> Recorded:
    """Record one document inside the caller's transaction, which holds the owner's lock."""
    fingerprint = _fingerprint(document)
    known = _known_by_facts(fingerprint, act.owner)
    if known is not None:
        _date_derived(known, document)
        return Recorded(known)
    parties = parties_of(document, owner=act.owner)
    if parties.supplier is not None and parties.supplier.pk != act.owner.pk:
        message = f"The document's supplier is {parties.supplier}, not you; only its supplier can bring it in."
        return Recorded(None, problems=(Problem("NOT_YOURS", "supplier", message),))
    same_number = _known_by_number(document, parties, act.owner)
    if same_number is not None:
        return _complete(same_number, document, fingerprint, parties, act)
    warnings = (*[problem for problem in problems if not problem.is_fatal], *parties.problems)
    row = new_row(document, parties, fingerprint, act, warnings)
    _settle(row, act, action="document.import")
    return Recorded(row, is_new=True, problems=parties.problems)


def match_if_known(row: TradeDocument, *, by: Membership | None, at: datetime) -> None:
    """Fire `match` once everybody is known. The caller holds the transaction and the row."""
    if row.state == TradeDocument.State.RECORDED and are_known(
        kind=row.kind, supplier=row.supplier, buyer=row.buyer, warehouse=row.warehouse
    ):
        lifecycle.fire(row, "match", by=by, at=at)


def _settle(row: TradeDocument, act: Act, *, action: str) -> None:
    lineage.link(row)
    facts = {"number": row.number, "kind": row.kind, "sha256": act.file.sha256 if act.file else ""}
    audit.record(action=action, subject=row, by=act.by, at=act.at, after=facts)
    match_if_known(row, by=act.by, at=act.at)
    outbox.put(topic="orders.document.recorded", payload={"document_id": row.pk}, at=act.at)


def _known_by_facts(fingerprint: str, owner: Organisation) -> TradeDocument | None:
    mine = TradeDocument.objects.filter(owner=owner)
    return mine.filter(content_hash=fingerprint).first() or mine.filter(part_hashes__contains=[fingerprint]).first()


def _known_by_number(document: ParsedDocument, parties: Parties, owner: Organisation) -> TradeDocument | None:
    same = TradeDocument.objects.select_for_update(of=("self",)).filter(
        owner=owner, kind=KINDS[document.kind], issuer_key=parties.issuer_key, number=document.number
    )
    return same.first()


def _complete(row: TradeDocument, document: ParsedDocument, fingerprint: str, parties: Parties, act: Act) -> Recorded:
    """JD tells an order in two parts, header and lines: the second completes the first."""
    has_lines = row.lines.exists()
    if row.source != "jd" or document.source != "jd" or has_lines == bool(document.lines):
        message = f"{document.number} is known already with other content; a correction needs a document of its own."
        return Recorded(None, problems=(Problem("NUMBER_REUSED", "number", message),))
    row.part_hashes = [*row.part_hashes, fingerprint]
    row.issue_date = row.issue_date or document.issue_date
    row.expected_date = row.expected_date or document.expected_date
    if row.payment_term_days is None:
        row.payment_term_days = document.payment_term_days
    row.supplier_name = row.supplier_name or label(document, "supplier")
    if row.total_minor is None:
        row.total_minor = minor_of(document.totals.payable, row.currency)
    row.supplier, row.buyer = row.supplier or parties.supplier, row.buyer or parties.buyer
    row.problems = [problem for problem in row.problems if problem["code"] not in _HEALED]
    row.save()
    add_lines(row, document)
    receipts = TradeDocument.objects.filter(owner=act.owner, number=f"{row.number}{RECEIPT_SUFFIX}", source="jd")
    for receipt in receipts.select_for_update():
        _date_derived(receipt, document)
    _settle(row, act, action="document.complete")
    return Recorded(row, is_new=True, problems=parties.problems)


def _fingerprint(document: ParsedDocument) -> str:
    """The hash of the facts; a receipt derived from JD is the same with or without its date."""
    is_derived = document.source == "jd" and document.kind is Kind.RECEIPT_ADVICE
    facts = replace(document, issue_date=None) if is_derived else document
    return content_hash(facts, key=settings.FINGERPRINT_KEY)


def _date_derived(receipt: TradeDocument, document: ParsedDocument) -> None:
    is_derived = receipt.source == "jd" and receipt.kind == TradeDocument.Kind.GOODS_RECEIPT
    if is_derived and receipt.issue_date is None and document.received_date is not None:
        receipt.issue_date = document.received_date
        receipt.save(update_fields=["issue_date"])
