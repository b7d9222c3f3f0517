"""The suppliers' documents, brought in month by month as they were issued."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

ISO_DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")
ISSUE_DATE_COLUMN = 1


def moved(text: str, by: timedelta) -> str:
    """Every ISO date in `text`, moved."""
    return ISO_DATE.sub(lambda found: (date.fromisoformat(found.group()) + by).isoformat(), text)


def monthly(path: Path, *, by: timedelta) -> Iterator[tuple[date, str, bytes]]:
    """The sheet in parts: (day on which it is brought, file name, bytes), one part an issue date's half month."""
    rows = list(csv.reader(io.StringIO(moved(path.read_text("utf-8-sig"), by))))
    parts: dict[date, list[list[str]]] = {}
    for row in rows[1:]:
        issued = date.fromisoformat(row[ISSUE_DATE_COLUMN])
        parts.setdefault(issued, []).append(row)
    for issued, part in sorted(parts.items()):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([rows[0], *part])
        yield issued, f"{path.stem}-{issued:%Y%m%d}.csv", text.getvalue().encode("utf-8-sig")
