"""What is known of payers by persons' decisions, and accounts that stand for a supplier or a loan."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.kernel import audit
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from ..models import IncomingPayment, Loan, PayerRule, VirtualAccount
from ..selectors import payers as selectors


class AccountTaken(DomainError):
    """The number stands for somebody already."""

    code = "VIRTUAL_ACCOUNT_TAKEN"


refusals.register(
    {
        "VIRTUAL_ACCOUNT_TAKEN": _("Account %(number)s stands for somebody already. Close that one first."),
    }
)


def learn(incoming: IncomingPayment, loans: Iterable[Loan], *, by: Membership, at: datetime) -> list[PayerRule]:
    """Keep that this payer paid for one supplier; not where it paid for several, nor what a person has switched off.

    In the caller's transaction.
    """
    suppliers = {loan.supplier_id for loan in loans}
    if len(suppliers) != 1:
        return []
    supplier = suppliers.pop()
    found = []
    for kind, mark in selectors.marks_of(incoming.entry):
        rows = PayerRule.objects.filter(bank=incoming.bank_id, kind=kind, mark=mark, supplier=supplier)
        last = rows.order_by("-id").first()
        if last is not None and (last.is_on or last.incoming_id is None):
            continue
        found.append(
            PayerRule.objects.create(
                bank_id=incoming.bank_id, kind=kind, mark=mark, supplier_id=supplier, is_on=True, incoming=incoming,
                by=by, at=at,
            )
        )  # fmt: skip
    return found


def unlearn(incoming: IncomingPayment, *, by: Membership, at: datetime) -> None:
    """A payment was taken back: what its allocation taught counts no more. In the caller's transaction."""
    for rule in PayerRule.objects.filter(incoming=incoming, is_on=True):
        if selectors.last_of(rule).pk == rule.pk:
            _switch(rule, is_on=False, by=by, at=at, incoming=incoming)


@transaction.atomic
def switch(*, rule_id: int, is_on: bool, by: Membership, at: datetime) -> PayerRule:
    """A person lets what was learned count, or not any more; a further row, the old ones stay."""
    rule = PayerRule.objects.get(pk=rule_id)
    last = selectors.last_of(rule)
    return last if last.is_on == is_on else _switch(last, is_on=is_on, by=by, at=at)


def _switch(
    rule: PayerRule, *, is_on: bool, by: Membership, at: datetime, incoming: IncomingPayment | None = None
) -> PayerRule:
    row = PayerRule.objects.create(
        bank_id=rule.bank_id, kind=rule.kind, mark=rule.mark, supplier_id=rule.supplier_id, is_on=is_on, by=by, at=at,
        incoming=incoming,
    )  # fmt: skip
    action = "payerrule.on" if is_on else "payerrule.off"
    facts = {"mark": rule.mark, "supplier": str(rule.supplier)}
    audit.record(action=action, subject=row, by=by, at=at, after=facts)
    return row


@transaction.atomic
def open_account(
    *, bank: Organisation, number: str, supplier: Organisation | None, loan: Loan | None, by: Membership, at: datetime
) -> VirtualAccount:
    """A sub-account number stands for a supplier or for a loan from now on. Raises AccountTaken."""
    try:
        with transaction.atomic():
            row = VirtualAccount.objects.create(
                bank=bank, number=number, supplier=supplier, loan=loan, opened_by=by, opened_at=at
            )
    except IntegrityError as error:
        raise AccountTaken("taken", number=number) from error
    facts = {"number": number, "for": loan.number if loan else str(supplier)}
    audit.record(action="virtualaccount.open", subject=row, by=by, at=at, after=facts)
    return row


@transaction.atomic
def close_account(*, account_id: int, by: Membership, at: datetime) -> VirtualAccount:
    """The number stands for nobody any more. Safe to repeat."""
    row = VirtualAccount.objects.select_for_update().get(pk=account_id)
    if row.closed_at is None:
        row.closed_by, row.closed_at = by, at
        row.save(update_fields=["closed_by", "closed_at"])
        audit.record(action="virtualaccount.close", subject=row, by=by, at=at, after={"number": row.number})
    return row
