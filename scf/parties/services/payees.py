"""A supplier's account to be paid into: verified by two people out of band, cooled down where it is a new one."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit, lifecycle, outbox, proposals

from .. import access, refusals
from ..models import BankAccount, Membership, PayeeChange

COOLING = timedelta(days=3)  # a thief wants the money today; the real payee hears of the change and objects
VERIFIES, ENTERS = "parties.payees", "parties.enter_payee"


class PayeeChangeRefused(DomainError):
    """Two reviewers of the platform verify an account, the first by a call to a number known from before."""

    code = "PAYEE_CHANGE_REFUSED"


class PayeeNotTaken(DomainError):
    """Only a supplier's signatory enters an account of its own, and one that is not known yet."""

    code = "PAYEE_NOT_TAKEN"


refusals.register(
    {
        "PAYEE_CHANGE_REFUSED": _(
            "An account is verified by a reviewer who calls the supplier on a number known from before and writes down "
            "whom, and then by a second reviewer. Do that first."
        ),
        "PAYEE_NOT_TAKEN": _(
            "This account cannot be entered: it is known here already, or it is not yours to enter. "
            "Compare the number, or ask the platform."
        ),
    }
)


@transaction.atomic
def enter(*, number: str, currency: str, bank_name: str, bic: str, by: Membership, at: datetime) -> BankAccount:
    """A supplier's signatory names an account to be paid into; nothing is paid before it is verified.

    Raises PayeeNotTaken.
    """
    if not access.may(by, ENTERS):
        raise PayeeNotTaken("a supplier's signatory enters it")
    try:
        with transaction.atomic():
            account = BankAccount.objects.create(
                organisation=by.organisation, purpose=BankAccount.Purpose.PAYEE, number="".join(number.split()).upper(),
                currency=currency, bank_name=bank_name.strip(), bic=bic.strip().upper(), entered_by=by,
            )  # fmt: skip
    except IntegrityError as error:
        raise PayeeNotTaken("this number is known already") from error
    audit.record(action="bankaccount.enter", subject=account, by=by, at=at, after=_facts_of(account))
    outbox.put(topic="parties.payee.entered", payload={"account_id": account.pk}, at=at)
    return account


@transaction.atomic
def propose(*, account_id: int, called: str, said: str, by: Membership, at: datetime) -> PayeeChange:
    """A first reviewer has called the supplier back. Raises PayeeChangeRefused."""
    account = BankAccount.objects.select_for_update().get(pk=account_id)
    is_payee = account.purpose == BankAccount.Purpose.PAYEE and account.verified_at is None
    is_open = account.changes.filter(state__in=[PayeeChange.State.PROPOSED, PayeeChange.State.CONFIRMED]).exists()
    if not access.may(by, VERIFIES) or not called.strip() or not is_payee or is_open:
        raise PayeeChangeRefused("a reviewer, a call, and an account that is not verified yet")
    change = PayeeChange.objects.create(
        organisation_id=account.organisation_id, account=account, asked_by_id=account.entered_by_id,
        called=called.strip()[:200], said=said.strip()[:300], proposed_by=by.user, proposed_at=at,
    )  # fmt: skip
    audit.record(action="payeechange.propose", subject=change, by=by, at=at, after={"account": account.number[-4:]})
    outbox.put(topic="parties.payee.proposed", payload={"account_id": account.pk}, at=at)
    return change


@transaction.atomic
def confirm(*, change_id: int, by: Membership, at: datetime) -> BankAccount:
    """A second reviewer agrees: the account may be used, after COOLING where another one was in use.

    Raises PayeeChangeRefused, TakesTwo, NotAllowedNow.
    """
    change = PayeeChange.objects.select_for_update(of=("self",)).select_related("account").get(pk=change_id)
    if not access.may(by, VERIFIES):
        raise PayeeChangeRefused("a reviewer confirms")
    if by.user_id == change.proposed_by_id:
        raise proposals.TakesTwo("somebody else confirms", what=str(change))
    lifecycle.fire(change, "confirm", by=by, at=at, facts=_facts_of(change.account), decided_by=by.user)
    account = change.account
    others = BankAccount.objects.filter(
        organisation_id=account.organisation_id, purpose=account.purpose, currency=account.currency
    )
    is_first = not others.exclude(verified_at=None).exists()
    account.verified_at = at
    account.usable_from = None if is_first else at + COOLING
    account.save(update_fields=["verified_at", "usable_from"])
    outbox.put(topic="parties.payee.verified", payload={"account_id": account.pk}, at=at)
    return account


@transaction.atomic
def refuse(*, change_id: int, note: str, by: Membership, at: datetime) -> None:
    """Refuse what a colleague wrote down, take back one's own; the account stays unverified.

    Raises PayeeChangeRefused, WhyNotMissing, NotAllowedNow.
    """
    if not access.may(by, VERIFIES):
        raise PayeeChangeRefused("a reviewer refuses")
    change = PayeeChange.objects.select_for_update(of=("self",)).select_related("account").get(pk=change_id)
    proposals.take_off([change], note=note, facts=lambda row: _facts_of(row.account), by=by, at=at)


def _facts_of(account: BankAccount) -> dict[str, str]:
    return {"account": account.number[-4:], "currency": account.currency}
