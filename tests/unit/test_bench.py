"""The benchmarks can be run, and what they write can be read. Nothing is timed here."""

import importlib

import pytest

from bench import __main__ as bench
from bench import folding, pdf, report
from bench.report import Part, Result

MET = Result("work", "2 ms", "1 ms", 2.0, 3.0)
MISSED = Result("work", "4 ms", "1 ms", 4.0, 3.0)
AT_LEAST = Result("two workers", "1 s", "2 s", 2.0, 1.6, True)


class TestParts:
    @pytest.mark.parametrize("name", bench.PARTS)
    def test_each_can_be_imported_and_run(self, name):
        assert callable(importlib.import_module(f"bench.{name}").run)

    def test_an_unknown_part_is_refused(self):
        with pytest.raises(SystemExit, match="No such part: speed"):
            bench.main(["speed"])

    @pytest.mark.parametrize("instalments", [1, 36])
    def test_a_loan_is_folded(self, instalments):
        assert folding._fold(5, instalments=instalments) > 0

    def test_a_statement_is_printed_in_three_ways(self):
        cells = pdf._cells(pdf._statement(100))

        assert len(cells.rows) == 102  # with opening and closing
        assert pdf._pages(pdf.by_table(cells)) == pdf._pages(pdf.by_canvas(cells)) == 3


class TestResults:
    def test_a_limit_is_met_or_missed(self):
        assert [MET.is_met, MISSED.is_met, AT_LEAST.is_met] == [True, False, True]
        assert not Result("two workers", "1 s", "1 s", 1.0, 1.6, True).is_met
        assert Result("work", "1 ms", "1 ms", 1.0).is_met

    def test_a_row_says_so(self):
        assert MISSED.row == "| work | 4 ms | 1 ms | 4.00 | ≤ 3 **missed** |"
        assert AT_LEAST.row == "| two workers | 1 s | 2 s | 2.00 | ≥ 1.6 |"


class TestPage:
    @pytest.fixture(autouse=True)
    def target(self, tmp_path, monkeypatch):
        monkeypatch.setattr(report, "TARGET", tmp_path / "benchmarks.md")
        return tmp_path / "benchmarks.md"

    def test_a_part_replaces_its_own_section_only(self, target):
        report.write([Part("one", "One", [MET]), Part("two", "Two", [MISSED], ["a note"])], postgres="18")
        report.write([Part("one", "One", [AT_LEAST])], postgres="18")

        text = target.read_text()
        assert text.startswith("# Benchmarks")
        assert MET.row not in text and AT_LEAST.row in text
        assert MISSED.row in text and "- a note" in text
        assert text.count("PostgreSQL 18.") == 2
