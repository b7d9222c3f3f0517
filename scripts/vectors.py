"""Print how the published loan cases come out: passed, failed and not applicable by profile, and why.

python scripts/vectors.py [ID...]
"""

import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scf.settings.test")

import django

django.setup()

from tests import vectors  # noqa: E402 - Django first


def main(wanted: list[str]) -> int:
    """0 where nothing failed."""
    known = vectors.profiles()
    results = [vectors.check(case, known) for case in vectors.cases() if not wanted or case["id"] in wanted]
    for result in results:
        if result.verdict != "passed":
            print(f"{result.verdict:15} {result.case['id']:22} {result.case['title']}")
            for line in result.differences or [result.not_applicable]:
                print(f"{'':38} {line}")
    counts: dict[str, Counter[str]] = {}
    for result in results:
        counts.setdefault(result.case["profile"], Counter())[result.verdict] += 1
    print(f"\n{'profile':24}{'passed':>8}{'failed':>8}{'not applicable':>16}")
    for profile, count in sorted(counts.items()):
        print(f"{profile:24}{count['passed']:>8}{count['failed']:>8}{count['not applicable']:>16}")
    total = sum(counts.values(), Counter())
    print(f"{'all':24}{total['passed']:>8}{total['failed']:>8}{total['not applicable']:>16}")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
