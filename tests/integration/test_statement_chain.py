"""Statements that follow one another: continued, repeated, overlapping, corrected; brought in by the command."""

import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from scf.banks.models import Statement, StatementEntry
from scf.banks.services import statement_chain
from scf.banks.services.statements import AccountNotNamed, StatementDoubtful
from scf.kernel.models import OutboxMessage
from scf.servicing import tasks
from scf.servicing.models import IncomingPayment, Loan, LoanEvent
from scf.servicing.services import statements
from tests.factories import LendingWorld
from tests.integration.servicing_world import bring, browser, camt, credit, get, noon

pytestmark = pytest.mark.django_db
DAY, DAYS = date(2031, 4, 2), timedelta(days=1)


@pytest.fixture
def world() -> LendingWorld:
    return LendingWorld()


@pytest.fixture
def loan(world) -> Loan:
    return world.loan()


def take(world, *entries, **more):
    """One statement as it comes, with its findings and its entries."""
    content = camt(world, *entries, **more)
    (outcome,) = statements.import_statement(content=content, name="s.xml", by=world.clerk, at=noon(DAY))
    row = Statement.objects.get(pk=outcome.statement.pk)
    return row, [finding["code"] for finding in row.findings]


def gone() -> list[int]:
    return sorted(StatementEntry.objects.exclude(missing_from=None).values_list("amount_minor", flat=True))


class TestStatementsThatFollowOneAnother:
    def test_a_day_that_continues_the_day_before_says_nothing(self, world):
        take(world, credit("500.00", "a", DAY), id="S1")

        row, codes = take(world, credit("700.00", "b", DAY + DAYS), id="S2", opening=500_00)

        assert codes == [] and statement_chain.continues(row) is True

    def test_a_gap_is_noticed_and_heals_when_the_missing_day_arrives(self, world):
        take(world, credit("500.00", "a", DAY), id="S1")
        late, codes = take(world, credit("10.00", "c", DAY + 2 * DAYS), id="S3", opening=1200_00)
        assert codes == ["DOES_NOT_CONTINUE"]

        _row, codes = take(world, credit("700.00", "b", DAY + DAYS), id="S2", opening=500_00)

        late.refresh_from_db()
        assert (codes, late.findings) == ([], [])

    def test_a_correction_brings_what_was_missing_and_marks_what_is_gone(self, world):
        kept, wrong, missing = (credit(amount, "x", DAY) for amount in ("500.00", "70.00", "77.00"))
        first, _codes = take(world, kept, wrong, id="S1")

        row, codes = take(world, kept, missing, id="S1")

        assert (row.corrects, codes) == (first, ["CORRECTS", "ENTRIES_GONE"])
        assert [entry.amount_minor for entry in row.entries.all()] == [77_00]
        assert gone() == [70_00]
        assert IncomingPayment.objects.count() == 3  # nothing is undone without a person

    def test_an_entry_that_comes_back_is_no_longer_gone(self, world):
        one, other = credit("500.00", "x", DAY), credit("70.00", "x", DAY)
        take(world, one, other, id="S1")
        take(world, one, id="S2")
        assert gone() == [70_00]

        take(world, one, other, id="S3")

        assert gone() == [] and IncomingPayment.objects.count() == 2

    def test_a_number_that_is_used_again_for_other_days_is_another_statement(self, world):
        take(world, credit("500.00", "a", DAY), id="1")

        row, codes = take(world, credit("500.00", "b", DAY + DAYS), id="1", opening=500_00)

        assert codes == ["ID_REUSED"] and row.entries.count() == 1

    def test_two_parts_of_a_day_with_equal_payments_are_both_money(self, world):
        twin = credit("500.00", "rent", DAY, reference="")
        take(world, twin, id="P1")

        row, codes = take(world, twin, id="P2", opening=500_00)

        assert codes == [] and row.entries.count() == 1

    def test_a_sheet_of_days_that_are_known_brings_no_money_twice(self, world):
        bring(world, credit("500.00", "a", DAY), credit("500.00", "b", DAY))
        rows = "".join(f"{DAY},{text},{amount},\n" for text, amount in [("一", 500), ("二", 500), ("三", 8)])
        sheet = f"账号,{world.collection.number}\n交易日期,摘要,贷方发生额,借方发生额\n{rows}"

        (outcome,) = statements.import_statement(
            content=sheet.encode("gb18030"), name="x.csv", by=world.clerk, at=noon(DAY)
        )

        assert outcome.allocated + outcome.suspended == 1
        assert {"OVERLAPS", "MATCHED_BY_AMOUNT"} <= {f["code"] for f in outcome.statement.findings}

    def test_a_sheet_without_an_account_needs_a_person_to_name_it(self, world):
        sheet = f"日期,摘要,收入,支出,余额\n{DAY},一,500.00,,500.00\n".encode()
        with pytest.raises(AccountNotNamed):
            statements.import_statement(content=sheet, name="x.csv", by=world.clerk, at=noon(DAY))

        (outcome,) = statements.import_statement(
            content=sheet, name="x.csv", by=world.clerk, at=noon(DAY), account=world.collection
        )

        assert outcome.suspended == 1

    def test_what_can_be_read_in_two_ways_is_not_booked(self, world):
        sheet = f"账号,{world.collection.number}\nDate,Text,Amount\n03/04/2031,a,5.00\n05/06/2031,b,-3.00\n".encode()

        with pytest.raises(StatementDoubtful, match="doubt"):
            statements.import_statement(content=sheet, name="x.csv", by=world.clerk, at=noon(DAY))


