"""Every licensed sample document against facts computed without this product's code."""

import json
import time
from pathlib import Path

import pytest

from scf.orders.gateways import read, summary

DATA = Path(__file__).parents[1] / "data" / "orders"
EXPECTED = json.loads((DATA / "EXPECTED.json").read_text())
SECONDS_MAX = 3

TAKEN = [p for folder in ("invoice", "credit-note", "despatch-advice", "receipt-advice", "invalid", "order-response")
         for p in sorted((DATA / "ubl" / folder).glob("*.xml"))]  # fmt: skip
ORDERS = sorted((DATA / "ubl" / "order").glob("*.xml"))
IGNORED = [p for folder in ("ubl/statement", "ubl/other", "ubl/order-change", "ubl/invoice-response", "cn-trade")
           for p in sorted((DATA / folder).rglob("*")) if p.is_file()]  # fmt: skip
HOSTILE = sorted(p for p in (DATA / "hostile").rglob("*") if p.is_file())


def facts_of(path: Path) -> dict:
    return summary(read(path.name, path.read_bytes()))


def expected_of(path: Path) -> dict:
    return EXPECTED[str(path.relative_to(DATA))]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", [*TAKEN, *ORDERS], ids=name)
class TestTakenIn:
    def test_header_and_counts_are_those_of_the_document(self, path):
        found, expected = facts_of(path), expected_of(path)

        assert found["number"] == expected["id"]
        assert found["issue_date"] == expected["issue_date"]
        assert found["lines"] == expected["lines"]
        assert found["currency"] == expected["currency"] or expected["currency"] is None

    def test_sums_are_those_of_the_document(self, path):
        found, expected = facts_of(path), expected_of(path)

        assert found["lines_total"] == expected.get("sum_line_amounts")
        assert found["total"] == expected.get("stated_totals", {}).get("PayableAmount")

    def test_both_parties_are_named(self, path):
        found = facts_of(path)

        assert found["supplier"] and found["buyer"]

    def test_only_a_document_without_a_number_is_rejected(self, path):
        found, expected = facts_of(path), expected_of(path)

        assert found["status"] == ("accepted" if expected["id"] else "rejected")

    def test_lines_that_do_not_make_the_stated_total_are_a_warning(self, path):
        found, expected = facts_of(path), expected_of(path)
        places = {p["where"] for p in found["problems"] if p["code"] == "TOTAL_MISMATCH"}

        assert ("LineExtensionAmount" in places) == (expected.get("lines_tie_to_stated_line_total") is False)


@pytest.mark.parametrize("path", sorted((DATA / "ubl" / "receipt-advice").glob("*.xml")), ids=name)
def test_receipts_count_what_came_and_what_did_not(path):
    found, expected = facts_of(path)["quantities"], expected_of(path)

    assert found["received"] == expected.get("sum_ReceivedQuantity")
    assert found["short"] == expected.get("sum_ShortQuantity")
    assert found["rejected"] == expected.get("sum_RejectedQuantity")


@pytest.mark.parametrize("path", IGNORED, ids=name)
def test_a_sound_document_of_another_kind_is_ignored_with_a_remedy(path):
    found = facts_of(path)

    assert found["status"] == "ignored"
    assert found["problems"][0]["message"]


@pytest.mark.parametrize("path", HOSTILE, ids=name)
def test_hostile_files_give_a_problem_and_soon(path):
    started = time.monotonic()

    found = facts_of(path)

    assert found["status"] in ("rejected", "ignored")
    assert found["problems"] and found["lines"] == 0
    assert time.monotonic() - started < SECONDS_MAX


def test_the_same_goods_are_found_on_order_and_receipt():
    order = read("order", (DATA / "ubl/order/oasis-UBL-Order-2.0-Example.xml").read_bytes()).documents[0]
    receipt = read("receipt", (DATA / "ubl/receipt-advice/UBL-ReceiptAdvice-2.0-Example.xml").read_bytes()).documents[0]

    assert receipt.references["order"] == (order.number,)
    assert set(receipt.lines[0].item_codes) & set(order.lines[0].item_codes)
