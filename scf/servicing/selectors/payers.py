"""Reading what is known of payers and which accounts stand for whom."""

import re

from django.db.models import QuerySet

from scf.banks.models import StatementEntry
from scf.parties.selectors import comparable

from ..models import PayerRule, VirtualAccount

Kind = PayerRule.Kind
DIGITS = re.compile(r"(?<!\d)\d{6,34}(?!\d)")


def marks_of(entry: StatementEntry) -> list[tuple[str, str]]:
    """By what a payer is known again: its account and its name, as they are compared."""
    account = "".join(entry.counterparty_account.split()).upper()
    name = comparable(entry.counterparty)
    return [(kind, mark) for kind, mark in ((Kind.ACCOUNT, account), (Kind.NAME, name)) if mark]


def last_of(rule: PayerRule) -> PayerRule:
    """The row that counts now on the same mark and supplier."""
    rows = PayerRule.objects.filter(bank=rule.bank_id, kind=rule.kind, mark=rule.mark, supplier=rule.supplier_id)
    return rows.select_related("supplier").latest("id")


def rules() -> QuerySet[PayerRule]:
    """Of each mark and supplier the row that counts, on or off, the latest first."""
    keys = ("bank_id", "kind", "mark", "supplier_id")
    last = PayerRule.objects.order_by(*keys, "-id").distinct(*keys).values("pk")
    return PayerRule.objects.filter(pk__in=last).select_related("bank", "supplier", "by__user").order_by("-id")


def learned_for(entry: StatementEntry) -> dict[int, dict[str, str]]:
    """Suppliers for which persons know the payer: supplier -> kind -> mark. One query."""
    found: dict[int, dict[str, str]] = {}
    marks = dict(marks_of(entry))
    keys = ("bank_id", "kind", "mark", "supplier_id")
    rows = PayerRule.objects.filter(bank=entry.statement.bank_id, mark__in=marks.values())
    for rule in rows.order_by(*keys, "-id").distinct(*keys):
        if rule.is_on and marks.get(rule.kind) == rule.mark:
            found.setdefault(rule.supplier_id, {})[rule.kind] = rule.mark
    return found


def accounts_named_by(entry: StatementEntry) -> list[VirtualAccount]:
    """Open virtual accounts of the lender whose numbers the movement shows; no query where it shows no number."""
    shown = set(DIGITS.findall(f"{entry.text} {entry.end_to_end_id} {entry.bank_reference}"))
    if not shown:
        return []
    rows = VirtualAccount.objects.filter(bank=entry.statement.bank_id, closed_at=None, number__in=shown)
    return list(rows.select_related("loan").order_by("id"))


def virtual_accounts() -> QuerySet[VirtualAccount]:
    """All of them, open ones first, the latest first."""
    return VirtualAccount.objects.select_related("bank", "supplier", "loan").order_by("-closed_at", "-id")
