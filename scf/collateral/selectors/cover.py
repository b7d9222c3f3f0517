"""Which loans rest on which goods, and how their cover stands and stood."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from scf.domain import margin
from scf.domain.margin import Standing
from scf.domain.money import Money
from scf.orders.models import DocumentLine

from ..models import CoverCheck, Exposure, MarginCall, Pledge, PledgeLine
from .cover_chart import Chart, over_time

CHECKS_SHOWN = 400
CALLS_SHOWN = 20
STANDINGS: dict[str, tuple[str, str, str | Promise]] = {
    "SOUND": ("good", "circle-check", pgettext_lazy("cover", "covered")),
    "CALL": ("wait", "alert-triangle", pgettext_lazy("cover", "too little")),
    "SALE": ("bad", "alert-triangle", pgettext_lazy("cover", "below the sale threshold")),
}
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


@dataclass(frozen=True, slots=True)
class Cover:
    """How a loan stands by its goods, as pages show it.

    ratio          what the goods carry by what is owed; None where nothing is owed
    cash, goods    what would bring cover back: repaid, or carried by further goods; zero where nothing is missing
    call           the margin call that runs; `calls` all of them, the newest first
    """

    exposure: Exposure
    carries: Money
    owed: Money
    ratio: Decimal | None
    standing: Standing
    cash: Money
    goods: Money
    chart: Chart | None
    calls: list[MarginCall]

    @property
    def tag(self) -> tuple[str, str, str | Promise]:
        """Tone, icon and word of how it stands."""
        return STANDINGS[self.standing]

    @property
    def call(self) -> MarginCall | None:
        """The call that runs."""
        return next((call for call in self.calls if call.state in ("OPEN", "FORCED_SALE")), None)


def cover_of(reference: str, now: datetime) -> Cover | None:
    """The cover of a case's loan with its history; None before it is paid out. Three queries."""
    exposure = exposure_of(reference)
    if exposure is None:
        return None
    carries, owed, limits = exposure.carries, exposure.owed, exposure.thresholds
    checks = list(cover_history(reference).reverse()[:CHECKS_SHOWN])[::-1]
    return Cover(
        exposure=exposure,
        carries=carries,
        owed=owed,
        ratio=margin.cover(carries, owed),
        standing=margin.judge(carries, owed, limits),
        cash=margin.cash_to_cure(carries, owed, limits),
        goods=margin.goods_to_cure(carries, owed, limits),
        chart=over_time(checks, limits, now),
        calls=list(calls_of(reference).select_related("decided_by__user")[:CALLS_SHOWN]),
    )


def sales_of(lender_id: int, currency: str) -> dict[str, list[MarginCall]]:
    """Forced sales for a lender, their price perhaps on its way, by the loan's number; of loans that owe something."""
    found = MarginCall.objects.filter(
        state=MarginCall.State.SOLD, currency=currency, pledge__bank=lender_id, pledge__exposure__owed_minor__gt=0
    )
    sales: dict[str, list[MarginCall]] = {}
    for call in found.select_related("pledge__exposure").order_by("pk"):
        sales.setdefault(call.pledge.exposure.loan, []).append(call)
    return sales
