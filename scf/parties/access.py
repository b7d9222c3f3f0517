"""What each role may do, in one table. Whose row it is, selectors decide."""

from .models import Membership, Organisation, Role

SUPPLIER_ROLES = {Role.APPLICANT, Role.SIGNATORY}
BANK_ROLES = {Role.MAKER, Role.CHECKER}

PERMISSIONS: dict[str, set[str]] = {
    Role.APPLICANT: {
        "orders.view", "orders.import", "financing.view", "financing.apply", "financing.answer", "servicing.view_own",
    },
    Role.SIGNATORY: {
        "orders.view", "orders.import", "financing.view", "financing.apply", "financing.answer", "financing.accept",
        "servicing.view_own",
    },
    Role.REVIEWER: {"orders.view", "orders.link", "financing.view", "financing.review", "financing.repair_payment"},
    Role.MAKER: {"financing.view", "financing.make", "servicing.view_own"},
    Role.CHECKER: {"financing.view", "financing.check", "servicing.view_own"},
    Role.CLERK: {
        "orders.view", "financing.view", "servicing.view_own", "servicing.reconcile", "servicing.export",
        "financing.repair_payment",
    },
    Role.ADMINISTRATOR: {"parties.administer"},
}  # fmt: skip


def may(membership: Membership | None, permission: str) -> bool:
    """True where the acting role has `permission`."""
    return membership is not None and permission in PERMISSIONS.get(membership.role, set())


def is_kind(membership: Membership | None, kind: str) -> bool:
    """True where the acting organisation is of `kind` (Organisation.Kind)."""
    return membership is not None and membership.organisation.kind == kind


def is_platform(membership: Membership | None) -> bool:
    """True for people of the platform, who see all cases."""
    return is_kind(membership, Organisation.Kind.PLATFORM)
