"""Bank statements for tests, written as a bank writes them."""

from datetime import UTC, date, datetime, time
from itertools import count

from django.test import Client
from django.urls import reverse

from scf.banks.gateways import iso20022
from scf.banks.gateways.base import Statement, StatementEntry
from scf.domain.money import Money
from scf.servicing.models import Loan
from scf.servicing.services import statements
from tests.factories import LendingWorld

_serial = count(1)


def noon(day: date) -> datetime:
    """Midday in Shanghai."""
    return datetime.combine(day, time(4), tzinfo=UTC)


def credit(
    amount: str, text: str, day: date, *, payer: str = "Somebody", currency: str = "CNY", **more
) -> StatementEntry:
    """Money that came in."""
    return StatementEntry(
        reference=more.pop("reference", f"REF{next(_serial):06d}"), amount_minor=Money.of(amount, currency).minor,
        currency=currency, booking_date=day, value_date=day, remittance=text, counterparty_name=payer, **more,
    )  # fmt: skip


def camt(world: LendingWorld, *entries: StatementEntry, wrong_by: int = 0, **more) -> bytes:
    """A camt.053 of the lender's collection account."""
    days = [entry.booking_date for entry in entries] or [date(2031, 3, 3)]
    opening = more.get("opening", 0)
    statement = Statement(
        account=more.get("account", world.collection.number), statement_id=more.get("id", f"ST{next(_serial):06d}"),
        currency=more.get("currency", "CNY"), from_date=min(days), to_date=max(days), opening_minor=opening,
        closing_minor=opening + sum(entry.amount_minor for entry in entries) + wrong_by, entries=entries,
        entries_count=len(entries),
    )  # fmt: skip
    return iso20022.write_statement(statement, message_id="M1", at=noon(max(days)))


def bring(world: LendingWorld, *entries: StatementEntry, on: date | None = None, **more) -> list[statements.Outcome]:
    """The clerk imports a statement with these movements."""
    day = on or max(entry.booking_date for entry in entries)
    content = camt(world, *entries, **more)
    return statements.import_statement(content=content, name="statement.xml", by=world.clerk, at=noon(day))


def repay(world: LendingWorld, loan: Loan, amount: str, day: date, **more) -> Loan:
    """Money with the loan's number; the loan as it is then."""
    on = more.pop("on", None)
    bring(world, credit(amount, f"还款{loan.number}", day, currency=loan.currency, **more), on=on)
    return Loan.objects.get(pk=loan.pk)


def browser(membership, language="en") -> Client:
    """A signed-in person."""
    client = Client(headers={"accept-language": language})
    client.force_login(membership.user, backend="scf.parties.backends.ActingBackend")
    return client


def get(membership, name, *args, **query):
    """A page of servicing as that person sees it."""
    return browser(membership).get(reverse(f"servicing:{name}", args=args), query)
