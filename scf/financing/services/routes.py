"""One lender's answer as it is kept with a case."""

from typing import Any

from scf.domain.routing import Route


def as_json(route: Route) -> dict[str, Any]:
    """Its turn, its share, its reasons with their facts, and by which version of its appetite it was measured."""
    return {
        "bank": route.bank_id, "turn": route.turn, "appetite": route.appetite_id,
        "reasons": list(route.codes), "facts": {reason.code: dict(reason.facts) for reason in route.reasons},
        **({"share": route.share.minor} if route.share is not None else {}),
    }  # fmt: skip
