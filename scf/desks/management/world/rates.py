"""Reference rates of the demo: what was published, entered by the administrator and confirmed by the clerk.

Behind the last published value of the fixture the demo goes on with that value
and says so: nothing here pretends to be a publication.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from scf.domain.daycount import add_months
from scf.domain.rates import Index, publication_day
from scf.kernel import clock
from scf.kernel.calendars import china
from scf.servicing.gateways import rate_files
from scf.servicing.services import rates

from .story import Stage, Walk, member

PUBLISHED = "https://www.chinamoney.com.cn/chinese/bklpr/"
CARRIED_ON = "演示值 / demo value: {day}"


def follow(stage: Stage, file: Path, days: int) -> Walk:
    """All values up to the world's first day at once, then each month's on its day; one is left to be confirmed."""
    known, _bad = rate_files.read(file.read_bytes())
    last = max(row.effective_from for row in known)
    latest = {row.index: row.rate for row in known if row.effective_from == last}
    values = {row.effective_from: PUBLISHED for row in known}
    end = stage.first_day + timedelta(days=days)
    month = add_months(last.replace(day=1), 1)
    while (day := publication_day(month, china())) <= end:
        values[day], month = CARRIED_ON.format(day=last), add_months(month, 1)
    by_day = {(row.index, row.effective_from): row.rate for row in known}
    yield stage.at(0, 9)
    past = [row for row in known if row.effective_from <= stage.first_day]
    _bring(past)
    days_later = sorted(day for day in values if day not in {row.effective_from for row in past})
    for day in days_later:
        if day > stage.first_day:
            yield stage.at((day - stage.first_day).days, 10)
        for index in Index:
            rate = by_day.get((str(index), day), latest[str(index)])
            is_left = day == max(values) and index == Index.LPR5Y
            _enter(str(index), day, rate, values[day], is_left=is_left)


def _bring(rows: Sequence[rate_files.Row]) -> None:
    """A whole series as a file, confirmed at once."""
    lines = [f"{row.index},{row.effective_from},{row.rate * 100}" for row in rows]
    content = "\n".join(["index,effective_from,rate", *lines]).encode()
    brought = rates.propose_file(content=content, name="lpr.csv", source=PUBLISHED, by=member("admin"), at=clock.now())
    assert not brought.bad, brought.bad
    rates.confirm(proposal_ids=[row.pk for row in brought.kept], by=member("clerk"), at=clock.now())


def _enter(index: str, day: date, rate: Decimal, source: str, *, is_left: bool) -> None:
    proposal = rates.propose(
        index=index, effective_from=day, rate=rate, source=source, by=member("admin"), at=clock.now()
    )
    if not is_left:
        rates.confirm(proposal_ids=[proposal.pk], by=member("clerk"), at=clock.now())
