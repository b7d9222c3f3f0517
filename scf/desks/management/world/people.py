"""Organisations, people, accounts and products of the demo world."""

from datetime import datetime
from typing import Any

from scf.banks.models import Connection
from scf.financing.models import Product
from scf.parties import services as parties
from scf.parties.models import BankAccount, Membership, Organisation, User
from scf.parties.services import payees

from ... import welcome
from . import lending


def make(spec: dict[str, Any], *, at: datetime, bank_url: str) -> None:
    """Everybody and everything that is there before the first trade."""
    for row in spec["organisations"]:
        _organisation(row, at=at, bank_url=bank_url)
    by_code = {organisation.code: organisation for organisation in Organisation.objects.all()}
    for row in spec["people"]:
        membership = parties.add_member(
            organisation=by_code[row["organisation"]], email=row["email"], name=row["name"], role=row["role"],
            password=welcome.PASSWORD, authority_minor=row["authority_minor"],
        )  # fmt: skip
        if row["language"] != "zh-hans":
            User.objects.filter(pk=membership.user_id).update(language=row["language"])
    verify_accounts(at=at)
    User.objects.filter(email="admin@demo.invalid").update(is_staff=True, is_superuser=True)
    for row in spec["products"]:
        Product.objects.create(**row)
    lending.make(spec, at=at)


def verify_accounts(*, at: datetime) -> None:
    """One reviewer has called each supplier about its account, another one confirms."""
    first, second = (
        Membership.objects.select_related("user", "organisation").get(user__email=f"{who}@demo.invalid")
        for who in ("reviewer", "reviewer2")
    )
    for account in BankAccount.objects.filter(purpose=BankAccount.Purpose.PAYEE).select_related("organisation"):
        change = payees.propose(
            account_id=account.pk, called=f"{account.organisation.name} 财务部，合同所载电话",
            said="户名、账号核对无误", by=first, at=at,
        )  # fmt: skip
        payees.confirm(change_id=change.pk, by=second, at=at)


def _organisation(row: dict[str, Any], *, at: datetime, bank_url: str) -> None:
    organisation = parties.register_organisation(
        code=row["code"], kind=row["kind"], name=row["name"], name_en=row["name_en"], uscc=row["uscc"],
        is_buyer=row.get("is_buyer", False),
    )  # fmt: skip
    Organisation.objects.filter(pk=organisation.pk).update(industry=row["industry"])
    for alias in row["aliases"]:
        parties.add_alias(organisation=organisation, value=alias, by=None, at=at)
    if row["kind"] == Organisation.Kind.PLATFORM:
        parties.add_alias(organisation=organisation, value="jd", scheme="API", by=None, at=at)
    if row["kind"] == Organisation.Kind.BANK:
        Connection.objects.create(bank=organisation, settings={"base_url": bank_url})
    for purpose in BankAccount.Purpose:
        for currency, number in row.get(purpose.value.lower(), {}).items():
            is_payee = purpose == BankAccount.Purpose.PAYEE
            BankAccount.objects.create(
                organisation=organisation, purpose=purpose, number=number, currency=currency,
                bank_name="虚构往来银行" if is_payee else row["name"], bic=row.get("bic", ""),
                verified_at=None if is_payee else at,
            )  # fmt: skip
