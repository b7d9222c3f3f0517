"""Goods behind a running loan, and goods that could join or take their place, on the products' terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from scf.collateral import selectors as collateral
from scf.collateral.models import Exposure
from scf.collateral.selectors import Offerable
from scf.collateral.services.pledging import Taking
from scf.domain import margin
from scf.domain.errors import DomainError
from scf.domain.margin import Piece
from scf.domain.money import Money, total
from scf.parties import refusals
from scf.parties.models import Organisation

from ..models import Application, Product
from . import checks

FREE_SHOWN_MAX = 60


class GoodsNotFree(DomainError):
    """So much of these goods is not free, or carries nothing."""

    code = "GOODS_NOT_FREE"


class NothingAsked(DomainError):
    """No quantity was written."""

    code = "NOTHING_ASKED"


refusals.register(
    {
        "NOTHING_ASKED": _("Write a quantity beside the goods that are to come in or to go out, then press again."),
        "GOODS_NOT_FREE": _(
            "Of the goods on %(document)s you asked for %(wanted)s, and %(free)s is free today. "
            "Take less, or choose other goods."
        ),
    }
)


def free_goods(
    supplier: Organisation,
    on: date,
    *,
    currency: str,
    line_ids: Iterable[int] | None = None,
    lender_id: int | None = None,
) -> list[Offerable]:
    """The supplier's goods that are behind nothing and carry something, in one currency; a fixed number of queries."""
    terms = {product.code: product.terms for product in Product.objects.all()}
    found = collateral.offerables(organisation=supplier, terms=terms, on=on, line_ids=line_ids, lender_id=lender_id)
    return [each for each in found if each.lendable.minor > 0 and each.line.currency == currency]


def as_piece(offerable: Offerable) -> Piece:
    """All that is free of a line, and what it carries."""
    free = offerable.value.free_quantity if offerable.value else Decimal(0)
    return Piece(offerable.line.line_id, free, offerable.lendable)


def joining(reference: str, found: Sequence[Offerable], quantities: Mapping[int, Decimal], on: date) -> list[Taking]:
    """Quantities of free lines that are to come behind a case's loan, checked like those of a new case.

    Raises GoodsNotFree, GoodsCannotJoin.
    """
    takings = _takings_of(found, quantities)
    chosen = [offerable for offerable in found if offerable.line.line_id in quantities]
    application = Application.objects.select_related("product", "supplier").get(number=reference)
    checks.require_goods(application, chosen, on)
    return takings


def _takings_of(found: Sequence[Offerable], quantities: Mapping[int, Decimal]) -> list[Taking]:
    """Quantities of free lines as they are taken, each carrying its share. Raises GoodsNotFree."""
    by_line = {offerable.line.line_id: offerable for offerable in found}
    terms = {product.code: product.terms for product in Product.objects.all()}
    takings = []
    for line_id, quantity in quantities.items():
        offerable = by_line.get(line_id)
        piece = as_piece(offerable) if offerable is not None else None
        if offerable is None or piece is None or not 0 < quantity <= piece.quantity:
            raise GoodsNotFree(
                "not free", wanted=f"{quantity.normalize():f}", free=f"{piece.quantity.normalize() if piece else 0:f}",
                document=offerable.line.document_number if offerable else "–",
            )  # fmt: skip
        carried = margin.carried_by(piece, quantity).minor
        takings.append(Taking(offerable.line, quantity, carried, terms[offerable.line.product]))
    return takings


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Cover before and after a change.

    missing  what further goods would have to carry for the change to pass; zero where it passes
    """

    before: Money
    after: Money
    cover_before: Decimal | None
    cover_after: Decimal | None
    missing: Money

    @property
    def passes(self) -> bool:
        """Whether the loan is covered afterwards."""
        return not self.missing.minor


def foresee(
    held: Sequence[Piece], exposure: Exposure, leaves: Mapping[int, Decimal], takings: Sequence[Taking]
) -> Foreseen:
    """What a change would do to the cover of a loan; nothing is written."""
    owed, currency = exposure.owed, exposure.currency
    before = total([piece.carries for piece in held], currency)
    stays = [margin.carried_by(piece, piece.quantity - leaves.get(piece.key, Decimal(0))) for piece in held]  # type: ignore[call-overload]
    comes = [Money(taking.lendable_minor, currency) for taking in takings]
    after = total([*stays, *comes], currency)
    return Foreseen(
        before=before,
        after=after,
        cover_before=margin.cover(before, owed),
        cover_after=margin.cover(after, owed),
        missing=margin.goods_to_cure(after, owed, exposure.thresholds),
    )
