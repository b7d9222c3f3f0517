"""Loans by the million, as the product would have written them: by SQL, from one made by the product itself."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from .stage import Stage

DAY = date(2031, 6, 30)  # the day that is closed
NIGHT = datetime.combine(DAY + timedelta(days=1), time(4), tzinfo=UTC)
BANKS, PRODUCTS = 4, 5
# Of 1000 loans: 4 fall due on the morning after DAY, 3 turn late, 3 reach the next ageing bucket.
DUE, LATE, OLDER = 4, 3, 3

LOANS = """
INSERT INTO servicing_loan ({columns}) SELECT {values}
  FROM servicing_loan AS like_this, generate_series({first}, {last}) AS n WHERE like_this.id = {like}
"""
LOAN_VALUES = {
    "id": "n",
    "number": "'LN-20310501-' || lpad(n::text, 7, '0')",
    "reference": "'FA-20310501-' || lpad(n::text, 7, '0')",
    "thread": "'bench:' || n",
    "bank_id": "({first_bank} + n % {banks})",
    "product": "'P' || (n / {banks} % {products})",
    "principal_minor": "(1000000 + n % 997 * 100000)",
    "annual_rate": "(0.03 + n % 400 * 0.0001)",
    "drawdown_date": "(DATE '{day}' - 60 - (n % 30)::int)",
    "due_on": "(DATE '{day}' + 10 + (n % 100)::int)",
    "maturity_date": "(DATE '{day}' + CASE WHEN n % 1000 >= {marked} THEN 10 + (n % 100)::int "
    "WHEN n % 1000 < {due} THEN 1 WHEN n % 1000 < {due} + {late} THEN 0 ELSE -30 END)",
}
EVENTS = """
INSERT INTO servicing_loanevent ({columns}) SELECT {values}
  FROM servicing_loanevent AS like_this, servicing_loan AS loan
 WHERE like_this.loan_id = {like} AND loan.id BETWEEN {first} AND {last}
"""
EVENT_VALUES = {
    "id": "(loan.id + 10)", "loan_id": "loan.id", "amount_minor": "loan.principal_minor",
    "value_date": "loan.drawdown_date", "source": "'bench:' || loan.id",
}  # fmt: skip
BOOK = """JOIN ledger_book AS book
     ON (book.bank_id, book.product, book.currency) = (loan.bank_id, loan.product, loan.currency)"""
STANDINGS = """
INSERT INTO servicing_loanstanding
       (loan_id, book_id, as_of, next_mark, next_due, overdue_since, bucket, class_code, principal_minor,
        overdue_principal_minor, is_closed, is_settled)
SELECT loan.id, book.id, loan.drawdown_date,
       CASE WHEN maturity_date <= DATE '{day}' + 1 THEN DATE '{day}' + 1 ELSE maturity_date - 3 END,
       maturity_date, CASE WHEN maturity_date < DATE '{day}' THEN maturity_date END,
       CASE WHEN maturity_date < DATE '{day}' THEN '1-30' ELSE 'CURRENT' END,
       CASE WHEN maturity_date < DATE '{day}' THEN 'SPECIAL_MENTION' ELSE 'NORMAL' END,
       principal_minor, 0, false, false
  FROM servicing_loan AS loan {book} WHERE loan.id BETWEEN {first} AND {last}
"""
LINES = """
INSERT INTO servicing_accrualline
       (loan_id, number, book_id, due, settled_minor, numerator, balance_minor, rate_e8, year, since)
SELECT loan.id, 0, book.id, 'INTEREST', 0, 0, principal_minor, annual_rate * 100000000, 360, drawdown_date
  FROM servicing_loan AS loan {book} WHERE loan.id BETWEEN {first} AND {last}
