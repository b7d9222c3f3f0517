"""Whatever a file holds, reading it gives readings and raises nothing; sums in a sheet are those that were written."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from scf.banks.gateways.statement_files import read_bytes

cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "日期",
            "金额",
            "余额",
            "借方发生额",
            "贷方",
            "收/支",
            "2031-03-01",
            "1,234.50",
            "-5",
            "借",
            "03/04/31",
            "合计",
        ]
    ),
)
tables = st.lists(st.lists(cells, max_size=6).map(",".join), max_size=8).map("\n".join)
fields = st.sampled_from(
    [
        ":20:A",
        ":25:1",
        ":28C:1/1",
        ":60F:C310301EUR1,00",
        ":61:310301C5,NTRFX",
        ":86:?20a",
        ":62F:C310301EUR6,",
        "-",
        "x",
    ]
)
messages = st.lists(fields, max_size=10).map("\n".join)
pieces = st.sampled_from(
    ["<OFX>", "<STMTRS>", "<CURDEF>EUR", "<STMTTRN>", "<TRNAMT>-5.0", "<DTPOSTED>20310301", "</STMTRS>", "&", "<"]
)
ofx = st.lists(pieces, max_size=10).map("".join)


@given(
    content=st.one_of(st.binary(max_size=200), tables.map(str.encode), messages.map(str.encode), ofx.map(str.encode))
)
def test_reading_raises_nothing(content):
    for reading in read_bytes(content, name="x", keep=True):
        assert reading.as_json()["file"] == "x"


amounts = st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=2, max_size=8)


@given(amounts=amounts, opening=st.integers(-(10**9), 10**9), newest_first=st.booleans())
def test_a_sheet_with_balances_ties_out_as_it_was_written(amounts, opening, newest_first):
    lines, balance = [], opening
    for number, minor in enumerate(amounts):
        balance += minor
        day = date(2031, 3, 1) + timedelta(days=number)
        credit, debit = (f"{minor / 100:,.2f}", "") if minor > 0 else ("", f"{-minor / 100:,.2f}")
        lines.append(f'{day},"{credit}","{debit}","{balance / 100:,.2f}"')
    body = "\n".join(reversed(lines) if newest_first else lines)

    (found,) = read_bytes(f"交易日期,贷方发生额,借方发生额,余额\n{body}\n".encode("gb18030"), name="x.csv", keep=True)

    assert (found.opening, found.closing) == (Decimal(opening) / 100, Decimal(balance) / 100)
    assert found.ties_out and sorted(entry.amount_minor for entry in found.movements) == sorted(amounts)
