"""Reading money that came in: which loan it means, what waits, what is owed back."""

import re
import unicodedata

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from scf.banks.models import StatementEntry
from scf.domain.money import Money
from scf.parties.access import is_platform, may
from scf.parties.models import BankAccount, Membership
from scf.parties.selectors import comparable

from ..models import IncomingPayment, Loan, VirtualAccount
from .loans import Standing, standings
from .payers import accounts_named_by

# Banks drop or change the dashes, and Chinese words stand close to the number.
NUMBER = re.compile(r"(?<![A-Z0-9])(LN|FA)[-\u2010-\u2015 ]?(\d{8})[-\u2010-\u2015 ]?(\d{4,})(?!\d)")
ACCOUNT_LOANS_MAX = 40


def numbers_in(entry: StatementEntry) -> set[str]:
    """Loan and case numbers that a movement names, however they are written."""
    text = unicodedata.normalize("NFKC", f"{entry.text} {entry.end_to_end_id}").upper()
    return {"-".join(found) for found in NUMBER.findall(text)}


def loan_meant_by(entry: StatementEntry) -> tuple[Loan | None, str]:
    """The loan that the payment itself names, by number or by an account that stands for it; or why none can be told.

    Reasons: NO_REFERENCE, SEVERAL_LOANS, NO_SUCH_LOAN, CURRENCY, ACCOUNT_SEVERAL, ACCOUNT_DISAGREES.
    """
    numbers = numbers_in(entry)
    accounts = accounts_named_by(entry)
    if not numbers:
        return _loan_of_account(entry, accounts) if accounts else (None, "NO_REFERENCE")
    loans = Loan.objects.filter(bank=entry.statement.bank)
    found = list(loans.filter(number__in=numbers) | loans.filter(reference__in=numbers))
    if len(found) > 1:
        return None, "SEVERAL_LOANS"
    if not found:
        return None, "NO_SUCH_LOAN"
    loan = found[0]
    if any(loan.pk != row.loan_id and loan.supplier_id != row.supplier_id for row in accounts):
        return None, "ACCOUNT_DISAGREES"
    return (loan, "") if loan.currency == entry.currency else (None, "CURRENCY")


def _loan_of_account(entry: StatementEntry, accounts: list[VirtualAccount]) -> tuple[Loan | None, str]:
    """The one running loan of the account's, or the one of them that asks for exactly this amount."""
    if len(accounts) > 1:
        return None, "ACCOUNT_SEVERAL"
    account = accounts[0]
    loans = Loan.objects.filter(bank=account.bank_id).exclude(state=Loan.State.CLOSED)
    loans = loans.filter(pk=account.loan_id) if account.loan_id else loans.filter(supplier=account.supplier_id)
    fitting = loans.filter(currency=entry.currency, drawdown_date__lte=entry.value_date).order_by("due_on", "id")
    found = list(fitting[: ACCOUNT_LOANS_MAX + 1])
    if len(found) == 1:
        return found[0], ""
    if not found:
        return None, "CURRENCY" if loans.exists() else "NO_SUCH_LOAN"
    exact = [
        stand.loan for stand in standings(fitting[:ACCOUNT_LOANS_MAX], entry.value_date) if _asks_for(stand, entry)
    ]
    return (exact[0], "") if len(exact) == 1 and len(found) <= ACCOUNT_LOANS_MAX else (None, "ACCOUNT_SEVERAL")


def _asks_for(stand: Standing, entry: StatementEntry) -> bool:
    dues = {row.outstanding.minor for row in stand.now.rows}
    return entry.amount_minor in dues | {stand.now.payoff.minor}


def taken_back_by(entry: StatementEntry) -> IncomingPayment | None:
    """The one earlier credit that a debit takes back: the same amount, and the bank says it is that; None if unsure."""
    marks = Q()
    for name in ("end_to_end_id", "bank_reference"):
        if value := getattr(entry, name):
            marks |= Q(**{f"entry__{name}": value})
    if entry.is_reversal and entry.counterparty:
        marks |= Q(entry__counterparty=entry.counterparty)
    if not marks or IncomingPayment.objects.filter(returned_by=entry).exists():
        return None
    rows = IncomingPayment.objects.filter(
        marks, entry__account=entry.account_id, amount_minor=-entry.amount_minor, currency=entry.currency,
        entry__booking_date__lte=entry.booking_date, returned_by=None,
    )  # fmt: skip
    found = list(rows.exclude(state=IncomingPayment.State.RETURNED)[:2])
    return found[0] if len(found) == 1 else None


def waiting_of(incoming: IncomingPayment) -> Money:
    """What of a payment is on no loan."""
    on_loans = incoming.parts.filter(reversed_by=None).aggregate(minor=Sum("amount_minor"))["minor"] or 0
    return Money(incoming.amount_minor - on_loans, incoming.currency)


def with_waiting(rows: QuerySet[IncomingPayment]) -> QuerySet[IncomingPayment]:
    """The payments with `waiting_minor`: what of each is on no loan."""
    on_loans = Coalesce(Sum("parts__amount_minor", filter=Q(parts__reversed_by=None)), 0)
    return rows.annotate(waiting_minor=F("amount_minor") - on_loans)


def payer_of(loan: Loan, counterparty: str) -> str:
    """BUYER, SUPPLIER or OTHER, by the name on the statement."""
    name = comparable(counterparty)
    for organisation, role in ((loan.buyer, "BUYER"), (loan.supplier, "SUPPLIER")):
        if (
            organisation is not None
            and name
            and name in {comparable(organisation.name), comparable(organisation.name_en)}
        ):
            return role
    return "OTHER"


def incoming_visible_to(membership: Membership | None) -> QuerySet[IncomingPayment]:
    """Money that came in: for the platform's finance staff only."""
    found = IncomingPayment.objects.select_related("entry__statement", "bank")
    if not may(membership, "servicing.reconcile") or not is_platform(membership):
        return found.none()
    return found


def statement_accounts() -> QuerySet[BankAccount]:
    """Accounts whose statements can be fetched: lenders' own, to collect on and to pay from, behind an active line."""
    purposes = [BankAccount.Purpose.COLLECTION, BankAccount.Purpose.LENDING]
    found = BankAccount.objects.filter(
        purpose__in=purposes, organisation__is_active=True, organisation__connection__is_active=True
    )
    return found.select_related("organisation").order_by("organisation__code", "currency", "purpose", "id")
