"""Which loans rest on which goods, and how their cover stands and stood."""

from django.db.models import Q, QuerySet

from scf.orders.models import DocumentLine

from ..models import CoverCheck, Exposure, MarginCall, Pledge, PledgeLine

STANDING = (Pledge.State.RESERVED, Pledge.State.PLEDGED, Pledge.State.ENFORCING)


def pledges_on(document_id: int) -> list[int]:
    """Pledges that stand on goods of this document or on other papers of the same goods."""
    lines = DocumentLine.objects.filter(document_id=document_id)
    roots = set(lines.values_list("pk", flat=True)) | set(
        lines.exclude(origin=None).values_list("origin_id", flat=True)
    )
    on_goods = Q(line_holding__line__in=roots) | Q(line_holding__line__origin__in=roots)
    return _standing(PledgeLine.objects.filter(on_goods))


def pledges_in_stock(stock_id: int) -> list[int]:
    """Pledges that stand on goods in this stock."""
    return _standing(PledgeLine.objects.filter(stock_holding__stock=stock_id))


def references_of(pledge_ids: list[int]) -> list[str]:
    """The cases of these pledges."""
    return list(Pledge.objects.filter(pk__in=pledge_ids).order_by("pk").values_list("reference", flat=True))


def _standing(lines: QuerySet[PledgeLine]) -> list[int]:
    found = lines.filter(counts=True, pledge__state__in=STANDING).order_by("pledge_id")
    return list(found.values_list("pledge_id", flat=True).distinct())


def exposure_of(reference: str) -> Exposure | None:
    """The loan on a case's pledge with its cover; None before it is paid out."""
    return Exposure.objects.filter(pledge__reference=reference).select_related("pledge").first()


def cover_history(reference: str) -> QuerySet[CoverCheck]:
    """Every look at the cover of a case's loan, the oldest first."""
    return CoverCheck.objects.filter(pledge__reference=reference).order_by("at", "id")


def calls_of(reference: str) -> QuerySet[MarginCall]:
    """The margin calls of a case's loan, the newest first."""
    return MarginCall.objects.filter(pledge__reference=reference).order_by("-id")
