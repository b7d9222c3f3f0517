"""Stocks and what waits for their keeper, as pages show them: figures in, bars out."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.domain.stock import Fault, Position
from scf.kernel.templatetags.figures import quantity as shown
from scf.parties.models import Organisation

from ..models import Stock
from .stock import positions, to_lock

FAULTS = {
    Fault.NOT_COUNTED: ("wait", gettext_lazy("not counted yet")),
    Fault.UNITS_DIFFER: ("bad", gettext_lazy("receipts in units that do not add up")),
    Fault.OVER_RECEIPTED: ("bad", gettext_lazy("more receipts than goods")),
}


def cases_to_lock(warehouse: Organisation) -> list[dict[str, Any]]:
    """Goods to lock, by case."""
    cases: dict[str, dict[str, Any]] = {}
    for line in to_lock(warehouse):
        cases.setdefault(line.pledge.reference, {"pledge": line.pledge, "lines": []})["lines"].append(line)
    return list(cases.values())


def rows_of(stocks: list[Stock]) -> list[dict[str, Any]]:
    """Each stock with its position, its bars and what is wrong with it."""
    found = positions(stocks)
    return [
        {
            "row": row,
            "position": found[row.pk],
            "bars": bars_of(found[row.pk]),
            "fault": FAULTS[fault] if fault else None,
        }
        for row in stocks
        for fault in [found[row.pk].fault]
    ]


def bars_of(position: Position) -> list[dict[str, Any]]:
    """Receipted, counted, pledged and what fits, against the largest of them."""
    tone = "bad" if position.excess else "good"
    sizes: list[tuple[str, Decimal | None, str]] = [
        (_("receipts of all owners"), position.receipted, "bad" if position.excess else "soft"),
        (_("counted"), position.counted, tone), (_("pledged"), position.pledged, "move"),
        (_("capacity"), position.capacity, "back"),
    ]  # fmt: skip
    longest = max((size for _label, size, _tone in sizes if size is not None), default=Decimal(0)) or Decimal(1)
    return [
        {"label": label, "text": shown(size), "share": int((size or 0) * 100 / longest), "tone": tone}
        for label, size, tone in sizes
        if size is not None
    ]
