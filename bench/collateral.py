"""A supplier's goods valued and pledged, all pledges priced anew, papers looked up, among a million papers."""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from .goods import DAY, DOCUMENTS_EACH, LINES_EACH, NOON, fill
from .report import Part, Result, seconds
from .stage import Stage

VALUE_MS, PLEDGE_MS, EXACT_MS, SIMILAR_MS = 300, 200, 5, 50
TIMES = 9
SMALL = 10_000  # documents that the same work is compared with
# What a price change means by hand: every line valued, every loan's sum kept, every change on record.
BY_HAND = (
    """UPDATE collateral_pledgevalue SET valued_on = %(day)s, carries_minor =
       trunc(least(book_price, %(price)s * per_unit) * base_quantity * 100 * 0.9 * advance_rate * evidence)""",
    """UPDATE collateral_exposure e SET carries_minor = s.carries FROM (
         SELECT l.pledge_id, sum(v.carries_minor) AS carries FROM collateral_pledgeline l
         JOIN collateral_pledgevalue v ON v.line_id = l.id WHERE l.counts GROUP BY l.pledge_id
       ) s WHERE s.pledge_id = e.pledge_id AND e.carries_minor <> s.carries""",
)


def run(stage: Stage, size: int) -> Part:
    """At SMALL documents and at `size` of them."""
    results: list[Result] = []
    small = _measure(stage, SMALL, [])
    large = _measure(stage, size, results)
    results.insert(
        1,
        Result(f"the same among {size:,} documents, against {SMALL:,}", _ms(large), _ms(small), large / small, 1.5),
    )
    return Part(
        "collateral", "Goods and pledges", results,
        [
            f"{size:,} documents with {size * LINES_EACH:,} lines of {size // DOCUMENTS_EACH:,} suppliers; "
            f"a fifth of the documents stand behind a loan. Medians of {TIMES} different suppliers or papers.",
            "Where no other baseline is named, it is the limit itself.",
            "A price change by hand: one update of the lines and one of the sums, committed; the product's also writes "
            "a row of history for every loan whose cover moved, and looks for calls to make and to end.",
        ],
    )  # fmt: skip


def _measure(stage: Stage, size: int, results: list[Result]) -> float:
    database = f"goods_{size}"
    began = time.perf_counter()
    names = fill(stage, database, size)
    print(f"{size:,} documents filled in {time.perf_counter() - began:.0f} s", flush=True)
    with stage.django_on(database):
        value = _value(names)
        results.append(
            _limited(f"free quantity and value of a supplier's 1,000 lines, {size:,} documents", value, VALUE_MS)
        )
        pledge = _pledge(names)
        results.append(_limited("pledge of 100 lines, committed", pledge, PLEDGE_MS))
        exact, similar = _look_up(names)
        results.append(_limited(f"exact fingerprint, {size:,} documents", exact, EXACT_MS))
        results.append(_limited(f"similar papers, {size:,} documents", similar, SIMILAR_MS))
        by_us = _reprice(names)
    with stage.connect(database, as_application=True) as connection:
        by_hand = []
        for turn in range(3):
            facts = {"day": DAY, "price": Decimal(50_000 + turn * 1000)}

            def write() -> None:
                with connection.transaction():
                    for statement in BY_HAND:
                        connection.execute(statement, facts)  # noqa: B023

            by_hand.append(seconds(write))
    pledges = size * 40 // DOCUMENTS_EACH
    hand = statistics.median(by_hand)
    results.append(
        Result(f"{pledges:,} pledges valued at a new price", _ms(by_us), f"{_ms(hand)} (by hand)", by_us / hand, 3.0)
    )
    stage.drop(database)
    return value


def _limited(what: str, taken: float, limit_ms: int) -> Result:
    return Result(what, _ms(taken), f"{limit_ms} ms", taken * 1000 / limit_ms, 1.0)


def _ms(taken: float) -> str:
    return f"{taken * 1000:.1f} ms" if taken < 0.1 else f"{taken * 1000:,.0f} ms"


def _median(work: Callable[[int], object]) -> float:
    """Of several different ones, the first left out: it warms the caches that a running product has warm."""
    taken = []
    for turn in range(TIMES + 1):
        began = time.perf_counter()
        work(turn)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def _terms() -> dict:
    from scf.domain.valuation import Terms

    return {
        "ORDER": Terms(Decimal("0.4")), "RECEIPT": Terms(Decimal("0.85")),
        "WAREHOUSE": Terms(Decimal("0.65"), Decimal("0.1")),
    }  # fmt: skip


def _supplier(names: dict[str, int], turn: int) -> Any:
    from scf.parties.models import Organisation

    return Organisation.objects.get(pk=names["suppliers"] + 1 + turn)


def _value(names: dict[str, int]) -> float:
    from scf.collateral.selectors import offerables

    def work(turn: int) -> None:
        found = offerables(organisation=_supplier(names, turn), terms=_terms(), on=DAY)
        assert len(found) == DOCUMENTS_EACH * LINES_EACH

    return _median(work)


def _pledge(names: dict[str, int]) -> float:
    from scf.collateral.selectors import offerables
    from scf.collateral.services import pledging

    taken = []
    for turn in range(TIMES + 1):
        supplier = _supplier(names, turn)
        found = [o for o in offerables(organisation=supplier, terms=_terms(), on=DAY) if o.line.product == "RECEIPT"]
        takings = [
            pledging.Taking(o.line, o.value.free_quantity, o.lendable.minor, _terms()["RECEIPT"])
            for o in found[:100] if o.value is not None
        ]  # fmt: skip
        assert len(takings) == 100
        began = time.perf_counter()
        pledging.reserve(
            reference=f"FA-NEW-{turn}", thread=f"bench:new:{turn}", supplier=supplier, takings=takings, by=None, at=NOON
        )
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])


def _look_up(names: dict[str, int]) -> tuple[float, float]:
    from scf.collateral.selectors import matching
    from scf.collateral.selectors.prints import prints_of

    papers = [prints_of([names["documents"] + 17 + turn * 211]) for turn in range(TIMES + 1)]
    return _median(lambda turn: matching.exact(papers[turn])), _median(lambda turn: matching.similar(papers[turn]))


def _reprice(names: dict[str, int]) -> float:
    from scf.collateral.gateways.price_files import Row
    from scf.collateral.services import covering, prices

    taken = []
    for turn in range(3):
        price = Row(1, "bench", "", DAY, Decimal(50_000 + turn * 1000))
        at = NOON + timedelta(minutes=turn)
        prices.receive_prices(rows=[price], feed="bench", at=at)
        began = time.perf_counter()
        covering.reprice(commodity_id=names["commodity"], at=at)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
