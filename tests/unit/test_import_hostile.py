"""Attacks and accidents: a problem each, never an exception."""

import io
import time
import zipfile

import pytest

from scf.orders.gateways import read

SECONDS_MAX = 10
UBL = '<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2">{}</Order>'
BOMB = '<!DOCTYPE a [<!ENTITY x "y">]>' + UBL.format("<ID>&x;</ID>")


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def code_of(data: bytes) -> str:
    return read("x", data).problems[0].code


class TestXml:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
    def test_a_doctype_is_refused_in_every_encoding(self, encoding):
        assert code_of(BOMB.encode(encoding)) == "DOCTYPE_FORBIDDEN"

    def test_a_doctype_behind_a_long_comment_is_refused(self):
        assert code_of(b"<!--" + b"x" * 100_000 + b"-->\n<?pi x?>" + BOMB.encode()) == "DOCTYPE_FORBIDDEN"

    def test_a_doctype_in_text_is_only_text(self):
        found = read("x", UBL.format("<ID><![CDATA[<!DOCTYPE html>]]></ID>").encode())

        assert found.documents[0].number == "<!DOCTYPE html>"

    @pytest.mark.parametrize("depth", [1_000, 100_000])
    def test_deep_nesting_is_refused(self, depth):
        assert read("x", b"<a>" * depth + b"</a>" * depth).status == "rejected"

    def test_entities_of_other_files_are_not_read(self):
        data = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'

        assert b"root" not in repr(read("x", data)).encode()

    def test_bad_facts_name_line_and_element(self):
        found = read("x", UBL.format("\n<ID>1</ID>\n<IssueDate>2026-02-30</IssueDate>").encode())

        assert ("BAD_DATE", "line 3, IssueDate") in {(p.code, p.where) for p in found.problems}

    @pytest.mark.parametrize("number", ["1e999999999", "NaN", "Infinity", "9" * 500, "1,5", "0x10"])
    def test_numbers_that_are_none_are_problems(self, number):
        line = f"<OrderLine><LineItem><ID>1</ID><Quantity>{number}</Quantity></LineItem></OrderLine>"

        found = read("x", UBL.format(f"<ID>1</ID>{line}").encode())

        assert "BAD_NUMBER" in {p.code for p in found.problems} and found.status == "rejected"


class TestArchives:
    def test_a_bomb_by_ratio(self):
        assert code_of(archive(xl__workbook_xml=b"0" * 30_000_000)) == "ARCHIVE_BOMB"

    def test_a_name_outside(self):
        assert code_of(archive(**{"..__x": b"x"})) == "ARCHIVE_HOSTILE"

    def test_an_ordinary_archive_is_refused_with_a_remedy(self):
        found = read("x.zip", archive(a=b"x"))

        assert found.problems[0].code == "ARCHIVE" and "unpack" in found.problems[0].message

    def test_a_cut_archive(self):
        assert code_of(archive(**{"xl/workbook.xml": b"<a/>" * 50})[:-30]) == "ARCHIVE_BROKEN"

    def test_a_workbook_that_is_none(self):
        assert code_of(archive(**{"xl/workbook.xml": b"<a/>"})) == "NOT_WELL_FORMED"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "EMPTY"),
        (b" \n\t ", "EMPTY"),
        (b"\xef\xbb\xbf", "EMPTY"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "IMAGE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLD_OFFICE"),
        (b"abc\0def", "BINARY"),
        (b":20:STARTUMSE\n:25:1", "BANK_STATEMENT"),
        (b"x" * (20 * 1024 * 1024 + 1), "TOO_LARGE"),
    ],
)
def test_each_kind_of_wrong_file_has_its_code(data, code):
    assert code_of(data) == code


@pytest.mark.parametrize(
    "data",
    [
        UBL.format("<a/>" * 4_000_000).encode(),
        UBL.format("<OrderLine><LineItem/></OrderLine>" * 200_000).encode(),
        b"[" + b'{"orderId":1},' * 1_000_000 + b"1]",
        "订单号,数量\n".encode() + b"PO,1\n" * 1_000_000,
    ],
    ids=["elements", "lines", "objects", "rows"],
)
def test_a_flood_is_refused_soon(data):
    started = time.process_time()

    assert read("x", data).status == "rejected"
    assert time.process_time() - started < SECONDS_MAX
