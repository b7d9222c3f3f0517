"""Whatever the bytes, reading gives an answer."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scf.orders.gateways import ParsedFile, blanks, read, summary

DATA = Path(__file__).parents[1] / "data" / "orders"
SEEDS = [
    *(path.read_bytes() for path in sorted((DATA / "ubl").rglob("*.xml")) if path.stat().st_size < 20_000),
    (Path(__file__).parents[2] / "fixtures" / "jd" / "order-detail.json").read_bytes(),
    *(blanks.template(kind, language="zh", form=form) for kind in blanks.COLUMNS for form in blanks.FORMATS),
    "采购单号,供应商,单价,数量\nPO-1,甲公司,1200,2\n".encode("gb18030"),
]
MODEST = settings(max_examples=150, deadline=3000, suppress_health_check=[HealthCheck.too_slow])


def answer(data: bytes) -> dict:
    found = read("any", data)
    assert isinstance(found, ParsedFile)
    assert found.problems or found.documents
    return summary(found)


@MODEST
@given(data=st.binary(max_size=2000))
def test_random_bytes(data):
    assert answer(data)["status"] in ("accepted", "rejected", "ignored")


@MODEST
@given(text=st.text(max_size=500))
def test_random_text(text):
    assert answer(text.encode("utf-8", "surrogatepass"))["status"] in ("accepted", "rejected", "ignored")


@MODEST
@given(seed=st.sampled_from(SEEDS), at=st.floats(0, 1), size=st.integers(0, 40), noise=st.binary(max_size=40))
def test_real_documents_with_a_piece_replaced(seed, at, size, noise):
    place = int(at * len(seed))

    assert answer(seed[:place] + noise + seed[place + size :])["lines"] >= 0


@MODEST
@given(seed=st.sampled_from(SEEDS), at=st.floats(0, 1))
def test_real_documents_cut_short(seed, at):
    assert answer(seed[: int(at * len(seed))])["lines"] >= 0
