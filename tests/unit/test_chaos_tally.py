"""The tally of a chaos run can fail: each thing that must hold is broken once, and is complained about."""

from dataclasses import replace
from datetime import date

import pytest

from scf.banks.gateways.base import Party, PaymentInstruction
from scf.banks.gateways.sandbox_bank.bank import SandboxBanks
from tests.chaos.records import (
    Case,
    Instruction,
    Loan,
    Movement,
    Named,
    Receipt,
    Records,
    Refund,
    of_bank,
)
from tests.chaos.tally import compare

OUT, BACK, AGAIN, SURPLUS = "PO-1", "PO-2", "PO-3", "PO-4"


def paid_in(loan: str, minor: int) -> dict:
    return {"fact": "paid_in", "key": f"{loan}-0", "amount_minor": minor, "reference": f"还款{loan}"}


def credit(loan: str, minor: int) -> Receipt:
    return Receipt(f"C{loan}-0", "", minor, minor, "ALLOCATED", loan, minor)


def sound() -> Records:
    """One case paid and repaid with too much, its surplus returned; one sent back and paid anew."""
    return Records(
        facts=[paid_in("LN-1", 105_00), paid_in("LN-3", 50_00), {"fact": "struck", "mode": "bounce"}],
        movements=[
            Movement(OUT, "T1", -100_00), Movement(BACK, "T2", -50_00), Movement(BACK, "R2", 50_00),
            Movement(AGAIN, "T3", -50_00), Movement("", "CLN-1-0", 105_00), Movement("", "CLN-3-0", 50_00),
            Movement(SURPLUS, "T4", -5_00),
        ],
        cases=[Case("FA-1", "SETTLED", 100_00), Case("FA-2", "SETTLED", 50_00)],
        instructions=[
            Instruction(OUT, "DISBURSEMENT", "PAID", "FA-1", 100_00, 100_00),
            Instruction(BACK, "DISBURSEMENT", "RETURNED", "FA-2", 50_00),
            Instruction(AGAIN, "DISBURSEMENT", "PAID", "FA-2", 50_00),
            Instruction(SURPLUS, "REFUND", "PAID", "FA-1", 5_00),
        ],
        loans=[
            Loan("LN-1", "FA-1", "CLOSED", 100_00, False, OUT), Loan("LN-2", "FA-2", "CLOSED", 50_00, True, BACK),
            Loan("LN-3", "FA-2", "CLOSED", 50_00, False, AGAIN),
        ],
        receipts=[credit("LN-1", 105_00), credit("LN-3", 50_00)],
        refunds=[Refund("LN-1", SURPLUS, 5_00, False)],
        balances={"FUNDING": -150_00, "COLLECTION": 150_00},
        proof="books are as the events say",
    )  # fmt: skip


def change(row: str, place: int, **values: object):
    """Another value in one row."""

    def doctor(records: Records) -> None:
        rows = getattr(records, row)
        rows[place] = replace(rows[place], **values)

    return doctor


def add(row: str, *more: object):
    return lambda records: getattr(records, row).extend(more)


def drop(row: str, place: int):
    return lambda records: getattr(records, row).pop(place)


def put(name: str, value: object):
    return lambda records: setattr(records, name, value)


