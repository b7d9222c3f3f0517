"""The menu by role: at most seven entries, each a name, an icon and a URL name."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .access import may
from .models import Membership, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu."""

    label: str | Promise
    icon: str
    url: str
    is_current: bool


HOME = (_("Home"), "home", "desks:home")
CASES = (_("Cases"), "briefcase", "financing:case-list")
LOANS = (_("Loans"), "coins", "servicing:loan-list")
DOCUMENTS = (_("Documents"), "files", "orders:document-list")
APPLY = (_("Apply"), "circle-plus", "financing:apply")
QUEUE = (_("Queue"), "inbox", "financing:queue")
INVESTIGATIONS = (_("Payments to look into"), "search", "banks:investigation-list")
STATEMENTS = (_("Reconciliation"), "arrows-exchange", "servicing:reconciliation")
CHANGES = (_("Changes"), "pencil", "servicing:change-list")
REPORTS = (_("Reports"), "chart-bar", "servicing:report-list")
RATES = (_("Reference rates"), "chart-bar", "servicing:rate-list")
PRICES = (_("Market prices"), "chart-bar", "collateral:price-list")
CAPS = (_("Limits"), "settings", "collateral:cap-list")
ALIKE = (_("Papers alike"), "files", "collateral:match-list")
TO_CONFIRM = (_("Confirmations"), "clipboard-check", "orders:confirmation-list")
MARGIN = (_("Margin calls"), "scale", "collateral:margin-list")
STOCK = (_("Stock"), "building-warehouse", "collateral:stock-list")
SIGNERS = (_("Signers"), "shield-check", "orders:signer-list")
APPETITE = (_("What we lend on"), "scale", "banks:appetite-list")
AUTHORITY = (_("Who may decide"), "user-check", "banks:authority")
LICENCE = (_("Licence"), "shield-check", "banks:licence-list")
MESSAGES = (_("Messages"), "bell", "notifications:inbox")

BY_ROLE: dict[str, tuple[tuple[str | Promise, str, str], ...]] = {
    Role.APPLICANT: (HOME, APPLY, CASES, DOCUMENTS, LOANS, MARGIN, MESSAGES),
    Role.SIGNATORY: (HOME, APPLY, CASES, DOCUMENTS, LOANS, MARGIN, MESSAGES),
    Role.REVIEWER: (HOME, QUEUE, CASES, DOCUMENTS, ALIKE, PRICES, MESSAGES),
    Role.MAKER: (HOME, QUEUE, CASES, LOANS, CHANGES, REPORTS, MESSAGES),
    Role.CHECKER: (HOME, QUEUE, CASES, LOANS, CHANGES, REPORTS, MESSAGES),
    Role.CLERK: (HOME, LOANS, STATEMENTS, INVESTIGATIONS, REPORTS, CASES, DOCUMENTS, MESSAGES),
    Role.ADMINISTRATOR: (
        HOME, (_("Administration"), "settings", "admin:index"), SIGNERS, RATES, PRICES, CAPS, APPETITE,
        AUTHORITY, LICENCE, MESSAGES,
    ),
    Role.SIGNER: (HOME, TO_CONFIRM, STOCK, DOCUMENTS, MESSAGES),
}  # fmt: skip
# of entries that several kinds of organisations share, what each needs; what is left is at most seven
ONLY_WITH = {
    "collateral:stock-list": "collateral.keep", "admin:index": "parties.administer",
    "orders:signer-list": "parties.signers", "banks:appetite-list": "banks.see_appetite",
    "banks:authority": "banks.enter_authority",
    "banks:licence-list": "banks.enter_appetite",
}  # fmt: skip
ONLY_WITH_AS: dict[tuple[str, str], str] = {
    (Role.ADMINISTRATOR, "servicing:rate-list"): "servicing.rates",
    (Role.ADMINISTRATOR, "collateral:price-list"): "collateral.worth",
    (Role.ADMINISTRATOR, "collateral:cap-list"): "collateral.worth",
}


def menu(membership: Membership | None, path: str) -> list[Entry]:
    """The entries for the acting role; the current one is marked."""
    entries = []
    for label, icon, name in BY_ROLE.get(membership.role, ()) if membership else ():
        needed = ONLY_WITH.get(name) or ONLY_WITH_AS.get((membership.role, name)) if membership else None
        if needed is not None and not may(membership, needed):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        is_current = path == url if name == HOME[2] else path.startswith(url)
        entries.append(Entry(label, icon, url, is_current))
    return entries
