"""A supplier's account to be paid into: verified by two people out of band, cooled down where it is a new one."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit, lifecycle
from scf.kernel.proposals import TakesTwo

from .. import access, refusals
from ..models import BankAccount, Membership, PayeeChange

COOLING = timedelta(days=3)  # a thief wants the money today; the real payee hears of the change and objects


class PayeeChangeRefused(DomainError):
    """Two reviewers of the platform verify an account, the first by a call to a number known from before."""

    code = "PAYEE_CHANGE_REFUSED"


refusals.register(
    {
        "PAYEE_CHANGE_REFUSED": _(
            "An account is verified by a reviewer who calls the supplier on a number known from before and writes down "
            "whom, and then by a second reviewer. Do that first."
        ),
    }
)


@transaction.atomic
def propose(*, account_id: int, called: str, said: str, by: Membership, at: datetime) -> PayeeChange:
    """A first reviewer has called the supplier back. Raises PayeeChangeRefused."""
    account = BankAccount.objects.select_for_update().get(pk=account_id)
    is_payee = account.purpose == BankAccount.Purpose.PAYEE and account.verified_at is None
    if not access.may(by, "financing.review") or not called.strip() or not is_payee:
        raise PayeeChangeRefused("a reviewer, a call, and an account that is not verified yet")
    change = PayeeChange.objects.create(
        organisation_id=account.organisation_id, account=account, called=called.strip()[:200], said=said.strip()[:300],
        proposed_by=by.user, proposed_at=at,
    )  # fmt: skip
    audit.record(action="payeechange.propose", subject=change, by=by, at=at, after={"account": account.number[-4:]})
    return change


@transaction.atomic
def confirm(*, change_id: int, by: Membership, at: datetime) -> BankAccount:
    """A second reviewer agrees: the account may be used, after COOLING where another one was in use.

    Raises PayeeChangeRefused, TakesTwo, NotAllowedNow.
    """
    change = PayeeChange.objects.select_for_update(of=("self",)).select_related("account").get(pk=change_id)
    if not access.may(by, "financing.review"):
        raise PayeeChangeRefused("a reviewer confirms")
    if by.user_id == change.proposed_by_id:
        raise TakesTwo("somebody else confirms")
    lifecycle.fire(change, "confirm", by=by, at=at, decided_by=by.user)
    account = change.account
    others = BankAccount.objects.filter(
        organisation_id=account.organisation_id, purpose=account.purpose, currency=account.currency
    )
    is_first = not others.exclude(verified_at=None).exists()
    account.verified_at = at
    account.usable_from = None if is_first else at + COOLING
    account.save(update_fields=["verified_at", "usable_from"])
    return account