DOCTORED = {
    "carried out twice": (add("movements", Movement(OUT, "T1", -100_00)), "carried out 2 times"),
    "never told": (add("movements", Movement("PO-9", "T9", -1)), "which we never told"),
    "came back twice": (add("movements", Movement(BACK, "R2", 50_00)), "came back more often"),
    "paid there, failed here": (change("instructions", 0, state="FAILED"), "FAILED here and PAID at the bank"),
    "paid here, not there": (drop("movements", 0), "PAID here and FAILED at the bank"),
    "back there, paid here": (change("instructions", 1, state="PAID"), "PAID here and RETURNED at the bank"),
    "one unit short": (change("movements", 0, minor=-99_00), "nobody is told"),
    "another figure of the debit": (change("instructions", 0, paid_minor=99_99), "the bank debited 10000"),
    "back in part": (change("movements", 2, minor=49_00), "came back in part"),
    "a case paid twice": (
        lambda records: (
            records.instructions.append(Instruction("PO-8", "DISBURSEMENT", "PAID", "FA-1", 100_00)),
            records.movements.append(Movement("PO-8", "T8", -100_00)),
        ),
        "was paid out 2 times",
    ),
    "given up and paid": (change("cases", 0, state="UNWOUND"), "(UNWOUND) was paid out 1 times"),
    "no loan": (drop("loans", 0), "has 0 loans"),
    "a loan of another payment": (change("loans", 2, payment=BACK), "but PO-3 is what was paid"),
    "lent more": (change("loans", 0, minor=101_00), "told 10000, lent 10100"),
    "agreed otherwise": (change("cases", 1, minor=51_00), "agreed 5100"),
    "returned, but is not": (change("loans", 1, payment=AGAIN), "marked as returned"),
    "never came to us": (drop("receipts", 1), "never came to us"),
    "came twice": (add("receipts", credit("LN-3", 50_00)), "10000 is on loans"),
    "nobody's credit": (add("receipts", Receipt("X", "", 1, None, None, None, None)), "nobody's payment"),
    "another amount received": (change("receipts", 1, incoming_minor=49_00), "4900 was received"),
    "on another loan": (change("receipts", 1, loan="LN-1"), "stands on LN-1"),
    "in part on the loan": (change("receipts", 1, on_loan_minor=1), "1 is on loans"),
    "waits in suspense": (change("receipts", 1, state="SUSPENSE"), "not on a loan"),
    "a refund that came back": (add("movements", Movement(SURPLUS, "R4", 5_00)), "the bank says otherwise"),
    "a refund told otherwise": (change("refunds", 0, minor=4_00), "told 500, the loan has 400"),
    "a refund of nobody": (add("refunds", Refund("LN-1", None, 1, False)), "without an instruction"),
    "a refund booked twice": (add("refunds", Refund("LN-1", SURPLUS, 5_00, False)), "has two events"),
    "surplus kept": (lambda records: (drop("refunds", 0)(records), drop("instructions", 3)(records)), "kept of what"),
    "lent by the books": (lambda records: records.balances.update(FUNDING=-149_00), "books lent another sum"),
    "collected by the books": (lambda records: records.balances.update(COLLECTION=1), "the books collected"),
    "left in suspense": (lambda records: records.balances.update(SUSPENSE=-7), "-7 minor units are left in SUSPENSE"),
    "a case of nobody": (put("unnamed", [("FA-1", "DISBURSING")]), "wait for nobody"),
    "a promise given up": (put("given_up", [("x", "{}", "boom")]), "1 promises were given up"),
    "the books' own proof": (put("proof", "WRONG: LN-1"), "verify_books: WRONG"),
}


def test_nothing_is_wrong_with_a_sound_run():
    tally = compare(sound())

    assert tally.wrong == []
    assert tally.figures["paid out once"] == 2 and tally.figures["misbehaviour that struck"] == {"bounce": 1}


@pytest.mark.parametrize("what", DOCTORED)
def test_what_is_broken_is_complained_about(what):
    doctor, complaint = DOCTORED[what]
    records = sound()
    doctor(records)

    assert any(complaint in wrong for wrong in compare(records).wrong), compare(records).wrong


def test_a_wrong_amount_is_excused_only_by_the_task_that_names_it():
    records = sound()
    change("movements", 0, minor=-99_00)(records)
    change("instructions", 0, paid_minor=99_00)(records)
    add("named", Named("WRONG_AMOUNT", "OPEN", OUT, "CNY 98.00"))(records)
    assert any("nobody is told" in wrong for wrong in compare(records).wrong)

    change("named", 0, paid="CNY 99.00")(records)
    assert compare(records).wrong == []


