"""What each role may do, in one table. Whose row it is, selectors decide."""

from .models import Membership, Organisation, Role

SUPPLIER_ROLES = {Role.APPLICANT, Role.SIGNATORY}
BANK_ROLES = {Role.MAKER, Role.CHECKER}

PERMISSIONS: dict[str, set[str]] = {
    Role.APPLICANT: {
        "orders.view", "orders.import", "orders.ask", "financing.view", "financing.apply", "financing.answer",
        "servicing.view_own",
    },
    Role.SIGNATORY: {
        "orders.view", "orders.import", "orders.ask", "financing.view", "financing.apply", "financing.answer",
        "financing.accept", "servicing.view_own", "collateral.change", "parties.enter_payee",
    },
    Role.REVIEWER: {"orders.view", "orders.link", "orders.ask", "financing.view", "financing.review",
                    "financing.explain", "financing.repair_payment", "collateral.judge", "parties.signers",
                    "parties.payees", "parties.related", "banks.place"},
    Role.MAKER: {"banks.carry_files", "banks.see_appetite", "banks.see_authority",
                 "financing.view", "financing.make", "servicing.view_own", "servicing.propose"},
    Role.CHECKER: {"banks.carry_files", "banks.see_appetite", "banks.confirm_appetite", "banks.see_authority",
                   "banks.confirm_authority", "financing.assign",
                   "financing.view", "financing.check", "servicing.view_own", "servicing.decide", "collateral.decide"},
    Role.CLERK: {
        "orders.view", "financing.view", "servicing.view_own", "servicing.reconcile", "servicing.export",
        "financing.repair_payment", "servicing.rates", "collateral.worth",
    },
    Role.ADMINISTRATOR: {"parties.administer", "parties.signers", "servicing.rates", "collateral.worth",
                         "banks.see_appetite", "banks.enter_appetite", "banks.confirm_appetite",
                         "banks.see_authority", "banks.enter_authority", "banks.confirm_authority",
                         "banks.confirm_licence", "banks.place"},
    Role.SIGNER: {"orders.view", "orders.confirm", "collateral.keep"},
}  # fmt: skip

Kind = Organisation.Kind
# What only people of some kinds of organisation do: a role of that name elsewhere does not suffice.
ONLY_AT: dict[str, set[str]] = {
    "financing.apply": {Kind.SUPPLIER}, "financing.answer": {Kind.SUPPLIER}, "financing.accept": {Kind.SUPPLIER},
    "banks.see_authority": {Kind.BANK}, "banks.enter_authority": {Kind.BANK}, "banks.confirm_authority": {Kind.BANK},
    "financing.assign": {Kind.BANK}, "financing.explain": {Kind.PLATFORM},
    "financing.make": {Kind.BANK}, "financing.check": {Kind.BANK},
    "banks.see_appetite": {Kind.BANK}, "banks.enter_appetite": {Kind.BANK}, "banks.confirm_appetite": {Kind.BANK},
    "banks.confirm_licence": {Kind.PLATFORM}, "banks.place": {Kind.PLATFORM}, "banks.carry_files": {Kind.BANK},
    "collateral.change": {Kind.SUPPLIER}, "collateral.decide": {Kind.BANK},
    "servicing.propose": {Kind.BANK}, "servicing.decide": {Kind.BANK},
    "financing.review": {Kind.PLATFORM}, "financing.repair_payment": {Kind.PLATFORM},
    "orders.link": {Kind.PLATFORM}, "collateral.judge": {Kind.PLATFORM},
    "servicing.reconcile": {Kind.PLATFORM}, "parties.administer": {Kind.PLATFORM},
    "servicing.rates": {Kind.PLATFORM}, "collateral.worth": {Kind.PLATFORM},
    "parties.payees": {Kind.PLATFORM}, "parties.related": {Kind.PLATFORM}, "parties.enter_payee": {Kind.SUPPLIER},
    "orders.ask": {Kind.SUPPLIER, Kind.PLATFORM}, "parties.signers": {Kind.PLATFORM},
    "orders.confirm": {Kind.BUYER, Kind.WAREHOUSE, Kind.PLATFORM}, "collateral.keep": {Kind.WAREHOUSE},
}  # fmt: skip


def may(membership: Membership | None, permission: str) -> bool:
    """True where the acting role has `permission`, in an organisation of the kind that it belongs to."""
    if membership is None or permission not in PERMISSIONS.get(membership.role, set()):
        return False
    return permission not in ONLY_AT or membership.organisation.kind in ONLY_AT[permission]


def is_kind(membership: Membership | None, kind: str) -> bool:
    """True where the acting organisation is of `kind` (Organisation.Kind)."""
    return membership is not None and membership.organisation.kind == kind


def is_platform(membership: Membership | None) -> bool:
    """True for people of the platform, who see all cases; its signer speaks for it as a buyer, and is none of them."""
    return is_kind(membership, Organisation.Kind.PLATFORM) and not is_signer(membership)


def is_signer(membership: Membership | None) -> bool:
    """True for who speaks for a buyer or a keeper."""
    return membership is not None and membership.role == Role.SIGNER
