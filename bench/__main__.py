"""Run the benchmarks: all parts, or those named. Size by BENCH_LOANS (1,000,000 if left out)."""

import importlib
import os
import sys
from pathlib import Path

PARTS = ("accrual", "closing", "repayments", "folding", "pdf", "collateral", "statements", "straight", "desk")
LOANS = 1_000_000


def main(names: list[str]) -> int:
    """Measure, print, write; 1 where a limit is missed."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from bench import report, stage

    unknown = set(names) - set(PARTS)
    if unknown:
        sys.exit(f"No such part: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}.")
    there = [name for name in names or PARTS if (Path(__file__).parent / f"{name}.py").exists()]
    loans = int(os.environ.get("BENCH_LOANS", LOANS))
    with stage.staged() as where:
        import django

        django.setup()
        parts = []
        for name in there:
            print(f"{name} ...", flush=True)
            part = importlib.import_module(f"bench.{name}").run(where, loans)
            report.write([part], postgres=where.postgres)
            parts.append(part)
    return 0 if all(result.is_met for part in parts for result in part.results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
