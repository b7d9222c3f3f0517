"""Other people's statements through the one door, against facts computed without this code; hostile files too."""

import json
import zipfile
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from scf.banks.gateways.chains import chain
from scf.banks.gateways.statement_files import read_bytes, read_path

DATA = Path(__file__).resolve().parents[1] / "data"
STATEMENTS, ISO = DATA / "statements", DATA / "iso20022"
FACTS = json.loads((STATEMENTS / "EXPECTED.json").read_text())
CAMT = {name: facts for name, facts in json.loads((ISO / "EXPECTED.json").read_text()).items() if "camt" in name}
MT = [name for name in FACTS if name.startswith("mt940/") and "invalid" not in name]

# entries, credits and debits, added up from the columns by hand; figures that only donors altered do not tie out
SHEETS = {
    "alipay.csv": (10, "222228.50", "211.64", None),
    "boc-credit.csv": (13, "989.84", "1228.09", None),
    "bocom_debit.csv": (6, "11.25", "114.00", False),
    "cib_debit-cny-records.xlsx": (7, "10.01", "101.00", False),
    "cib_debit-usd-records.xlsx": (3, "70.00", "70.00", True),
    "citic-credit.xls": (13, "1.41", "1098.80", None),
    "cmb-credit.csv": (6, "380.80", "8056.78", None),
    "cmb-debit.csv": (5, "1234.00", "2013.14", False),
    "hsbchk-debit.csv": (9, "13005.45", "3526.50", False),
    "icbc-credit.csv": (9, "4621.01", "363.13", False),
    "icbc-debit-v1.csv": (11, "2841.74", "4241.08", None),
    "oca-balance.csv": (2, "1533.50", "33.50", True),
    "oca-meta_data_separated_credit_debit.xlsx": (4, "1300.00", "230.68", False),
    "oca-sample_statement_en_empty_values.xlsx": (3, "0", "2207.68", True),
    "oca-test_ofx.ofx": (4, "0", "360", None),
}


def codes(reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def total(readings, name) -> Decimal:
    return sum((getattr(reading, name) for reading in readings), Decimal(0))


@pytest.mark.parametrize("name", CAMT)
def test_camt_as_a_stream_says_what_an_independent_reading_says(name):
    found = read_path(ISO / name)

    if not CAMT[name] or not CAMT[name]["statements"]:
        assert {code for reading in found for code in codes(reading)} <= {"EMPTY", "UNREADABLE"}
        return
    for reading, facts in zip(found, CAMT[name]["statements"], strict=True):
        said = reading.as_json()
        assert (said["statement_id"], said["account"]) == (facts["id"], facts["account"])
        assert (said["entries"], said["transactions"]) == (facts["entries"], facts["transaction_details"])
        assert (said["pending"], said["ties_out"]) == (facts["entries_not_booked"], facts["ties_out"])
        assert (reading.credits, reading.debits) == (Decimal(facts["sum_credits"]), Decimal(facts["sum_debits"]))
        balances = [None if facts[side] is None else Decimal(facts[side]) for side in ("opening", "closing")]
        assert [reading.opening, reading.closing] == balances


@pytest.mark.parametrize("name", MT)
def test_mt940_says_what_an_independent_reading_says(name):
    found, facts = read_path(STATEMENTS / name), FACTS[name]

    assert {reading.format for reading in found} == {facts["type_guess"]}
    assert len(found) == facts["statements_by_tag20"] or facts["statements_by_tag20"] == 0
    assert sum(reading.transactions for reading in found) == facts["transactions"]
    sums = [Decimal(facts["sum_credits"]), Decimal(facts["sum_debits"])]
    assert [total(found, "credits"), total(found, "debits")] == sums
    for side in ("opening", "closing"):
        read = [amount for reading in found if (amount := getattr(reading, side)) is not None]
        assert read == [Decimal(balance["signed"]) for balance in facts[side]]
    ties_out = facts.get("ties_out", facts.get("ties_out_over_all_statements"))
    assert ties_out is None or all(reading.ties_out for reading in found) == ties_out


@pytest.mark.parametrize("name", SHEETS)
def test_sheets_say_what_their_columns_sum_to(name):
    found = read_path(STATEMENTS / "sheets" / name)[0]

    entries, came, went, ties_out = SHEETS[name]
    assert (found.entries, found.credits, found.debits) == (entries, Decimal(came), Decimal(went))
    assert found.ties_out is ties_out


def test_an_archive_is_a_folder_of_messages():
    found = read_path(STATEMENTS / "oca-test-camt053.zip", name="a.zip")

    assert [reading.file for reading in found] == ["a.zip!test-camt053_02.xml", "a.zip!test-camt053_03.xml"]
    assert [reading.ties_out for reading in found] == [False, False]


def test_a_month_chains_whatever_the_order_of_its_files():
    days = sorted((ISO / "camt.053-daily-series").iterdir(), reverse=True)
    found = [reading for day in days for reading in read_path(day)]
    found += read_path(days[3])

    chain(found)

    assert sorted(str(reading.continues_previous) for reading in found) == ["None"] * 2 + ["True"] * (len(found) - 2)
    assert [codes(reading).count("DUPLICATE") for reading in found[-2:]] == [1, 1]


def sheet(text: str, encoding="utf-8"):
    return read_bytes(text.encode(encoding), name="x.csv")


class TestHabitsOfBanks:
    def test_a_negative_debit_gives_money_back(self):
        (found,) = sheet(
            "兴业银行\n账号：6222000000001\n交易日期,摘要,借方发生额,贷方发生额,余额\n"
            "20310301,付款,100.00,,900.00\n20310302,冲账,-100.00,,1000.00\n", "gb18030",
        )  # fmt: skip

        assert (found.credits, found.debits, found.opening, found.ties_out) == (100, 100, 1000, True)
        assert (found.account, codes(found)) == ("6222000000001", ["CURRENCY_ASSUMED", "NEGATIVE_DEBIT"])

    def test_debits_with_a_minus_are_debits_where_the_balance_says_so(self):
        (found,) = sheet(
            "Date;Text;Debit;Credit;Balance\n01.03.2031;a;-1.000,50;;8.999,50\n02.03.2031;b;;10,00;9.009,50\n"
        )

        assert (found.debits, found.credits, found.ties_out) == (Decimal("1000.50"), 10, True)

    def test_the_newest_may_stand_first(self):
        (found,) = sheet("日期,金额,余额\n2031-03-02,-5.00,95.00\n2031-03-01,100.00,100.00\n")

        assert (found.opening, found.closing, found.ties_out) == (0, 95, True)

    def test_a_line_that_does_not_follow_is_named(self):
        (found,) = sheet("日期,摘要,收入,支出,余额\n2031-03-01,a,5.00,,5.00\n2031-03-02,b,5.00,,11.00\n")

        assert ("BALANCE_BREAKS", "line 3") in [(finding.code, finding.where) for finding in found.findings]
        assert (found.ties_out, found.is_importable) == (False, False)

    def test_days_that_can_be_two_are_not_guessed_silently(self):
        (found,) = sheet("Date,Text,Amount\n03/04/2031,a,5.00\n05/06/2031,b,-3.00\n")

        assert codes(found).count("DATE_AMBIGUOUS") == 2

    def test_a_table_that_calls_itself_a_workbook(self):
        (found,) = sheet(
            "<html><meta charset='gb18030'><table><tr><td>交易日期</td><td>借贷标志</td><td>交易金额</td></tr>"
            "<tr><td>2031年3月1日</td><td>贷</td><td>1,234.50</td></tr></table></html>", "gb18030",
        )  # fmt: skip

        assert (found.format, found.credits) == ("HTML", Decimal("1234.50"))


def bomb() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b"<" + b" " * 60_000_000)
    return target.getvalue()


