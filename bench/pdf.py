"""A loan statement of a hundred pages, against the same cells by a bare Platypus table and by a bare canvas."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from statistics import median
from typing import Any
from unittest.mock import patch

from .report import Part, Result, seconds
from .stage import Stage

PAGES, ROWS_A_PAGE = 100, 46
LANGUAGES = {"en": "in English", "zh-hans": "in Chinese"}
TIMES = 3
FIRST = date(2031, 1, 1)
HEAD, FOOT = 76.5, 65.2  # points that head and foot leave free on the product's page


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of the statement as it is printed: texts, widths in points, which columns stand to the right."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    rights: Sequence[bool]
    size: float


def run(_stage: Stage, _loans: int) -> Part:
    """Each language once."""
    results = [result for language in LANGUAGES for result in _compared(language)]
    return Part(
        "pdf", "Printed statements", results,
        [
            f"The product's own code from figures to bytes, medians of {TIMES}, the three taking turns. A repayment a "
            f"line, {ROWS_A_PAGE * PAGES:,} of them, each with a day, a text and six figures.",
            "The bare table is a `LongTable` of plain strings (no paragraphs) with its head repeated; the bare canvas "
            "draws each string by itself and a rule below each row. Both use the same typeface, size, widths and row "
            "heights, and get finished strings. Only the product also formats the figures, proves its sums and prints "
            "the facts of the loan, letterhead and foot with the number of pages.",
        ],
    )  # fmt: skip


def _compared(language: str) -> list[Result]:
    from django.utils import translation

    from scf.documents import grid, statements

    def ours() -> bytes:
        grid._width.cache_clear()  # nothing is known of this statement yet
        return statements.render_loan(statement)

    with translation.override(language):
        statement = _statement(ROWS_A_PAGE * PAGES)
        cells = _cells(statement)
        ways: list[Callable[[], bytes]] = [ours, lambda: by_table(cells), lambda: by_canvas(cells)]
        pages = [_pages(way()) for way in ways]
        taken = [[seconds(way) for way in ways] for _ in range(TIMES)]
    own, table, canvas = (count / median(times) for count, times in zip(pages, zip(*taken, strict=True), strict=True))
    what = f"statement of {pages[0]} pages {LANGUAGES[language]}"
    shown = f"{own:.0f} pages/s"
    return [
        Result(what, shown, f"{table:.0f} pages/s (bare table, {pages[1]} pages)", own / table, 0.8, True),
        Result(what, shown, f"{canvas:.0f} pages/s (bare canvas, {pages[2]} pages)", own / canvas),
    ]


def _statement(count: int) -> Any:
    """A loan repaid in many parts, several on a day, each with the interest of the time since the last."""
    from django.utils.translation import gettext as _

    from scf.documents.statements import Line, LoanStatement
    from scf.domain.money import Money

    def yuan(minor: int) -> Money:
        return Money(minor, "CNY")

    nothing, left, lines, last = yuan(0), count * 250_000_00, [], FIRST + timedelta(days=count // 4)
    opening = yuan(left)
    for number in range(count):
        principal, interest = 100_000_00 + number * 7919 % 99_999_99, left * 435 // 3_600_000
        left -= principal
        lines.append(
            Line(
                day=FIRST + timedelta(days=number // 4), text=_("Repayment"), amount=yuan(principal + interest),
                principal=yuan(-principal), interest=yuan(interest), penalty=nothing, compound=nothing, costs=nothing,
                surplus=nothing, given_up=nothing, balance_after=yuan(left),
            )
        )  # fmt: skip
    paid = yuan(sum(line.interest.minor for line in lines))
    return LoanStatement(
        number="LN-20310101-0001", lender="虚构第一银行", borrower="虚构晨星家居有限公司",
        buyer="虚构远方贸易有限公司", rate=f"{Decimal('4.35')} %", drawdown_date=FIRST, maturity_date=last,
        first=FIRST, last=last, opening=opening, lines=tuple(lines), closing=yuan(left), interest_opening=nothing,
        accrued=paid, interest_closing=nothing, payoff=yuan(left), plan=(),
    )  # fmt: skip


def _cells(statement: Any) -> Cells:
    """The cells of the movements, as the product hands them to its table."""
    from scf.documents import sheet, statements

    with patch.object(sheet, "grid", wraps=sheet.grid) as grid:
        statements.render_loan(statement)
    asked = grid.call_args_list[0].kwargs
    rows = [*asked["rows"], asked["total"]]
    return Cells(asked["titles"], rows, asked["widths"], asked["rights"], asked["size"])


def by_table(cells: Cells) -> bytes:
    """The cells in a Platypus table."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import LongTable, SimpleDocTemplate

    from scf.documents import grid, sheet, typeface

    typeface.register()
    style = [
        ("FONT", (0, 0), (-1, 0), typeface.BOLD, cells.size, cells.size * grid.LEADING),
        ("FONT", (0, 1), (-1, -1), typeface.REGULAR, cells.size, cells.size * grid.LEADING),
        ("TOPPADDING", (0, 0), (-1, -1), grid.PAD_TOP), ("BOTTOMPADDING", (0, 0), (-1, -1), grid.PAD_BOTTOM),
        ("LEFTPADDING", (0, 0), (-1, -1), grid.PAD_SIDE), ("RIGHTPADDING", (0, 0), (-1, -1), grid.PAD_SIDE),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, sheet.RULE), ("BACKGROUND", (0, 0), (-1, 0), sheet.SHADE),
        *(("ALIGN", (at, 0), (at, -1), "RIGHT") for at, is_right in enumerate(cells.rights) if is_right),
    ]  # fmt: skip
    table = LongTable([cells.head, *cells.rows], colWidths=cells.widths, style=style, repeatRows=1)
    page = BytesIO()
    side = sheet.MARGIN - sheet.FRAME_PADDING
    SimpleDocTemplate(
        page, pagesize=A4, invariant=1, leftMargin=side, rightMargin=side, topMargin=HEAD, bottomMargin=FOOT
    ).build([table])
    return page.getvalue()


