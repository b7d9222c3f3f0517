"""Registered signers: one person of the platform proposes whom an organisation has authorised, another confirms."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.documents.models import StoredFile
from scf.domain.errors import DomainError
from scf.kernel import audit, proposals
from scf.notifications import services as notifications
from scf.orders.models import SignerRegistration
from scf.parties import access, refusals
from scf.parties.models import Membership, Organisation, Role, User
from scf.parties.services import add_member

PERMISSION = "parties.signers"
State = SignerRegistration.State


class SignerNotSound(DomainError):
    """This person cannot be registered as signer of this organisation."""

    code = "SIGNER_NOT_SOUND"


class NotYoursToRegister(DomainError):
    """Only the platform registers signers."""

    code = "NOT_YOURS_TO_REGISTER"


refusals.register(
    {
        "SIGNER_NOT_SOUND": gettext_lazy("This signer cannot be registered: %(why)s"),
        "NOT_YOURS_TO_REGISTER": gettext_lazy(
            "Only the platform's administrator or reviewer registers signers. Ask one of them."
        ),
    }
)
notifications.register(
    {
        "signer.proposed": gettext_lazy(
            "%(name)s is proposed as registered signer of %(organisation)s. Compare and confirm."
        ),
        "signer.registered": gettext_lazy(
            "You are a registered signer of %(organisation)s. If you have no password yet, choose one by the link."
        ),
    }
)  # fmt: skip


def speaks(organisation: Organisation) -> bool:
    """True for an organisation whose word counts on papers: a buyer or a keeper."""
    return organisation.is_buyer or organisation.kind in (Organisation.Kind.BUYER, Organisation.Kind.WAREHOUSE)


def _why_not(organisation: Organisation, email: str, by: Membership) -> str:
    """Why the person cannot be registered; empty where nothing stands against it."""
    if not speaks(organisation) or not organisation.is_active:
        return _("%(name)s is neither a buyer nor a keeper.") % {"name": organisation}
    if email == by.user.email:
        return _("nobody registers or confirms himself or herself. Ask a colleague.")
    at_supplier = Membership.objects.filter(
        user__email=email, is_active=True, organisation__kind=Organisation.Kind.SUPPLIER
    )
    if at_supplier.exists():
        return _("%(email)s works for a supplier, and a supplier's person never speaks for a buyer or keeper.") % {
            "email": email
        }
    elsewhere = Q(organisation__kind=Organisation.Kind.BANK) | Q(
        organisation__kind=Organisation.Kind.PLATFORM, role=Role.REVIEWER
    )
    if Membership.objects.filter(elsewhere, user__email=email, is_active=True).exists():
        return _(
            "%(email)s works for a lender or reviews for the platform, and who lends or decides on the goods never "
            "speaks for a buyer or keeper."
        ) % {"email": email}
    return ""


def _require(organisation: Organisation, email: str, by: Membership) -> None:
    if not access.may(by, PERMISSION):
        raise NotYoursToRegister("only the platform registers signers")
    why = _why_not(organisation, email, by)
    if why:
        raise SignerNotSound("not sound", why=why)


@transaction.atomic
def propose(
    *, organisation: Organisation, name: str, email: str, evidence: StoredFile, by: Membership, at: datetime
) -> SignerRegistration:
    """Enter who may speak for an organisation. Raises NotYoursToRegister, SignerNotSound.

    evidence  the organisation's letter of authority
    """
    email = email.strip().lower()
    _require(organisation, email, by)
    try:
        with transaction.atomic():
            row = SignerRegistration.objects.create(
                organisation=organisation, name=name.strip(), email=email, evidence=evidence, proposed_by=by.user,
                proposed_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        why = _("%(email)s is registered there already, or waits to be confirmed.") % {"email": email}
        raise SignerNotSound("there already", why=why) from error
    audit.record(action="signer.propose", subject=row, by=by, at=at, after=_facts(row))
    colleagues = Membership.objects.filter(
        role__in=[Role.ADMINISTRATOR, Role.REVIEWER], organisation__kind=Organisation.Kind.PLATFORM, is_active=True
    ).exclude(user=by.user)
    notifications.tell(
        to=colleagues, code="signer.proposed", facts={"name": row.name, "organisation": organisation.name},
        link=reverse("orders:signer-list"), dedupe_key=f"signer:{row.pk}", at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def confirm(*, registration_id: int, by: Membership, at: datetime) -> SignerRegistration:
    """A second person has compared the letter: the signer may speak from now on.

    Raises NotYoursToRegister, SignerNotSound, proposals.TakesTwo, lifecycle.NotAllowedNow.
    """
    row = _locked(registration_id)
    _require(row.organisation, row.email, by)
    proposals.confirm(row, facts=_facts, by=by, at=at)
    known = User.objects.filter(email=row.email).first() or User.objects.create_user(row.email, None, name=row.name)
    membership = add_member(
        organisation=row.organisation, email=row.email, name=row.name, role=Role.SIGNER, password=""
    )
    if not membership.is_active:  # revoked once, registered again
        membership.is_active = True
        membership.save(update_fields=["is_active"])
    row.membership = membership
    row.save(update_fields=["membership"])
    notifications.tell(
        to=[membership], code="signer.registered", facts={"organisation": row.organisation.name},
        link=reverse("desks:home" if known.has_usable_password() else "parties:password-reset"),
        dedupe_key=f"signer:{row.pk}", at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def refuse(*, registration_id: int, note: str, by: Membership, at: datetime) -> None:
    """Refuse what a colleague entered, take back one's own. Raises proposals.WhyNotMissing, lifecycle.NotAllowedNow."""
    if not access.may(by, PERMISSION):
        raise NotYoursToRegister("only the platform registers signers")
    proposals.take_off([_locked(registration_id)], note=note, facts=_facts, by=by, at=at)


@transaction.atomic
def revoke(*, registration_id: int, why: str, by: Membership, at: datetime) -> None:
    """End a signer's authority at once; one person suffices. Raises NotYoursToRegister, proposals.WhyNotMissing."""
    if not access.may(by, PERMISSION):
        raise NotYoursToRegister("only the platform registers signers")
    row = _locked(registration_id)
    if row.state != State.CONFIRMED or row.revoked_at is not None or row.membership_id is None:
        return
    if not why.strip():
        raise proposals.WhyNotMissing("a reason is needed")
    row.revoked_at, row.revoked_by, row.revoked_why = at, by.user, why.strip()[:200]
    row.save(update_fields=["revoked_at", "revoked_by", "revoked_why"])
    Membership.objects.filter(pk=row.membership_id).update(is_active=False)
    audit.record(action="signer.revoke", subject=row, by=by, at=at, after=_facts(row), note=why.strip())


def _locked(registration_id: int) -> SignerRegistration:
    rows = SignerRegistration.objects.select_for_update(of=("self",)).select_related("organisation", "membership")
    return rows.get(pk=registration_id)


def _facts(row: SignerRegistration) -> dict[str, str]:
    return {"organisation": row.organisation.name, "name": row.name, "email": row.email,
            "evidence": row.evidence.sha256}  # fmt: skip
