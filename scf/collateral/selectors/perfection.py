"""What a pledge needs to stand in law, what of it is there, and who can bring the rest."""

from collections.abc import Iterable
from dataclasses import dataclass

from scf.domain import perfection
from scf.domain.perfection import Element
from scf.kernel import controls
from scf.orders.models import DocumentLine, TradeDocument

from ..models import ElementEvidence, Pledge, PledgeLine
from .registers import answers_about, joined_later

CONFIRMED = (TradeDocument.Evidence.CONFIRMED, TradeDocument.Evidence.PULLED)
Kind = ElementEvidence.Kind
# what is done to a paper or to the goods themselves: done anew for what comes later
OF_EACH_PAPER = (Element.ENDORSED, Element.KEEPER_SEALED, Element.KEEPER_MANDATED, Element.STOCK_LOCKED)


@dataclass(frozen=True, slots=True)
class Standing:
    """One element: whether it is there, and what says so.

    row      the evidence or waiver; None where it is missing, or the papers themselves say it
    lacking  numbers of the documents that stand against it
    """

    element: Element
    is_there: bool
    row: ElementEvidence | None = None
    lacking: tuple[str, ...] = ()

    @property
    def is_waived(self) -> bool:
        """The lender goes without it."""
        return self.row is not None and self.row.kind == Kind.WAIVER


def elements_of(pledge: Pledge) -> list[Standing]:
    """Every element that the kinds of goods in the pledge need, in order. Two queries."""
    lines = pledge.lines.filter(counts=True).select_related("line_holding__line__document").order_by("id")
    goods = list(lines)
    said = {row.element: row for row in pledge.evidence.select_related("given_by__user", "file").order_by("id")}
    wanted = perfection.needed({line.product for line in goods})
    return [_standing(element, said.get(element), goods) for element in wanted]


def missing(pledge: Pledge) -> list[Element]:
    """What is not there yet; the pledge is effective where nothing is."""
    return [each.element for each in elements_of(pledge) if not each.is_there]


def unproven(pledge: Pledge) -> set[int]:
    """Ids of counting lines that came behind a pledge later and lack what the first ones had: they carry nothing yet.

    That is an element of their own, or the registers' answers about them. Five queries; only goods that came after the
    pledge was made are looked at.
    """
    later = joined_later(pledge)
    if not later:
        return set()
    rows = list(pledge.evidence.order_by("id"))
    unsearched = _unsearched(pledge, later)
    return unsearched | {line.pk for line in later if not _is_proven(line, rows)}


def without_security(rows: Iterable[PledgeLine]) -> set[int]:
    """Ids of those lines whose kind of goods needs an element that was taken back and not brought again.

    One query, and two more where something was taken back.
    """
    wanted = list(rows)
    evidence = ElementEvidence.objects.filter(pledge__in={row.pledge_id for row in wanted})
    last = evidence.order_by("pledge", "element", "-id").distinct("pledge", "element")
    gone = {(row.pledge_id, row.element) for row in last if row.kind == Kind.REVOKED}
    if not gone:
        return set()
    lines = [row.line_holding.line_id for row in wanted if row.line_holding.line_id is not None]
    papers = DocumentLine.objects.filter(pk__in=lines, document__evidence__in=CONFIRMED)
    confirmed = set(papers.values_list("pk", flat=True))
    return {
        row.pk for row in wanted for element in perfection.needed({row.product})
        if (row.pledge_id, element) in gone
        and not (element == Element.BUYER_CONFIRMED and row.line_holding.line_id in confirmed)
    }  # fmt: skip


def _unsearched(pledge: Pledge, later: list[PledgeLine]) -> set[int]:
    """Lines on papers that the registers have not answered about, or know from another."""
    if not controls.is_on("REGISTERS"):
        return set()
    known = answers_about(pledge.reference)
    papers = {line.pk: line.goods.document for line in later}
    return {pk for pk, paper in papers.items() if not known.is_clear(paper.number, paper.pk)}


def _is_proven(line: PledgeLine, rows: list[ElementEvidence]) -> bool:
    """Whether what the line's kind of goods needs of each paper is there, given or waived since the line came."""
    assert line.taken_at is not None, "lines without a day came with the pledge"
    said: dict[str, str] = {}
    for row in rows:
        if row.at >= line.taken_at:
            said[row.element] = row.kind
    if line.stock_holding_id is None:
        is_waived = said.get(Element.BUYER_CONFIRMED) == Kind.WAIVER
        return is_waived or line.goods.document.evidence in CONFIRMED
    return all(said.get(element, Kind.REVOKED) != Kind.REVOKED for element in OF_EACH_PAPER)


def _is_older(row: ElementEvidence, element: Element, goods: list[PledgeLine]) -> bool:
    """True where goods have come in since that were not endorsed, sealed, locked or waived for then."""
    if element not in OF_EACH_PAPER:
        return False
    came = [line.taken_at for line in goods if line.stock_holding_id is not None and line.taken_at is not None]
    return bool(came) and row.at < max(came)


def _standing(element: Element, row: ElementEvidence | None, goods: list[PledgeLine]) -> Standing:
    if row is not None and row.kind != Kind.REVOKED and not _is_older(row, element, goods):
        return Standing(element, True, row)
    if not controls.is_on(element.value):
        return Standing(element, True)
    if element != Element.BUYER_CONFIRMED:
        return Standing(element, False, row)
    documents = [line.goods.document for line in goods if line.product != "WAREHOUSE"]
    lacking = sorted({document.number for document in documents if document.evidence not in CONFIRMED})
    return Standing(element, not lacking, row if lacking else None, tuple(lacking))


def papers_of(pledge: Pledge, numbers: Iterable[str]) -> list[TradeDocument]:
    """The papers behind a pledge that have these numbers."""
    wanted = list(numbers)
    behind = pledge.lines.filter(counts=True).values("line_holding__line__document")
    return list(TradeDocument.objects.filter(pk__in=behind, number__in=wanted).order_by("pk")) if wanted else []
