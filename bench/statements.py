"""A camt.053 of 100,000 entries read by the command, against a bare lxml iterparse of the same file."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from .report import ROOT, Part, Result, seconds
from .stage import Stage

ENTRIES, TIMES, MEGABYTES_MAX = 100_000, 3, 150
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId>'
    "<CreDtTm>2031-03-03T20:00:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id><CreDtTm>2031-03-03T20:00:00</CreDtTm><Acct><Id>"
    "<Othr><Id>6222000000000001</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
)
BALANCE = (
    '<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    "<Dt><Dt>2031-03-03</Dt></Dt></Bal>"
)
ENTRY = (
    '<Ntry><NtryRef>R{0}</NtryRef><Amt Ccy="CNY">12.34</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2031-03-03</Dt></BookgDt><ValDt><Dt>2031-03-03</Dt></ValDt><AcctSvcrRef>BANK{0:012d}</AcctSvcrRef>"
    "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>"
    '<Refs><EndToEndId>E{0:012d}</EndToEndId></Refs><Amt Ccy="CNY">12.34</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties>'
    "<Dbtr><Pty><Nm>虚构远方贸易有限公司 Remote Trading Company</Nm></Pty></Dbtr><DbtrAcct><Id><Othr><Id>6222{0:012d}"
    "</Id></Othr></Id></DbtrAcct></RltdPties><RltdAgts><DbtrAgt><FinInstnId><BICFI>BKCHCNBJXXX</BICFI></FinInstnId>"
    "</DbtrAgt></RltdAgts><RmtInf><Ustrd>Invoice {0} of the third of March, with a text that fills the line as payers "
    "write it 1234567890</Ustrd></RmtInf></TxDtls></NtryDtls><AddtlNtryInf>transfer received</AddtlNtryInf></Ntry>\n"
)
# Each measured in a process of its own: what lxml keeps for reuse would help the second.
BARE = """
import sys
from lxml import etree
for _event, element in etree.iterparse(sys.argv[1]{tag}):
    element.clear()
"""
OURS = """
import resource, sys
from pathlib import Path
from scf.banks.gateways.statement_files import read_path
(found,) = read_path(Path(sys.argv[1]))
assert found.entries == int(sys.argv[2]) and found.ties_out and not found.findings
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def run(_stage: Stage, _loans: int) -> Part:
    """The three in turns, so that a slow moment of the machine meets all."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "large.xml"
        with path.open("w", encoding="utf-8") as file:
            file.write(HEAD + BALANCE.format("OPBD", "0.00") + BALANCE.format("CLBD", f"{ENTRIES * 1234 / 100:.2f}"))
            file.writelines(ENTRY.format(number) for number in range(ENTRIES))
            file.write("</Stmt></BkToCstmrStmt></Document>")
        size = path.stat().st_size / 1_000_000
        peaks: list[float] = []

        def ours() -> None:
            peaks.append(int(_python(OURS, path)) / 1024)

        ways = (ours, lambda: _python(BARE.format(tag=""), path), lambda: _python(_by_tag(), path))
        rounds = [[seconds(way) for way in ways] for _ in range(TIMES)]
    own, bare, filtered = (median(each) for each in zip(*rounds, strict=True))
    what = f"a statement of {ENTRIES:,} entries, {size:.0f} MB"
    peak = max(peaks)
    return Part(
        "statements", "Statements read", [
            Result(what, f"{own:.1f} s", f"{bare:.1f} s (bare iterparse)", own / bare, 2),
            Result("the same against an iterparse that stops at entries only", f"{own:.1f} s", f"{filtered:.1f} s",
                   own / filtered),
            Result("memory of the process at its peak", f"{peak:.0f} MiB", f"{MEGABYTES_MAX} MiB",
                   peak / MEGABYTES_MAX, 1),
        ], [
            f"Medians of {TIMES}, each a process of its own, start included. Ours adds up, checks details, dates and "
            "directions of every entry and ties out; the bare loop only clears each element.",
        ],
    )  # fmt: skip


def _by_tag() -> str:
    return BARE.format(tag=", tag='{*}Ntry'")


def _python(code: str, path: Path) -> str:
    command = [sys.executable, "-c", code, str(path), str(ENTRIES)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
