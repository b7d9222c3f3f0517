"""Promises on servicing topics, and close of business. Load, call once, return."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from celery import shared_task

from scf.banks.gateways.base import NotOffered
from scf.banks.models import Payment
from scf.collateral.services import covering, register_news
from scf.kernel import clock, outbox
from scf.kernel.models import OutboxMessage
from scf.parties.models import BankAccount

from .services import (
    change_news,
    closing,
    closing_news,
    exports,
    loans,
    receiving,
    refunds,
    statements,
    suspense_news,
)


@shared_task
def close_of_business(**kwargs: object) -> int:
    """Close every day that is over and not closed; beat asks every few minutes. The number of days and books."""
    at = clock.now()
    today = clock.day_of(at)
    covering.close_day(on=today, at=at)
    register_news.tell_of_late(on=today, at=at)
    suspense_news.escalate(on=today, at=at)
    return sum(1 for _ in closing.close_of_business(until=today - timedelta(days=1), at=at))


@outbox.handles("banks.payment.paid")
def payment_paid(*, message_id: int, at: datetime, payment_id: int) -> None:
    """A lender has paid: where it was a surplus going back, book it."""
    refunds.record_refund(payment_id=payment_id, at=at)


@outbox.handles("banks.payment.returned")
def payment_returned(*, message_id: int, at: datetime, payment_id: int, on: str) -> None:
    """The payee's bank sent a loan back: nothing was lent. Or a surplus: it is owed again."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.kind == Payment.Kind.DISBURSEMENT:
        loans.take_back(payment=payment, on=date.fromisoformat(on), at=at)
    refunds.take_back(payment_id=payment_id, on=date.fromisoformat(on), at=at)


@outbox.handles("banks.payment.failed")
def payment_failed(*, message_id: int, at: datetime, payment_id: int) -> None:
    """A lender could not pay: where it was a surplus going back, a person sees to it."""
    refunds.record_failed(payment_id=payment_id, at=at)


@outbox.handles("servicing.refund.unpaid")
def refund_unpaid(*, message_id: int, at: datetime, payment_id: int) -> None:
    """A surplus is owed still, or again: the clerks are told."""
    suspense_news.tell_refund_unpaid(payment_id=payment_id, at=at, key=str(message_id))


@outbox.handles("banks.statement.taken")
def statement_taken(*, message_id: int, at: datetime, statement_id: int) -> None:
    """A statement came in without a person: each credit goes to its loan or to suspense."""
    receiving.take_statement(statement_id=statement_id, at=at)


@outbox.handles("banks.account.credited")
def account_credited(
    *, message_id: int, at: datetime, bank_id: int, account: str, on: str, expected: Sequence[Sequence[Any]] = ()
) -> None:
    """Money came into a lender's account: where repayments are collected on it, take its statement of that day.

    A lender that cannot be asked for it brings it among its messages.
    """
    row = BankAccount.objects.select_related("organisation").filter(
        organisation=bank_id, number=account, purpose=BankAccount.Purpose.COLLECTION
    ).first()  # fmt: skip
    if row is not None:
        with suppress(NotOffered):
            statements.fetch_credited(account=row, on=date.fromisoformat(on), expected=expected, at=at)


@outbox.handles("banks.statement.wanted")
def statement_wanted(*, message_id: int, at: datetime, account_id: int, **days: str) -> None:
    """A bank does not say what became of a payment: its statement of the account that pays may prove it."""
    row = BankAccount.objects.select_related("organisation").get(pk=account_id)
    first, last = date.fromisoformat(days["from"]), date.fromisoformat(days["to"])
    with suppress(NotOffered):
        statements.fetch_statement(account=row, from_date=first, to_date=last, by=None, at=at)


@outbox.handles("servicing.export.due")
def export_due(*, message_id: int, at: datetime, job_id: int) -> None:
    """Make the next slice of an export."""
    exports.work_on(job_id=job_id, at=at)


@outbox.handles("servicing.loan.due_soon")
@outbox.handles("servicing.loan.due")
@outbox.handles("servicing.loan.overdue")
@outbox.handles("servicing.loan.class_changed")
@outbox.handles("servicing.loan.rate_changed")
def tell_people(*, message_id: int, at: datetime, loan_id: int, **facts: str) -> None:
    """Tell people what the clock has brought."""
    topic = OutboxMessage.objects.values_list("topic", flat=True).get(pk=message_id)
    closing_news.tell(what=topic.rpartition(".")[2], loan_id=loan_id, facts=facts, at=at)


@outbox.handles("servicing.rate.missing")
def rate_missing(*, message_id: int, at: datetime, index: str, day: str) -> None:
    """A fixing had no value: those who keep the rates are told."""
    closing_news.tell_missing_rate(index=index, day=day, at=at)


@outbox.handles("servicing.change.proposed")
def change_proposed(*, message_id: int, at: datetime, change_id: int) -> None:
    """A maker has proposed a change of a loan: the checkers are told."""
    change_news.tell_checkers(change_id=change_id, at=at)


@outbox.handles("servicing.change.decided")
def change_decided(*, message_id: int, at: datetime, change_id: int) -> None:
    """A checker has decided: the maker is told, and the borrower what changed."""
    change_news.tell_decided(change_id=change_id, at=at)


@outbox.handles("servicing.loan.reopened")
def loan_reopened(*, message_id: int, at: datetime, loan_id: int, event_id: int) -> None:
    """A loan that was over runs again: its cover must be looked at."""
    change_news.tell_reopened(loan_id=loan_id, event_id=event_id, at=at)


@outbox.handles("servicing.month.closed")
def month_closed(*, message_id: int, at: datetime, book_id: int, day: str) -> None:
    """A book has closed a month: when all have, its statements are made."""
    closing_news.state_month(day=date.fromisoformat(day), at=at)


@outbox.handles("servicing.suspense.aged")
def suspense_aged(*, message_id: int, at: datetime, level: int, day: str, count: int, first_id: int) -> None:
    """Money has waited long: clerks are told, later administrators."""
    suspense_news.tell_aged(level=level, day=day, count=count, first_id=first_id, at=at)


@outbox.handles("servicing.payment.taken_by_bank")
def payment_taken_by_bank(*, message_id: int, at: datetime, incoming_id: int) -> None:
    """The bank took back money that stands on a loan: clerks take it off."""
    suspense_news.tell_taken_by_bank(incoming_id=incoming_id, at=at)
