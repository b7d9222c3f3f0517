"""From submission to the payment instruction at the sandbox bank, with nobody in between: all processes running.

Each case is submitted as the one before has reached the bank, from a process beside the product's own, so that the
worker's rhythm is met at any moment. Two lenders are asked; the first has rules, the borrower has signed ahead.
"""

import json
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from tests.chaos.stage import Stage as Product

from .report import Part, Result
from .stage import Stage

CASES, SECONDS_P99_MAX = 200, 3.0
SHELL = ("shell", "-v", "0", "-c")


def run(_stage: Stage, _loans: int) -> Part:
    """Make the cases, start everything, submit."""
    with TemporaryDirectory() as folder, Product.opened(Path(folder), _fill) as product:
        taken = json.loads(
            product.manage(*SHELL, "from bench.straight_world import measure; measure()").splitlines()[-1]
        )
    cuts = quantiles(taken, n=100, method="inclusive")
    p50, p99 = cuts[49], cuts[98]
    what = f"submission to instruction at the bank, {CASES} cases, 99 of 100 within"
    return Part(
        "straight", "Straight through", [
            Result(what, f"{p99:.2f} s", f"{SECONDS_P99_MAX:.0f} s", p99 / SECONDS_P99_MAX, 1),
            Result("the same, half of them within", f"{p50:.2f} s", f"{SECONDS_P99_MAX:.0f} s", p50 / SECONDS_P99_MAX),
        ], [
            "Checks, routing, the lender's rules, the contract as PDF, registers asked and filed, pledge, payment: "
            "through the outbox, which tells a worker at once. The buyer has confirmed before.",
        ],
    )  # fmt: skip


def _fill(product: Product) -> None:
    product.manage("migrate", "--verbosity", "0")
    product.run("sandbox register")
    product.manage(*SHELL, f"from bench.straight_world import make; make({CASES})")
    product.kill("sandbox register")
