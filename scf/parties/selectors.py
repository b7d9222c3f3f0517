"""Reading organisations, accounts and people."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from scf.kernel import controls

from .models import Affiliation, BankAccount, Membership, Organisation, PartyAlias, PayeeChange, Trait


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


def payee_account(organisation: Organisation, currency: str, *, at: datetime) -> BankAccount | None:
    """The account into which loans to `organisation` are paid at an instant: the last one verified and cooled down."""
    accounts = organisation.bank_accounts.filter(purpose=BankAccount.Purpose.PAYEE, currency=currency)
    if controls.is_on("PAYEE_VERIFIED"):
        accounts = accounts.exclude(verified_at=None)
    if controls.is_on("PAYEE_COOLED_DOWN"):
        accounts = accounts.filter(Q(usable_from=None) | Q(usable_from__lte=at))
    return accounts.order_by(F("verified_at").desc(nulls_first=True), "-id").first()


def payees_to_verify() -> QuerySet[BankAccount]:
    """Accounts to be paid into that nobody has verified and no reviewer has written about, the oldest first."""
    open_changes = PayeeChange.objects.filter(account=OuterRef("pk"), state=PayeeChange.State.PROPOSED)
    rows = BankAccount.objects.filter(~Exists(open_changes), purpose=BankAccount.Purpose.PAYEE, verified_at=None)
    return rows.select_related("organisation", "entered_by__user").order_by("pk")


def payee_changes_open() -> QuerySet[PayeeChange]:
    """What one reviewer has written down and another one confirms."""
    rows = PayeeChange.objects.filter(state=PayeeChange.State.PROPOSED).order_by("pk")
    return rows.select_related("organisation", "account", "proposed_by")


def payee_accounts(organisation: Organisation) -> QuerySet[BankAccount]:
    """An organisation's accounts to be paid into, the last one first."""
    return organisation.bank_accounts.filter(purpose=BankAccount.Purpose.PAYEE).order_by("-pk")


def bank_account(organisation: Organisation, purpose: str, currency: str) -> BankAccount | None:
    """A lender's account of `purpose` in `currency`."""
    return organisation.bank_accounts.filter(purpose=purpose, currency=currency).order_by("id").first()


def members_with_role(organisation: Organisation, *roles: str) -> QuerySet[Membership]:
    """Active memberships of `organisation` in any of `roles`."""
    found = Membership.objects.filter(organisation=organisation, role__in=roles, is_active=True)
    return found.select_related("user", "organisation")


def related(organisation_ids: Iterable[int]) -> dict[int, dict[int, list[str]]]:
    """Who is related to each of these, and by what: {organisation: {other: ["PHONE", ...]}}. Two queries.

    What two share (Trait) counts as what they declare (Affiliation, "DECLARED"). One step only: whoever is
    related to a related one shares something with that one, not with this.
    """
    wanted = set(organisation_ids)
    found: dict[int, dict[int, list[str]]] = {pk: {} for pk in wanted}
    same = Trait.objects.filter(organisation__in=wanted, kind=OuterRef("kind"), value=OuterRef("value"))
    shared = Trait.objects.filter(Exists(same))
    holders: dict[tuple[str, str], set[int]] = {}
    for kind, value, pk in shared.order_by("kind", "id").values_list("kind", "value", "organisation"):
        holders.setdefault((kind, value), set()).add(pk)
    for (kind, _value), members in holders.items():
        for one in members & wanted:
            for other in members - {one}:
                found[one].setdefault(other, []).append(kind)
    for low, high in Affiliation.objects.filter(Q(low__in=wanted) | Q(high__in=wanted)).values_list("low", "high"):
        for one, other in ((low, high), (high, low)):
            if one in wanted:
                found[one].setdefault(other, []).append("DECLARED")
    return found


def with_relations() -> QuerySet[Organisation]:
    """Organisations of which something is written down that others may share, or declare, by key."""
    mine = Q(low=OuterRef("pk")) | Q(high=OuterRef("pk"))
    declared = Affiliation.objects.filter(mine)
    known = Organisation.objects.filter(Exists(Trait.objects.filter(organisation=OuterRef("pk"))) | Exists(declared))
    return known.prefetch_related("traits").order_by("pk")