class TestTheCommand:
    def test_takes_a_file_and_servicing_hears_of_it_once(self, world, loan, tmp_path, capsys):
        path = tmp_path / "s.xml"
        path.write_bytes(camt(world, credit("500.00", loan.number, DAY)))

        call_command("import_bank_statement", str(path), "--json")
        (printed,) = json.loads(capsys.readouterr().out)
        statement = Statement.objects.get()
        for _twice in range(2):
            tasks.statement_taken(message_id=0, at=noon(DAY), statement_id=statement.pk)

        assert (printed["credits"], printed["ties_out"], printed["findings"]) == ("500.00", True, [])
        assert loan.events.filter(kind=LoanEvent.Kind.REPAYMENT).count() == 1
        assert OutboxMessage.objects.filter(topic="banks.statement.taken").count() == 1

    def test_says_why_a_file_was_not_taken(self, world, tmp_path, capsys):
        path = tmp_path / "s.xml"
        path.write_bytes(camt(world, credit("500.00", "x", DAY), account="6299999"))

        with pytest.raises(SystemExit):
            call_command("import_bank_statement", str(path), "--json")

        (printed,) = json.loads(capsys.readouterr().out)
        assert [finding["code"] for finding in printed["findings"]] == ["NOT_TAKEN"]
        assert Statement.objects.count() == 0


def test_postgresql_takes_the_same_content_and_the_same_movement_once(world):
    row, _codes = take(world, credit("500.00", "x", DAY))

    for table, name in (("banks_statement", "content"), ("banks_statemententry", "entry")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE copy ON COMMIT DROP AS SELECT * FROM {table}")
            cursor.execute("UPDATE copy SET id = id + 100000")
            cursor.execute(f"INSERT INTO {table} SELECT * FROM copy")
    assert Statement.objects.get() == row


def test_the_page_says_what_stands_out_and_what_is_gone_in_both_languages(world):
    take(world, credit("500.00", "x", DAY), credit("70.00", "y", DAY), id="S1")
    take(world, credit("500.00", "z", DAY), id="S1")

    english = get(world.clerk, "reconciliation").content.decode()
    chinese = browser(world.clerk, "zh-hans").get("/servicing/reconciliation/").content.decode()

    assert "It tells the days of S1 anew" in english and 'id="gone"' in english
    assert "重新出具" in chinese and "对账单中已消失的记录" in chinese
