"""The smallest valid rows for tests, made by the product's own services where it has some."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from stdnum.cn import uscc

from scf.banks.models import Appetite, Connection, Payment
from scf.documents.services import store_file
from scf.domain.money import Money
from scf.domain.schedule import Contract
from scf.kernel.models import OutboxMessage
from scf.orders.services import signers
from scf.parties.models import BankAccount, Membership, Organisation, Role
from scf.parties.services import add_member, payees, register_organisation
from scf.servicing.models import Loan
from scf.servicing.services import loans

NOON = datetime(2031, 3, 3, 4, tzinfo=UTC)
PASSWORD = "correct horse battery"

_serial = count(1)


def organisation(kind: str = Organisation.Kind.SUPPLIER, **fields) -> Organisation:
    """A registered organisation with an invented code."""
    serial = next(_serial)
    stem = f"91110000MADE{serial:05d}"
    given = {"code": f"org-{serial}", "name": f"虚构公司{serial}", "name_en": f"Invented {serial}", **fields}
    return register_organisation(kind=kind, uscc=stem + uscc.calc_check_digit(stem), **given)


def member(of: Organisation, role: str, **fields) -> Membership:
    """A person in a role; a signer is registered as two people of a platform do it."""
    serial = next(_serial)
    given = {"email": f"person{serial}@example.org", "name": f"Person {serial}", "password": PASSWORD, **fields}
    if role == Role.SIGNER:
        return _signer(of, **given)
    return add_member(organisation=of, role=role, **given)


def _signer(of: Organisation, *, email: str, name: str, password: str) -> Membership:
    platform = Organisation.objects.filter(kind=Organisation.Kind.PLATFORM).first()
    platform = platform or organisation(Organisation.Kind.PLATFORM)
    first, second = (member(platform, Role.REVIEWER) for _person in range(2))
    letter = store_file(
        content=b"%PDF-1.4 letter", name="letter.pdf", media_type="application/pdf", owner=of, by=first, at=NOON
    )
    row = signers.propose(organisation=of, name=name, email=email, evidence=letter, by=first, at=NOON)
    registered = signers.confirm(registration_id=row.pk, by=second, at=NOON).membership
    registered.user.set_password(password)
    registered.user.save(update_fields=["password"])
    return registered


def account(
    of: Organisation, purpose: str, *, currency: str = "CNY", is_verified: bool = True, number: str = ""
) -> BankAccount:
    """A bank account of the organisation; one to be paid into is verified as two reviewers do it."""
    is_payee = purpose == BankAccount.Purpose.PAYEE
    made = BankAccount.objects.create(
        organisation=of, purpose=purpose, number=number or f"6200{next(_serial):012d}", currency=currency,
        bank_name="Invented bank", verified_at=NOON if is_verified and not is_payee else None,
    )  # fmt: skip
    if not (is_payee and is_verified):
        return made
    first, second = reviewers()
    change = payees.propose(account_id=made.pk, called="Ms Li, 010-1", said="yes", by=first, at=NOON)
    verified = payees.confirm(change_id=change.pk, by=second, at=NOON)
    OutboxMessage.objects.filter(topic__startswith="parties.payee").delete()  # a test's own news begin after its world
    return verified


def reviewers() -> tuple[Membership, Membership]:
    """Two reviewers of the platform, made where there are fewer."""
    platform = Organisation.objects.filter(kind=Organisation.Kind.PLATFORM).first()
    platform = platform or organisation(Organisation.Kind.PLATFORM)
    known = list(Membership.objects.filter(organisation=platform, role=Role.REVIEWER).order_by("pk")[:2])
    first, second = [*known, *(member(platform, Role.REVIEWER) for _missing in range(2 - len(known)))]
    return first, second


def appetite(bank: Organisation, **terms: Any) -> Appetite:
    """A confirmed version of what the lender wants: anything up to 10,000,000, but for `terms`."""
    administrator, officer = member(bank, Role.ADMINISTRATOR), member(bank, Role.CHECKER)
    given = {"amount_min_minor": 1, "amount_max_minor": 10_000_000_00, "valid_from": date(2020, 1, 1), **terms}
    return Appetite.objects.create(
        bank=bank, state=Appetite.State.CONFIRMED, proposed_by=administrator.user, proposed_at=NOON,
        decided_by=officer.user, decided_at=NOON, **given,
    )  # fmt: skip


class LendingWorld:
    """A lender with its accounts and line, a supplier, a buyer, the platform's clerk, and loans between them."""

    def __init__(self) -> None:
        self.platform = organisation(Organisation.Kind.PLATFORM)
        self.bank = organisation(Organisation.Kind.BANK)
        self.supplier = organisation()
        self.buyer = organisation(Organisation.Kind.BUYER, is_buyer=True)
        self.clerk = member(self.platform, Role.CLERK)
        self.reviewer = member(self.platform, Role.REVIEWER)
        self.maker = member(self.bank, Role.MAKER)
        self.checker = member(self.bank, Role.CHECKER)
        self.applicant = member(self.supplier, Role.APPLICANT)
        self.lending = account(self.bank, BankAccount.Purpose.LENDING)
        self.collection = account(self.bank, BankAccount.Purpose.COLLECTION)
        self.payee = account(self.supplier, BankAccount.Purpose.PAYEE)
        Connection.objects.create(bank=self.bank, settings={"base_url": "http://127.0.0.1:9"})

    def loan(
        self, *, amount: str = "1000000.00", rate: str = "0.0435", drawn: date = date(2031, 3, 3), days: int = 90,
        grace_days: int = 3, supplier: Organisation | None = None, currency: str = "CNY", **terms: Any,
    ) -> Loan:  # fmt: skip
        """A loan that the lender has paid out."""
        borrower = supplier or self.supplier
        money = Money.of(amount, currency)
        contract = Contract(
            money,
            Decimal(rate),
            "ACT/360",
            drawn,
            date.fromordinal(drawn.toordinal() + days),
            Decimal("1.5"),
            grace_days,
            **terms,
        )
        payment = Payment.objects.create(
            end_to_end_id=f"PO-{next(_serial):08d}", kind=Payment.Kind.DISBURSEMENT, bank=self.bank,
            reference=f"FA-{drawn:%Y%m%d}-{next(_serial):04d}", thread=f"test:{next(_serial)}",
            debtor_account=self.lending, creditor_account=self.payee, amount_minor=money.minor, currency=currency,
            execution_date=drawn, created_at=NOON,
        )  # fmt: skip
        return loans.open_loan(
            payment=payment,
            supplier=borrower,
            buyer=self.buyer,
            product="RECEIPT",
            contract=contract,
            at=NOON,
        )
