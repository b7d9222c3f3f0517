"""A printed document on A4: letterhead, title, facts, tables, signatures, page x of y.

The same parts give the same bytes: ReportLab's invariant mode fixes the dates
and the identifier inside the file, and nothing here reads a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from . import typeface
from .grid import Look, grid
from .proofs import both

INK, MUTED, ACCENT, RULE, SHADE = (
    HexColor(colour) for colour in ("#111827", "#4b5563", "#1d4ed8", "#cbd5e1", "#f1f5f9")
)
MARGIN = 16 * mm
FRAME_PADDING = 6  # what ReportLab puts around a frame
CJK_FROM = "\u2e80"  # from here on, lines may break between any two characters
LOOK = Look(INK, RULE, SHADE)
CELL = 7.6
CELL_LONG, AMOUNT_CHARACTERS_MAX = 6.4, 13  # a column holds 99,999,999.99 at the usual size


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, its share of the width, and whether it holds figures."""

    title: str
    share: float
    is_figure: bool = False


class Sheet:
    """Collects the parts of a document in order; `pdf` typesets them in the active language.

    subtitle  the title in the other language, for papers that carry both
    is_wide   on its side, for tables of many figures
    """

    def __init__(self, *, title: str, number: str, as_of: date, subtitle: str = "", is_wide: bool = False) -> None:
        typeface.register()
        self._title, self._number, self._as_of = title, number, as_of
        self._size: tuple[float, float] = landscape(A4) if is_wide else A4
        self._width = self._size[0] - 2 * MARGIN
        self._parts: list[Flowable] = [_paragraph(title, 17, bold=True, after=1 if subtitle else 3)]
        if subtitle:
            self._parts.append(_paragraph(subtitle, 10.5, colour=MUTED, after=5))

    def text(self, sentence: str, *, is_small: bool = False) -> None:
        """A paragraph."""
        self._parts.append(_paragraph(sentence, 7.6 if is_small else 9, colour=MUTED if is_small else INK, after=5))

    def heading(self, words: str) -> None:
        """A heading inside the document; it never stands alone at the foot of a page."""
        heading = _paragraph(words, 11, bold=True, before=9, after=4)
        heading.keepWithNext = True
        self._parts.append(heading)

    def facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        """A description list: names on the left, what they say on the right."""
        rows = [[_paragraph(name, 8.6, colour=MUTED), _paragraph(value, 8.6)] for name, value in pairs]
        style = [*_padding(1.6), ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.25, RULE)]
        widths = [self._width * 0.3, self._width * 0.7]
        self._parts += [Table(rows, colWidths=widths, style=style), Spacer(1, 6)]

    def amount(self, words: str, figure: str) -> None:
        """The one figure that a paper is about, large and framed."""
        cells = [[_paragraph(words, 9, colour=MUTED), _paragraph(figure, 15, bold=True, is_right=True)]]
        style = [*_padding(7), ("BACKGROUND", (0, 0), (-1, -1), SHADE), ("LINEBEFORE", (0, 0), (0, -1), 3, ACCENT),
                 ("LEFTPADDING", (0, 0), (0, -1), 10), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]  # fmt: skip
        widths = [self._width * 0.55, self._width * 0.45]
        self._parts += [Table(cells, colWidths=widths, style=style, spaceBefore=2), Spacer(1, 6)]

    def proof(self, sentences: Sequence[str], *, source: str) -> None:
        """How the figures prove themselves, and where they come from: the foot of every statement."""
        name = _paragraph(_("Proof"), 7.6, bold=True)
        lines = [_paragraph(f"✓ {sentence}", 7.6) for sentence in sentences]
        cells = [[name, lines], [_paragraph(_("Source"), 7.6, bold=True), _paragraph(source, 7.6, colour=MUTED)]]
        style = [*_padding(3), ("BOX", (0, 0), (-1, -1), 0.5, RULE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
                 ("LEFTPADDING", (0, 0), (0, -1), 7)]  # fmt: skip
        widths = [self._width * 0.11, self._width * 0.89]
        self._parts.append(Table(cells, colWidths=widths, style=style, spaceBefore=7, spaceAfter=6, splitByRow=0))

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, total: Sequence[str] | None = None
    ) -> None:
        """A table; figures to the right, the head repeated on each page, the total set apart."""
        body = [*rows, *([total] if total else [])]
        figured = [index for index, column in enumerate(columns) if column.is_figure]
        longest = max((len(row[index]) for row in body for index in figured), default=0)
        whole = sum(column.share for column in columns)
        table = grid(
            titles=[column.title for column in columns], rows=rows, total=total, look=LOOK,
            widths=[self._width * column.share / whole for column in columns],
            rights=[column.is_figure for column in columns],
            size=CELL if longest <= AMOUNT_CHARACTERS_MAX else CELL_LONG,
        )  # fmt: skip
        self._parts += [table, Spacer(1, 6)]

    def signatures(self, parties: Sequence[tuple[str, str]], *, is_bilingual: bool = False) -> None:
        """A block a party, side by side, kept on one page: (role, name). The words in both languages if asked."""
        words = [both(name, " ") if is_bilingual else name() for name in (_seal_words, _date_words)]
        blocks = [
            [
                _paragraph(role, 8.6, colour=MUTED),
                _paragraph(name, 9, bold=True, after=26),
                _paragraph(words[0], 7.6, colour=MUTED, after=14),
                _paragraph(words[1], 7.6, colour=MUTED),
            ]
            for role, name in parties
        ]
        style = [*_padding(5), ("BOX", (0, 0), (-1, -1), 0.5, RULE), ("INNERGRID", (0, 0), (-1, -1), 0.5, RULE),
                 ("VALIGN", (0, 0), (-1, -1), "TOP")]  # fmt: skip
        widths = [self._width / len(parties)] * len(parties)
        self._parts.append(Table([blocks], colWidths=widths, style=style, spaceBefore=8, splitByRow=0))

    def pdf(self) -> bytes:
        """The document."""
        page = BytesIO()
        template = SimpleDocTemplate(
            page, pagesize=self._size, invariant=1, lang=get_language(), title=f"{self._title} {self._number}",
            author=_("Supply-chain finance"), leftMargin=MARGIN - FRAME_PADDING, rightMargin=MARGIN - FRAME_PADDING,
            topMargin=27 * mm, bottomMargin=23 * mm,
        )  # fmt: skip
        template.build(self._parts, canvasmaker=self._canvas)
        return page.getvalue()

    def _canvas(self, *args: Any, **kwargs: Any) -> "_Numbered":
        return _Numbered(*args, number=self._number, as_of=self._as_of, **kwargs)


