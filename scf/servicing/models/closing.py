"""What close of business keeps. All but ClosedDay is a cache of the events: verify_books rebuilds and compares it."""

from typing import ClassVar

from django.db import models

from scf.domain.waterfall import Due

from .loans import Loan

DUES = [(due.value, due.value) for due in Due if due != Due.PRINCIPAL]


class LoanStanding(models.Model):
    """Where a loan stood at the start of `as_of`, and the day on which the clock alone changes that.

    next_mark   first day behind `as_of` on which something happens; null where nothing will
    next_due    due date of the first instalment that is not settled
    is_settled  the loan is closed and its lines are in the book's SettledTotal
    """

    lender_rows = "loan"

    loan = models.OneToOneField(Loan, models.PROTECT, primary_key=True, related_name="stored_standing")
    book = models.ForeignKey("ledger.Book", models.PROTECT, related_name="+", db_index=False)
    as_of = models.DateField()
    next_mark = models.DateField(null=True)
    next_due = models.DateField(null=True)
    overdue_since = models.DateField(null=True)
    bucket = models.CharField(max_length=10)
    class_code = models.CharField(max_length=20)
    principal_minor = models.BigIntegerField()
    overdue_principal_minor = models.BigIntegerField()
    is_closed = models.BooleanField(default=False)
    is_settled = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["book", "next_mark", "loan"], name="standing_by_mark"),
            models.Index(
                fields=["book"], condition=models.Q(is_closed=True, is_settled=False), name="standing_to_settle"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.bucket}"


class AccrualLine(models.Model):
    """How what a loan has earned goes on until its next mark; one row a rank and rate.

    Earned at the start of a day t is settled_minor + half-up of
    (numerator + balance_minor x rate_e8 x days from `since` to t) / (year x 10^8).

    year  360, 365 or 364; 0 where the days are not counted as they are, and the loan is computed from its events
    """

    lender_rows = "loan"

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()
    book = models.ForeignKey("ledger.Book", models.PROTECT, related_name="+", db_index=False)
    due = models.CharField(max_length=10, choices=DUES)
    settled_minor = models.BigIntegerField()
    numerator = models.DecimalField(max_digits=40, decimal_places=0)
    balance_minor = models.BigIntegerField()
    rate_e8 = models.BigIntegerField()
    year = models.PositiveSmallIntegerField()
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["loan", "number"], name="accrual_line_once")]
        indexes = [
            models.Index(fields=["book"], condition=models.Q(year=0), name="accrual_line_by_events"),
            models.Index(fields=["since"], name="accrual_line_by_since"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.due}"


class SettledLine(models.Model):
    """What a closed loan has earned in a rank; no longer summed every day, see SettledTotal."""

    lender_rows = "loan"

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="+", db_index=False)
    due = models.CharField(max_length=10, choices=DUES)
    minor = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["loan", "due"], name="settled_line_once")]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.due} {self.minor}"


class SettledTotal(models.Model):
    """The sum of a book's settled lines in a rank."""

    lender_rows = "book"

    book = models.ForeignKey("ledger.Book", models.PROTECT, related_name="+", db_index=False)
    due = models.CharField(max_length=10, choices=DUES)
    minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "due"], name="settled_total_once")]

    def __str__(self) -> str:
        return f"{self.book_id} {self.due} {self.minor}"


class ClosedDay(models.Model):
    """A book's business day that is over: its accrual is posted. Never changed.

    last_event  key of the last loan event that was known; those with a greater one came later
    *_minor     all that the book's loans have earned to the end of the day, each loan rounded for itself
    """

    lender_rows = "book"

    append_only: ClassVar[bool] = True

    book = models.ForeignKey("ledger.Book", models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    closed_at = models.DateTimeField()
    last_event = models.BigIntegerField()
    interest_minor = models.BigIntegerField()
    penalty_minor = models.BigIntegerField()
    compound_minor = models.BigIntegerField()
    costs_minor = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "day"], name="day_closed_once")]

    def __str__(self) -> str:
        return f"{self.book_id} {self.day}"

    def earned(self, due: Due) -> int:
        """Cumulative, in minor units."""
        return int(getattr(self, f"{due.value.lower()}_minor"))