def by_canvas(cells: Cells) -> bytes:
    """The cells drawn one by one."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    from scf.documents import grid, sheet, typeface

    typeface.register()
    page = BytesIO()
    canvas = Canvas(page, pagesize=A4, invariant=1)
    height = cells.size * grid.LEADING + grid.PAD_TOP + grid.PAD_BOTTOM
    edges = [sheet.MARGIN]
    for width in cells.widths:
        edges.append(edges[-1] + width)
    fits = int((A4[1] - HEAD - FOOT - 2 * sheet.FRAME_PADDING) // height) - 1
    canvas.setStrokeColor(sheet.RULE)
    for start in range(0, len(cells.rows), fits):
        y = A4[1] - HEAD - sheet.FRAME_PADDING
        canvas.setStrokeColor(sheet.RULE)
        canvas.setLineWidth(0.25)
        for number, row in enumerate((cells.head, *cells.rows[start : start + fits])):
            canvas.setFont(typeface.REGULAR if number else typeface.BOLD, cells.size)
            for text, is_right, left, right in zip(row, cells.rights, edges, edges[1:], strict=False):
                if is_right:
                    canvas.drawRightString(right - grid.PAD_SIDE, y - height + grid.PAD_BOTTOM + 2, text)
                elif text:
                    canvas.drawString(left + grid.PAD_SIDE, y - height + grid.PAD_BOTTOM + 2, text)
            y -= height
            canvas.line(edges[0], y, edges[-1], y)
        canvas.showPage()
    canvas.save()
    return page.getvalue()


def _pages(content: bytes) -> int:
    found = re.search(rb"/Count (\d+)", content)
    assert found is not None, "a PDF says how many pages it has"
    return int(found[1])