class _Numbered(Canvas):
    """Draws head and foot once the number of pages is known."""

    def __init__(self, *args: Any, number: str, as_of: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._number, self._as_of = number, as_of
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Keep the page until all are there."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Finish every page."""
        for index, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self._head()
            self._foot(index, len(self._pages))
            super().showPage()
        super().save()

    def _head(self) -> None:
        width, height = self._pagesize
        top = height - 15 * mm
        self.setFillColor(ACCENT)
        self.roundRect(MARGIN, top - 1, 10, 10, 2, stroke=0, fill=1)
        self.setFillColor(INK)
        self.setFont(typeface.BOLD, 10)
        self.drawString(MARGIN + 15, top, _("Supply-chain finance"))
        self.setFillColor(MUTED)
        self.setFont(typeface.REGULAR, 8)
        self.drawRightString(width - MARGIN, top + 4, _("No. %(number)s") % {"number": self._number})
        self.drawRightString(width - MARGIN, top - 6, _("As of %(day)s") % {"day": self._as_of.isoformat()})
        self._rule(top - 11)

    def _foot(self, index: int, count: int) -> None:
        width = self._pagesize[0]
        self._rule(17 * mm)
        self.setFillColor(MUTED)
        self.setFont(typeface.REGULAR, 7)
        sentence = _("The platform only passes on information and instructions. It never holds money.")
        self.drawString(MARGIN, 12.5 * mm, sentence)
        page = _("Page %(page)s of %(pages)s") % {"page": index, "pages": count}
        self.drawRightString(width - MARGIN, 12.5 * mm, page)

    def _rule(self, height: float) -> None:
        self.setStrokeColor(RULE)
        self.setLineWidth(0.5)
        self.line(MARGIN, height, self._pagesize[0] - MARGIN, height)


def _seal_words() -> str:
    return _("Signature and seal")


def _date_words() -> str:
    return _("Date")


def _padding(points: float) -> list[tuple[Any, ...]]:
    sides = (("TOPPADDING", points), ("BOTTOMPADDING", points + 0.8), ("LEFTPADDING", 2.5), ("RIGHTPADDING", 2.5))
    return [(name, (0, 0), (-1, -1), value) for name, value in sides]


def _paragraph(
    text: str, size: float, *, bold: bool = False, colour: HexColor = INK, is_right: bool = False,
    before: float = 0, after: float = 0,
) -> Paragraph:  # fmt: skip
    style = ParagraphStyle(
        "part", fontName=typeface.BOLD if bold else typeface.REGULAR, fontSize=size, leading=size * 1.42,
        textColor=colour, spaceBefore=before, spaceAfter=after,
        wordWrap="CJK" if any(character >= CJK_FROM for character in text) else None,
    )  # fmt: skip
    if is_right:
        style.alignment = TA_RIGHT
    return Paragraph(escape(text).replace("\n", "<br/>"), style)
