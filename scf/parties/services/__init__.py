"""Making organisations and people known."""

from .people import (
    AliasTaken,
    NotConfirmed,
    UsccInvalid,
    add_alias,
    add_member,
    change_second_factor,
    confirm_person,
    register_organisation,
    totp_device,
)

__all__ = [
    "AliasTaken",
    "NotConfirmed",
    "UsccInvalid",
    "add_alias",
    "add_member",
    "change_second_factor",
    "confirm_person",
    "register_organisation",
    "totp_device",
]
