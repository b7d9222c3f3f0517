"""A collection account at the end of a day: the bank's balance, ours, and each difference with its reason.

Ours is what lay there before the first statement, and what has come onto loans since, less surplus paid back that its
payee's bank has not sent back. Whatever else moved the bank's balance is a line with a code; what no line explains
stands as UNEXPLAINED.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from scf.banks.models import Payment, Statement, StatementEntry
from scf.domain.money import Money
from scf.kernel import audit
from scf.parties.models import BankAccount

from ..models import DayEndProof, IncomingPayment, LoanEvent
from .payments import with_waiting
from .refunds import instruction_named_by

State = IncomingPayment.State
Line = dict[str, object]


@dataclass(frozen=True, slots=True)
class DayEnd:
    """The figures; lines: [{code, minor, facts}] as they are kept."""

    account: BankAccount
    day: date
    closing: Money
    expected: Money
    lines: list[Line]

    @property
    def unexplained(self) -> Money:
        """What no line explains."""
        minor = sum(int(str(line["minor"])) for line in self.lines if line["code"] == "UNEXPLAINED")
        return Money(minor, self.closing.currency)


def day_end(account: BankAccount, day: date) -> DayEnd | None:
    """The proof of a day by what is known now; None where no statement with balances reaches back to it.

    A fixed number of queries.
    """
    rows = Statement.objects.filter(account=account, corrections=None, opening_minor__isnull=False, to_date__lte=day)
    chain = list(rows.exclude(closing_minor=None).exclude(from_date=None).order_by("from_date", "to_date", "id"))
    if not chain:
        return None
    gaps, last = _walk(chain)
    closing = last.closing_minor or 0
    entries = StatementEntry.objects.filter(account=account, booking_date__lte=day)
    on_loans = LoanEvent.objects.filter(incoming__entry__in=entries, reversed_by=None)
    refunds, back = _refunds(account, day)
    paid = sum(payment.amount_minor for payment in refunds) - sum(payment.amount_minor for payment in back)
    minor = (chain[0].opening_minor or 0) + (on_loans.aggregate(sum=Sum("amount_minor"))["sum"] or 0) - paid
    lines = [*gaps, *_credits(entries, day, back), *_debits(entries, refunds)]
    if last.to_date is not None and last.to_date < day:
        lines.append(_line("NO_STATEMENT", 0, last=last.to_date.isoformat()))
    rest = closing - minor - sum(int(str(line["minor"])) for line in lines)
    if rest:
        lines.append(_line("UNEXPLAINED", rest))
    return DayEnd(account, day, Money(closing, account.currency), Money(minor, account.currency), lines)


def proofs() -> QuerySet[DayEndProof]:
    """What was signed, the latest first."""
    rows = DayEndProof.objects.select_related("bank", "account", "file").prefetch_related("signatures__user")
    return rows.order_by("-id")


def _line(code: str, minor: int, **facts: str) -> Line:
    return {"code": code, "minor": minor, "facts": facts}


def _walk(chain: list[Statement]) -> tuple[list[Line], Statement]:
    """Where a statement does not open as the one before closed; and the one that closes the days."""
    gaps, last = [], chain[0]
    for row in chain[1:]:
        assert row.from_date is not None and last.to_date is not None and row.to_date is not None, "chosen so"
        if row.to_date <= last.to_date and row.from_date < last.to_date:
            continue  # a part of days that a longer statement tells
        gap = (row.opening_minor or 0) - (last.closing_minor or 0)
        if gap and row.from_date >= last.to_date:
            gaps.append(_line("MISSING_DAY", gap, after=last.to_date.isoformat(), before=row.from_date.isoformat()))
        last = row
    return gaps, last


def _refunds(account: BankAccount, day: date) -> tuple[list[Payment], list[Payment]]:
    """Surplus paid back by that day, and which of it had come back by then."""
    states = (Payment.State.PAID, Payment.State.RETURNED)
    paid = Payment.objects.filter(
        kind=Payment.Kind.REFUND, state__in=states, debtor_account=account, value_date__lte=day
    )  # fmt: skip
    refunds = list(paid.order_by("id"))
    reversals = LoanEvent.objects.filter(
        kind=LoanEvent.Kind.REVERSAL, reverses__kind=LoanEvent.Kind.REFUND, value_date__lte=day,
        reverses__source__in=[audit.subject_of(payment) for payment in refunds],
    )  # fmt: skip
    sources = set(reversals.values_list("reverses__source", flat=True))
    return refunds, [payment for payment in refunds if audit.subject_of(payment) in sources]


def _credits(entries: QuerySet[StatementEntry], day: date, back: list[Payment]) -> Iterator[Line]:
    """Credits that are not, or not wholly, on loans; those that the bank has taken away again; surplus that came back
    and that the bank does not show yet.
    """
    returned = {payment.end_to_end_id: payment for payment in back}
    for entry in entries.filter(amount_minor__gt=0, incoming=None, missing_from=None).order_by("id"):
        named = returned.pop(instruction_named_by(entry), None)
        rest = entry.amount_minor - (named.amount_minor if named else 0)
        if rest:
            yield _line("WRONG_AMOUNT" if named else "UNBOOKED", rest, **_facts(entry))
    for payment in returned.values():
        yield _line("RETURN_NOT_SHOWN", -payment.amount_minor, day=day.isoformat(), who=payment.end_to_end_id)
    rows = with_waiting(IncomingPayment.objects.filter(entry__in=entries)).select_related("entry", "returned_by")
    for row in rows.exclude(state=State.ALLOCATED, returned_by=None, entry__missing_from=None).order_by("id"):
        facts = _facts(row.entry)
        is_back = row.returned_by is not None and row.returned_by.booking_date <= day
        if row.state == State.RETURNED:
            if row.returned_by is not None and not is_back:
                yield _line("RETURNED_LATER", row.amount_minor, **facts)
            continue
        waiting = row.waiting_minor  # type: ignore[attr-defined]  # annotated
        if waiting and row.state in (State.SUSPENSE, State.SET_ASIDE):
            yield _line(row.state, waiting, **facts)
        if is_back:
            yield _line("TAKEN_BY_BANK", -row.amount_minor, **facts)
        elif row.entry.missing_from_id is not None:
            yield _line("GONE", -row.amount_minor, **facts)


def _debits(entries: QuerySet[StatementEntry], refunds: list[Payment]) -> Iterator[Line]:
    """Debits that are not a surplus which we know to be paid, and such surplus that the bank does not show yet."""
    by_id = {payment.end_to_end_id: payment for payment in refunds}
    for entry in entries.filter(amount_minor__lt=0, takes_back=None, missing_from=None).order_by("id"):
        payment = by_id.pop(instruction_named_by(entry), None)
        if payment is None:
            yield _line("UNKNOWN_DEBIT", entry.amount_minor, **_facts(entry))
        elif payment.amount_minor != -entry.amount_minor:
            yield _line("WRONG_AMOUNT", payment.amount_minor + entry.amount_minor, **_facts(entry))
    for payment in by_id.values():
        yield _line("REFUND_NOT_SHOWN", payment.amount_minor, day=str(payment.value_date), who=payment.end_to_end_id)


def _facts(entry: StatementEntry) -> dict[str, str]:
    who = entry.counterparty or entry.text[:60] or entry.bank_reference or "–"
    return {"day": entry.booking_date.isoformat(), "who": who}