DTD = "<!DOCTYPE a [<!ENTITY b '%s'>]>"


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\x00" * 5000,
        b"PK\x03\x04 no archive",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no workbook",
        bomb(),
        (
            DTD % ("c" * 50_000) + "<Document><BkToCstmrStmt><Stmt><Id>&b;</Id></Stmt></BkToCstmrStmt></Document>"
        ).encode(),
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><Document><BkToCstmrStmt><Stmt/></BkToCstmrStmt></Document>",
        b"<Document><BkToCstmrStmt><Stmt><Ntry><Amt Ccy='EUR'>1</Amt></Ntry>",
    ],
)
def test_a_hostile_file_is_refused_with_one_sentence(hostile):
    (found,) = read_bytes(hostile, name="x")

    assert codes(found) == ["UNREADABLE"] and not found.is_importable


def test_the_command_prints_every_statement_and_needs_no_database():
    printed = StringIO()

    call_command("import_bank_statement", str(STATEMENTS / "mt940"), "--dry-run", "--json", stdout=printed)

    found = json.loads(printed.getvalue())
    assert len(found) > len(MT)
    assert list(found[0]) == (
        "file format account currency statement_id from to opening closing entries transactions credits debits booked "
        "pending ties_out continues_previous findings".split()
    )
    february = next(each for each in found if each["file"].endswith("february_30.sta"))
    assert [finding["code"] for finding in february["findings"]] == ["DATE_UNREADABLE"]


BILINGUAL = (
    "查询账号[ Inquirer account number ],6217000000001\n交易日期[ Transaction Date ],交易金额[ Trade Amount ],"
    "交易后余额[ After-transaction balance ],付款人账号[ Debit Account No. ]\n"
    "20310301,-5.00,95.00,1\n20310302,7.00,102.00,2\n"
)
WESTERN = "Buchungstag;Betrag;Währung;Verwendungszweck für\n01.03.2031;-1.234,50;EUR;Gebühr\n"
TRADITIONAL = "日期,說明,支出,存入,結餘\n2031/03/01,轉賬,,10.00,10.00\n"
TYPED = "Date,Type,Amount,Memo\n2031-03-01,Debit,5.00,x\n2031-03-02,Credit,7.00,y\n"
WORKBOOK = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row><Cell><Data>交易日期</Data></Cell>'
    "<Cell><Data>借方金额</Data></Cell><Cell><Data>贷方金额</Data></Cell></Row><Row><Cell><Data>2031-03-01</Data></Cell>"
    '<Cell ss:Index="3"><Data ss:Type="Number">8.5</Data></Cell></Row></Table></Worksheet></Workbook>'
)


@pytest.mark.parametrize(
    ("text", "encoding", "came", "went"),
    [
        (BILINGUAL, "gb18030", "7.00", "5.00"),
        (WESTERN, "cp1252", "0", "1234.50"),
        (TRADITIONAL, "big5hkscs", "10.00", "0"),
        (TYPED, "utf-8", "7.00", "5.00"),
        (TYPED.replace(",", "\t"), "utf-16", "7.00", "5.00"),
        (WORKBOOK, "utf-8", "8.5", "0"),
    ],
)
def test_further_layouts(text, encoding, came, went):
    (found,) = read_bytes(text.encode(encoding), name="x.xls")

    assert (found.credits, found.debits) == (Decimal(came), Decimal(went))
    assert not {"AMOUNT_UNREADABLE", "ROW_UNREADABLE", "DATE_AMBIGUOUS"} & set(codes(found))
