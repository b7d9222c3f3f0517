"""Making organisations and people known."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice
from stdnum.cn import uscc as uscc_format
from stdnum.exceptions import ValidationError

from scf.domain.errors import DomainError
from scf.kernel import audit

from .. import refusals
from ..models import Membership, Organisation, PartyAlias, User
from ..selectors import comparable


class UsccInvalid(DomainError):
    """The code is not a unified social credit code, or its check character is wrong."""

    code = "USCC_INVALID"


class AliasTaken(DomainError):
    """The name already stands for another organisation."""

    code = "ALIAS_TAKEN"


class NotConfirmed(DomainError):
    """Password or code is wrong: nothing is signed."""

    code = "NOT_CONFIRMED"


refusals.register(
    {
        "NOT_CONFIRMED": _("The password or code is wrong, so nothing was done. Try again."),
        "USCC_INVALID": _("%(uscc)s is not a valid unified social credit code. Compare it with the business licence."),
        "ALIAS_TAKEN": _("The name “%(value)s” already stands for another organisation. Ask the administrator."),
    }
)


@transaction.atomic
def register_organisation(
    *, code: str, kind: str, name: str, uscc: str, name_en: str = "", is_buyer: bool = False
) -> Organisation:
    """Add an organisation. Raises UsccInvalid (GB 32100-2015)."""
    try:
        uscc = uscc_format.validate(uscc)
    except ValidationError as error:
        raise UsccInvalid("not a unified social credit code", uscc=uscc) from error
    return Organisation.objects.create(code=code, kind=kind, name=name, name_en=name_en, uscc=uscc, is_buyer=is_buyer)


@transaction.atomic
def add_member(
    *, organisation: Organisation, email: str, name: str, role: str, password: str, authority_minor: int | None = None
) -> Membership:
    """Give a person (made if unknown) a role in `organisation`."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(email, password, name=name)
    membership, _made = Membership.objects.get_or_create(
        user=user, organisation=organisation, role=role, defaults={"authority_minor": authority_minor}
    )
    return membership


@transaction.atomic
def add_alias(
    *, organisation: Organisation, value: str, by: Membership | None, at: datetime, scheme: str = "NAME"
) -> PartyAlias:
    """Let documents call `organisation` by `value` too. Raises AliasTaken."""
    alias, is_new = PartyAlias.objects.get_or_create(
        scheme=scheme, value=comparable(value), defaults={"organisation": organisation}
    )
    if alias.organisation_id != organisation.pk:
        raise AliasTaken("this name stands for another organisation", value=value)
    if is_new:
        audit.record(action="organisation.alias", subject=organisation, by=by, at=at, after={"alias": value})
    return alias


def totp_device(user: User) -> TOTPDevice:
    """The person's authenticator: the confirmed one, or one that waits to be confirmed."""
    device = TOTPDevice.objects.filter(user=user).order_by("-confirmed", "id").first()
    return device or TOTPDevice.objects.create(user=user, name="authenticator", confirmed=False)


def confirm_person(user: User, proof: str) -> None:
    """Raise NotConfirmed unless `proof` is the current code of the person's authenticator, or the password.

    Where an authenticator is enrolled, only its code counts.
    """
    proof = proof.strip()
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    is_right = device.verify_token(proof) if device is not None and proof.isdigit() else False
    if device is None:
        is_right = user.check_password(proof)
    if not is_right:
        raise NotConfirmed("password or code is wrong")


def change_second_factor(*, user: User, proof: str) -> None:
    """Confirm a waiting authenticator by its code, or take an enrolled one away by a code of its own.

    No transaction around it: a wrong code stays counted, so that guessing is slowed down. Raises NotConfirmed.
    """
    device = totp_device(user)
    if not device.confirmed:
        if not (proof.isdigit() and device.verify_token(proof)):
            raise NotConfirmed("the code is wrong")
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        return
    confirm_person(user, proof)
    device.delete()
