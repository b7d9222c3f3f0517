"""The table that is drawn straight onto the canvas."""

import io
from datetime import date

import pytest
from pypdf import PdfReader

from scf.documents import grid, typeface
from scf.documents.sheet import LOOK, Column, Sheet

typeface.register()


def made(rows, total=None, widths=(100.0, 60.0)) -> grid.Grid:
    return grid.grid(
        titles=["Text", "Figure"], rows=rows, total=total, widths=widths, rights=[False, True], size=8, look=LOOK
    )


def pages(rows, total) -> list[str]:
    sheet = Sheet(title="Title", number="N", as_of=date(2031, 3, 3))
    sheet.table([Column("Text", 3), Column("Figure", 1, True)], rows, total=total)
    return [page.extract_text() for page in PdfReader(io.BytesIO(sheet.pdf())).pages]


class TestBreaking:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("short", ["short"]),
            ("", []),
            ("two words that do not fit", ["two words that do", "not fit"]),
            ("一二三四五六七八九十一二三", ["一二三四五六七八九", "十一二三"]),
            ("一二三四五六七八九，十", ["一二三四五六七八", "九，十"]),
            ("first\nsecond", ["first", "second"]),
        ],
    )
    def test_breaks_at_spaces_and_between_characters(self, text, expected):
        assert list(grid._lines(text, typeface.REGULAR, 8, 76) if text else ()) == expected

    def test_a_word_that_is_too_wide_is_cut_and_nothing_is_lost(self):
        lines = grid._lines("X" * 100, typeface.REGULAR, 8, 76)

        assert len(lines) > 1 and "".join(lines) == "X" * 100


class TestSplitting:
    def test_every_row_is_on_one_page_once_below_a_head(self):
        texts = pages([[f"row-{index}-end", f"{index}"] for index in range(200)], ["Total", "200"])

        assert len(texts) > 3
        assert all("Text" in text and "Figure" in text for text in texts)
        everything = "\n".join(texts)
        assert all(everything.count(f"row-{index}-end") == 1 for index in range(200))

    def test_a_total_never_stands_alone(self):
        for count in range(30, 60):
            last = pages([["row-end", "1"]] * count, ["Total", "9"])[-1]
            assert "Total" not in last or "row-end" in last, count

    def test_nothing_is_drawn_where_no_row_fits(self):
        table = made([["a", "1"]])

        assert table.split(160, table._head.height + 1) == []

    def test_height_is_that_of_its_rows(self):
        few, many = made([["a", "1"]]), made([["a", "1"]] * 3)
        few.wrap(0, 0)
        many.wrap(0, 0)

        row = many._rows[0].height
        assert many.height - few.height == pytest.approx(2 * row)