def test_what_came_back_after_it_was_repaid_ends_its_case_once_the_buyers_money_is_returned():
    records = sound()
    add("movements", Movement(OUT, "R1", 100_00))(records)
    change("instructions", 0, state="RETURNED")(records)
    change("loans", 0, is_returned=True)(records)
    records.balances["FUNDING"] = -50_00
    assert compare(records).wrong == ["loan LN-1: 0 lent and 0 of fees, 10000 kept of what was repaid"]

    for row, event in (("instructions", Instruction("PO-5", "REFUND", "PAID", "FA-1", 100_00)),
                       ("refunds", Refund("LN-1", "PO-5", 100_00, False)),
                       ("movements", Movement("PO-5", "T5", -100_00))):  # fmt: skip
        add(row, event)(records)
    records.balances["COLLECTION"] = 50_00
    assert compare(records).wrong == []

    add("instructions", Instruction("PO-6", "DISBURSEMENT", "PAID", "FA-1", 100_00))(records)  # or it is paid anew
    add("movements", Movement("PO-6", "T6", -100_00), Movement("", "CLN-4-0", 100_00))(records)
    records.balances |= {"FUNDING": -150_00, "COLLECTION": 150_00}
    records.facts.append(paid_in("LN-4", 100_00))
    add("receipts", credit("LN-4", 100_00))(records)
    assert "case FA-1 (SETTLED) has 0 loans that count" in compare(records).wrong
    add("loans", Loan("LN-4", "FA-1", "CLOSED", 100_00, False, "PO-6"))(records)
    assert compare(records).wrong == []


def test_a_loan_keeps_its_fee_of_what_was_repaid():
    records = sound()
    change("loans", 0, fee_minor=5_00)(records)
    assert compare(records).wrong == ["loan LN-1: 10000 lent and 500 of fees, 10000 kept of what was repaid"]


def test_a_second_payment_that_came_back_is_excused_only_by_the_task_that_asked_for_it():
    records = sound()
    records.instructions.append(Instruction("PO-8", "DISBURSEMENT", "FAILED", "FA-1", 100_00))
    add("movements", Movement("PO-8", "T8", -100_00), Movement("PO-8", "R8", 100_00))(records)
    assert compare(records).wrong == ["PO-8 is FAILED here and RETURNED at the bank"]

    add("named", Named("PAID_TWICE", "CLOSED", "PO-8", ""))(records)
    assert compare(records).wrong == []


def test_a_second_payment_of_the_banks_own_is_excused_only_by_its_task():
    records = sound()
    records.instructions.append(Instruction("PO-8", "DISBURSEMENT", "FAILED", "FA-1", 100_00))
    records.movements.append(Movement("PO-8", "T8", -100_00))
    assert any("FAILED here and PAID" in wrong for wrong in compare(records).wrong)

    add("named", Named("PAID_TWICE", "OPEN", "PO-8"))(records)
    assert compare(records).wrong == []


def test_the_banks_own_books_count_what_moved_not_what_was_told(tmp_path):
    """A bank that dedupes by id would hide a second payment; its journal does not."""
    books = SandboxBanks(tmp_path)
    books.conduct.switch(whom="B", mode="forget", times=1)
    parties = {"debtor": Party("Bank", "LEND1"), "creditor": Party("Supplier", "PAYEE1")}
    told = PaymentInstruction(OUT, "M1", 100_00, "CNY", execution_date=date(2026, 3, 1), **parties)
    assert [books.instruct("B", told), books.instruct("B", told)] == [False, True]
    journal = tmp_path / "journal.jsonl"

    facts, movements = of_bank(journal, {"LEND1"})
    assert [fact["fact"] for fact in facts] == ["struck", "instructed", "repeated"]
    assert movements == [Movement(OUT, f"T{OUT}", -100_00)]

    with journal.open("a") as file:
        file.write(journal.read_text().splitlines()[1] + "\n")
    assert len(of_bank(journal, {"LEND1"})[1]) == 2
