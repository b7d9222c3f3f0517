"""The accrual of a day on which nothing happens to any loan, against the one aggregate written by hand."""

from datetime import timedelta

from .report import Part, Result, seconds
from .stage import Stage
from .world import DAY, NIGHT, fill

DAYS = 5
BY_HAND = """
SELECT book_id, due, sum(settled_minor + div(
           2 * (numerator + balance_minor::numeric * rate_e8 * (%s::date - since)) + year * 100000000::numeric,
           2 * year * 100000000::numeric))
  FROM servicing_accrualline GROUP BY book_id, due
"""


def run(stage: Stage, loans: int) -> Part:
    """Sizes from a hundredth of `loans` to all of them."""
    results, per_loan = [], []
    for size in (loans // 100, loans // 10, loans):
        database = f"accrual_{size}"
        fill(stage, database, size, is_quiet=True)
        closing, by_hand = _measure(stage, database)
        per_loan.append(closing / size)
        results.append(
            Result(
                f"accrual of a day, {size:,} loans in 20 books: claims, sum, journals, days marked",
                f"{closing * 1000:.0f} ms", f"{by_hand * 1000:.0f} ms (aggregate by hand)", closing / by_hand,
                1.5 if size == loans else None,
            )
        )  # fmt: skip
        if size == loans:
            day = DAY + timedelta(days=DAYS)
            ran = stage.command(database, "close_of_business", "--date", day.isoformat(), "--even-if-not-over")
            results.append(
                Result(
                    f"memory of the command at its peak, {size:,} loans", f"{ran.rss_bytes / 2**20:.0f} MiB", "200 MiB",
                    ran.rss_bytes / 2**20 / 200, 1.0,
                )
            )  # fmt: skip
        stage.drop(database)
    results.append(
        Result(
            f"time a loan at {loans:,} loans, against {loans // 10:,}", f"{per_loan[2] * 1e6:.2f} µs",
            f"{per_loan[1] * 1e6:.2f} µs", per_loan[2] / per_loan[1], 1.2,
        )
    )  # fmt: skip
    return Part(
        "accrual", "Accrual of close of business", results,
        [
            f"Medians of {DAYS} days in a row, each after the aggregate by hand on the same lines. The aggregate "
            "rounds as the product does: each loan for itself, half-up.",
            "One worker holds all twenty books and reads the lines once; two would each read them for their own books.",
            "Below some thousand loans the fixed cost of twenty journals outweighs the sum.",
        ],
    )  # fmt: skip


def _measure(stage: Stage, database: str) -> tuple[float, float]:
    from scf.servicing.services import closing

    by_hand, by_us = [], []
    with stage.connect(database, as_application=True) as connection, stage.django_on(database):
        for offset in range(DAYS):
            day = DAY + timedelta(days=offset)
            by_hand.append(seconds(lambda: connection.execute(BY_HAND, [day]).fetchall()))  # noqa: B023

            def close() -> None:
                at = NIGHT + timedelta(days=offset)  # noqa: B023
                assert len(list(closing.close_of_business(until=day, at=at))) == 20  # noqa: B023

            by_us.append(seconds(close))
    return sorted(by_us)[DAYS // 2], sorted(by_hand)[DAYS // 2]
