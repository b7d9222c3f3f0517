"""CSV and XLSX as people send them."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from scf.orders.gateways import Kind, blanks, read, summary
from scf.orders.gateways.tables import neutralised

BAD_PRICE = "采购单号,供应商,单价,数量\nPO-1,甲公司,1200,2\nPO-2,乙公司,N/A,1\n"
RECEIPT = (
    "某某仓库导出\n\n入库单号;入库日期;采购单号;供应商;商品名称;单位;实收数量;拒收数量;单价(元)\n"
    "RK-1;2026年3月1日;PO-1;甲公司;螺母;个;1,000;20;0.50\n;;;;螺栓;个;500;0;0.80\n合计;;;;;;1500;20;\n"
)


def workbook(*rows: tuple) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class TestCsv:
    def test_a_bad_cell_names_its_row_and_column_and_the_good_rows_stay(self):
        found = read("po.csv", BAD_PRICE.encode())

        assert found.status == "accepted"
        assert [d.number for d in found.documents] == ["PO-1"]
        assert ("BAD_NUMBER", "row 3, column 单价") in {(p.code, p.where) for p in found.problems}
        assert any(p.code == "ROWS_LEFT_OUT" and "3" in p.message for p in found.problems)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_encodings_preambles_separators_merged_cells_and_sums(self, encoding):
        receipt = read("rk.csv", RECEIPT.encode(encoding)).documents[0]

        assert receipt.kind is Kind.RECEIPT_ADVICE and receipt.issue_date == date(2026, 3, 1)
        assert [line.received for line in receipt.lines] == [1000, 500]
        assert receipt.lines[0].rejected == 20 and receipt.lines[0].unit_price == Decimal("0.50")
        assert receipt.references == {"order": ("PO-1",)}

    def test_a_saved_mapping_reads_columns_of_any_name(self):
        data = b"Ref,Menge,Preis\nA1,5,2.00\n"
        mapping = {"number": "Ref", "ordered": "Menge", "unit_price": "Preis"}

        found = read("x.csv", data, mapping=mapping, kind=Kind.ORDER)

        assert found.documents[0].lines[0].ordered == 5
        assert read("x.csv", data).status == "ignored"

    def test_two_suppliers_under_one_number_contradict(self):
        data = "订单号,供应商,数量\nPO-1,甲,1\nPO-1,乙,1\n".encode()

        found = read("x.csv", data)

        assert found.status == "rejected" and "CONTRADICTION" in {p.code for p in found.problems}

    def test_negative_quantities_make_no_sense(self):
        found = read("x.csv", "订单号,数量\nPO-1,-1\n".encode())

        assert found.status == "rejected" and found.problems[-1].code in ("NEGATIVE_QUANTITY", "DATE_MISSING")

    def test_plain_text_and_unclosed_quotes_are_no_tables(self):
        assert read("x", b"hello world").problems[0].code == "NOT_A_TABLE"
        assert read("x", b'number,qty\n"' + b"a" * 200_000).status in ("rejected", "ignored")


class TestXlsx:
    def test_reads_numbers_and_dates(self):
        data = workbook(("订单号", "日期", "数量", "单价"), ("PO-1", date(2026, 1, 2), 3, 1.1))

        order = read("po.xlsx", data).documents[0]

        assert order.issue_date == date(2026, 1, 2)
        assert order.lines[0].unit_price == Decimal("1.1")

    def test_a_formula_is_neither_evaluated_nor_trusted(self):
        data = workbook(("订单号", "数量", "单价"), ("PO-1", "=1+1", 5))

        found = read("po.xlsx", data)

        assert found.status == "rejected"
        assert ("FORMULA_CELL", "row 2, column 数量") in {(p.code, p.where) for p in found.problems}

    def test_text_that_looks_like_a_formula_stays_text(self):
        order = read("x", "订单号,商品名称,数量\nPO-1,@SUM(A1),1\n".encode()).documents[0]

        assert order.lines[0].description == "@SUM(A1)"
        assert neutralised("=cmd") == "'=cmd"

    def test_a_far_away_cell_costs_nothing(self):
        book = openpyxl.Workbook()
        book.active.cell(row=1_048_576, column=16_384, value="x")
        stream = io.BytesIO()
        book.save(stream)

        assert read("x.xlsx", stream.getvalue()).status in ("ignored", "rejected")


class TestTemplates:
    @pytest.mark.parametrize("form", blanks.FORMATS)
    @pytest.mark.parametrize("language", blanks.LANGUAGES)
    @pytest.mark.parametrize("kind", blanks.COLUMNS)
    def test_is_recognised_but_empty(self, kind, language, form):
        found = summary(read("t", blanks.template(kind, language=language, form=form)))

        assert found["problems"][0]["code"] == "LINES_MISSING"

    def test_a_warehouse_receipt_keeps_every_field_of_the_standard(self):
        fields = blanks.COLUMNS[Kind.WAREHOUSE_RECEIPT]
        values = {
            "quantity": "10",
            "pieces": "2",
            "unit_price": "",
            "amount": "",
            "issue_date": "2026-01-02",
            "currency": "CNY",
        }
        row = [values.get(field, f"{field} x") for field in fields]
        header = [blanks.NAMES[field][0] for field in fields]

        receipt = read("wr", blanks.sheet([header, row], form="xlsx")).documents[0]

        assert receipt.kind is Kind.WAREHOUSE_RECEIPT
        assert receipt.supplier.name == "depositor x" and receipt.extra["keeper_signature"] == "keeper_signature x"
        assert {"quality", "packing", "marks", "loss_standard", "place", "stored_from", "stored_to", "fee", "insurer",
                "insured_amount", "insurance_period", "issuer", "issue_place"} <= set(receipt.extra)  # fmt: skip
