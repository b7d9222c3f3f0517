"""What was measured, printed and written to docs/benchmarks.md."""

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "benchmarks.md"
MARK = "<!-- {} -->"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure beside its baseline.

    limit     what the ratio must not exceed (or reach, where `is_least`); None where it only informs
    measured, baseline  with their units, as shown
    """

    what: str
    measured: str
    baseline: str
    ratio: float | None
    limit: float | None = None
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        if self.limit is None or self.ratio is None:
            return True
        return self.ratio >= self.limit if self.is_least else self.ratio <= self.limit

    @property
    def row(self) -> str:
        """A line of the table."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        sign = "≥" if self.is_least else "≤"
        limit = "" if self.limit is None else f"{sign} {self.limit:g}{'' if self.is_met else ' **missed**'}"
        return f"| {self.what} | {self.measured} | {self.baseline} | {ratio} | {limit} |"


@dataclass(frozen=True, slots=True)
class Part:
    """The results of one script, and what must be known to read them."""

    name: str
    title: str
    results: Sequence[Result]
    notes: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The part's section."""
        lines = [f"## {self.title}", "", "| what | measured | baseline | ratio | asked for |", "|---|---|---|---|---|"]
        lines += [result.row for result in self.results]
        lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines).rstrip() + "\n"


def seconds(work: Callable[[], object], *, times: int = 1) -> float:
    """The median time of `work`."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def write(parts: Iterable[Part], *, postgres: str) -> None:
    """Print the parts and put them into docs/benchmarks.md; sections of parts that did not run stay as they were."""
    found = _sections()
    for part in parts:
        found[part.name] = f"{part.text}\nMeasured {_where(postgres)}.\n"
        print(f"\n{found[part.name]}", flush=True)
    head = TARGET_HEAD + "\n"
    body = "\n".join(f"{MARK.format(name)}\n\n{text}" for name, text in sorted(found.items()))
    TARGET.write_text(head + body, encoding="utf-8")


TARGET_HEAD = """# Benchmarks

Ratios, not seconds: each figure stands beside a bare baseline that was measured in the same run on the same machine, on
the PostgreSQL that the product brings along, with its data safe (fsync on). `make bench` measures anew and rewrites
this page; `make bench BENCH_LOANS=100000 ARGS="accrual closing"` measures some parts at another size.
"""


def _sections() -> dict[str, str]:
    text = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
    pieces = text.split("<!-- ")[1:]
    return {name: body.strip() + "\n" for name, _, body in (piece.partition(" -->") for piece in pieces)}


def _where(postgres: str) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--", "scf", "bench", "tests", "templates"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    at = (commit.stdout.strip() or "unknown") + (" with changes that are not committed" if changed.stdout else "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return (
        f"{time.strftime('%Y-%m-%d')} at commit {at} on {_processor()}, "
        f"{len(os.sched_getaffinity(0))} cores, {memory} GiB, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, Django {django.__version__}, psycopg {psycopg.__version__}, "
        f"PostgreSQL {postgres}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