"""


EMPTY = "bench_empty"


def fill(stage: Stage, database: str, size: int, *, is_quiet: bool = False) -> None:
    """Make `database` with so many loans in twenty books, closed up to the day before DAY.

    is_quiet  nothing happens to any loan on DAY or in the days behind it
    """
    if not stage.has(EMPTY):
        stage.create(EMPTY)
        with stage.django_on(EMPTY):
            _first_loan()
    stage.create(database, like=EMPTY)
    with stage.connect(database) as connection:
        like, first_bank = _first(connection, "servicing_loan"), _first(connection, "ledger_book", "bank_id")
        names = {
            "first": like + 1, "last": like + size, "like": like, "day": DAY, "first_bank": first_bank,
            "banks": BANKS, "products": PRODUCTS, "marked": 0 if is_quiet else DUE + LATE + OLDER, "due": DUE,
            "late": LATE, "book": BOOK,
        }  # fmt: skip
        connection.execute("SET session_replication_role = replica")  # the events' own trigger would number them anew
        _copy(connection, LOANS, LOAN_VALUES, "servicing_loan", names)
        _copy(connection, EVENTS, EVENT_VALUES, "servicing_loanevent", names)
        for statement in (STANDINGS, LINES):
            connection.execute(statement.format(**names))
        for table in ("servicing_loan", "servicing_loanevent"):
            connection.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
        connection.execute("VACUUM ANALYZE")
    with stage.django_on(database):
        _close_yesterday()


def _first(connection: psycopg.Connection, table: str, column: str = "id") -> int:
    row = connection.execute(f"SELECT min({column}) FROM {table}").fetchone()
    assert row is not None, "a sum of nothing is a row"
    return int(row[0])


def _copy(connection: psycopg.Connection, statement: str, values: dict[str, str], table: str, names: dict) -> None:
    """Insert rows like one that is there, other than it in `values`."""
    connection.execute(_like(connection, statement, values, table, names))


def _like(connection: psycopg.Connection, statement: str, values: dict[str, str], table: str, names: dict) -> str:
    """The statement that inserts rows like one that is there, other than it in `values`."""
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'", [table]
    ).fetchall()
    columns = [name for (name,) in found]
    chosen = [values[name].format(**names) if name in values else f'like_this."{name}"' for name in columns]
    quoted = ", ".join(f'"{name}"' for name in columns)
    return statement.format(columns=quoted, values=", ".join(chosen), **names)


def _first_loan() -> None:
    """Lenders with their books, and one loan with its drawdown, which all others are like."""
    from scf.ledger.models import Book
    from scf.servicing.models import Loan, LoanEvent

    banks = [_organisation(number, "BANK") for number in range(BANKS)]
    supplier, buyer = _organisation(BANKS, "SUPPLIER"), _organisation(BANKS + 1, "BUYER")
    Book.objects.bulk_create(
        Book(bank=bank, product=f"P{product}", currency="CNY") for bank in banks for product in range(PRODUCTS)
    )
    loan = Loan.objects.create(
        number="LN-0", reference="FA-0", thread="bench:0", bank=banks[0], supplier=supplier, buyer=buyer,
        product="NONE", currency="CNY", principal_minor=100_00, annual_rate=Decimal("0.04"),
        drawdown_date=DAY - timedelta(days=60), maturity_date=DAY + timedelta(days=60), due_on=DAY + timedelta(days=60),
        grace_days=3,
    )  # fmt: skip
    LoanEvent.objects.create(
        loan=loan, kind="DRAWDOWN", amount_minor=100_00, value_date=loan.drawdown_date, source="bench:0",
        recorded_at=NIGHT - timedelta(days=61),
    )  # fmt: skip


def _organisation(number: int, kind: str) -> Any:
    from stdnum.cn import uscc

    from scf.parties.services import register_organisation

    stem = f"91110000MADE{number:05d}"
    return register_organisation(
        kind=kind, uscc=stem + uscc.calc_check_digit(stem), code=f"bench-{number}", name=f"基准公司{number}",
        name_en=f"Bench {number}",
    )  # fmt: skip


def _close_yesterday() -> None:
    """Every book is closed up to the day before DAY, with what its lines give."""
    from django.db import connection

    from scf.ledger.models import Book
    from scf.servicing.models import ClosedDay
    from scf.servicing.selectors.accruals import RANKS, earned_of_books

    books = list(Book.objects.all())
    earned = earned_of_books(books, DAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM servicing_loanevent_id_seq")
        (last_event,) = cursor.fetchone()
    ClosedDay.objects.bulk_create(
        ClosedDay(
            book=book, day=DAY - timedelta(days=1), closed_at=NIGHT - timedelta(days=1),
            last_event=last_event, **{f"{due.value.lower()}_minor": earned[book.pk][due] for due in RANKS},
        )
        for book in books
    )  # fmt: skip
