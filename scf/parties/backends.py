"""Permissions come from the role in which the person acts, not from groups."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from . import access
from .models import Membership, User


class ActingBackend(ModelBackend):
    """Signs in by e-mail; answers has_perm from the acting membership."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """True where the acting role has `perm`; superusers keep Django's admin only."""
        if not user_obj.is_active:
            return False
        if isinstance(user_obj, User) and access.may(user_obj.acting, perm):
            return True
        return super().has_perm(user_obj, perm, obj)

    @staticmethod
    def memberships_of(user: User) -> list[Membership]:
        """The person's active memberships, in a stable order."""
        found = user.memberships.filter(is_active=True, organisation__is_active=True)
        return list(found.select_related("organisation").order_by("id"))
