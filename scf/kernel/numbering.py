"""Numbers that people read out: a prefix, the day, a running number without gaps."""

from datetime import date

from django.db import connection


def next_number(*, prefix: str, on: date) -> str:
    """The next number of the day, such as FA-20261120-0007. Inside the caller's transaction."""
    series = f"{prefix}-{on:%Y%m%d}-"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_numberseries (prefix, last) VALUES (%s, 1) "
            "ON CONFLICT (prefix) DO UPDATE SET last = kernel_numberseries.last + 1 RETURNING last",
            [series],
        )
        return f"{series}{cursor.fetchone()[0]:04d}"
