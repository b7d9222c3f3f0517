"""JD's vendor API, by invented data in its true shape."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

from scf.orders.gateways import read, summary

JD = Path(__file__).parents[2] / "fixtures" / "jd"
DETAIL = (JD / "order-detail.json").read_bytes()
LIST = (JD / "purchase-order-list.json").read_bytes()


def test_a_detail_carries_three_quantities_and_the_misspelt_total():
    line, other = read("d", DETAIL).documents[0].lines

    assert (line.ordered, line.confirmed, line.received) == (40, 40, 36)
    assert (other.ordered, other.confirmed, other.received) == (200, 180, 180)
    assert line.amount == Decimal("36000.0000")


def test_the_detail_sums_up():
    found = summary(read("d", DETAIL))

    assert (found["number"], found["lines"], found["lines_total"]) == ("9000000001", 2, "54000.0000")
    assert found["quantities"] == {"ordered": "240", "received": "216", "rejected": None, "short": None}


def test_a_list_gives_one_document_an_order():
    found = summary(read("l", LIST))

    assert [d["number"] for d in found["documents"]] == ["9000000001", "9000000002"]
    assert found["total"] == "72000.0000" and found["status"] == "accepted"


def test_the_payment_term_and_milliseconds_in_shanghai():
    order = read("l", LIST).documents[0]

    assert order.payment_term_days == 60
    assert order.issue_date == date(2026, 1, 1)
    assert order.received_date == date(2026, 1, 8)


def test_list_and_detail_in_one_file_become_one_order():
    both = json.dumps([json.loads(LIST), json.loads(DETAIL)]).encode()

    first = read("both", both).documents[0]

    assert first.supplier.name and len(first.lines) == 2


def test_the_older_camel_case_dialect():
    line = {"wareId": 5, "originalNum": "2", "actualNum": 0, "purchasePrice": "5.00"}
    old = {"list": [{"orderId": 11, "providerName": "虚构公司", "totalPrices": "10.00", "detailList": [line]}]}

    document = read("old", json.dumps(old).encode()).documents[0]

    assert document.number == "11" and document.lines[0].ordered == 2 and document.lines[0].received == 0


def test_an_order_that_jd_deleted_is_rejected():
    deleted = LIST.replace(b'"status": 1', b'"status": 0')

    found = read("l", deleted)

    assert found.status == "rejected" and found.problems[0].code == "ORDER_DELETED"


def test_an_answer_that_is_an_error_says_why():
    found = read("e", b'{"error_response": {"code": "19", "zh_desc": "\xe6\x97\xa0\xe6\x9d\x83\xe9\x99\x90"}}')

    assert found.problems[0].code == "SOURCE_REFUSED" and "无权限" in found.problems[0].message


def test_other_json_is_ignored_and_broken_json_rejected():
    assert read("a", b'{"hello": [1, 2]}').status == "ignored"
    assert read("b", b'{"hello": ').status == "rejected"
    assert read("c", b"[" * 100_000).status == "rejected"
    assert read("d", b'{"order_id": NaN}').status == "rejected"
