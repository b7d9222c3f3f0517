"""Reading organisations, accounts and people."""

from collections.abc import Iterable

from django.db.models import QuerySet

from .models import BankAccount, Membership, Organisation, PartyAlias


def comparable(value: str) -> str:
    """How names and identifiers are compared: trimmed, single spaces, lower case."""
    return " ".join(value.split()).casefold()


def organisation_by_code(code: str) -> Organisation:
    """The organisation with this code or USCC. Raises Organisation.DoesNotExist."""
    return Organisation.objects.get(code=code) if not code.isupper() else _by_uscc_or_code(code)


def _by_uscc_or_code(code: str) -> Organisation:
    found = Organisation.objects.filter(uscc=code).first()
    return found if found is not None else Organisation.objects.get(code__iexact=code)


def match_party(*, names: Iterable[str], identifiers: Iterable[str]) -> Organisation | None:
    """The organisation that a document means: by identifier first (USCC, alias), then by exact name."""
    wanted_ids = [comparable(i) for i in identifiers if i]
    for identifier in wanted_ids:
        found = Organisation.objects.filter(uscc__iexact=identifier).first()
        if found is None:
            alias = PartyAlias.objects.filter(value=identifier).exclude(scheme="NAME").first()
            found = alias.organisation if alias else None
        if found is not None:
            return found
    for name in (n for n in names if n):
        found = (
            Organisation.objects.filter(name__iexact=name.strip()).first()
            or Organisation.objects.filter(name_en__iexact=name.strip()).first()
        )
        if found is None:
            alias = PartyAlias.objects.filter(scheme="NAME", value=comparable(name)).first()
            found = alias.organisation if alias else None
        if found is not None:
            return found
    return None


def buyers() -> QuerySet[Organisation]:
    """Organisations that buy."""
    return Organisation.objects.filter(is_buyer=True, is_active=True)


def payee_account(organisation: Organisation, currency: str) -> BankAccount | None:
    """The verified account into which loans to `organisation` are paid."""
    accounts = organisation.bank_accounts.filter(purpose=BankAccount.Purpose.PAYEE, currency=currency)
    return accounts.exclude(verified_at=None).order_by("-verified_at").first()


def bank_account(organisation: Organisation, purpose: str, currency: str) -> BankAccount | None:
    """A lender's account of `purpose` in `currency`."""
    return organisation.bank_accounts.filter(purpose=purpose, currency=currency).order_by("id").first()


def members_with_role(organisation: Organisation, *roles: str) -> QuerySet[Membership]:
    """Active memberships of `organisation` in any of `roles`."""
    found = Membership.objects.filter(organisation=organisation, role__in=roles, is_active=True)
    return found.select_related("user", "organisation")
