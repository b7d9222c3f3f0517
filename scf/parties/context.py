"""What the shell around every page needs to know."""

from typing import Any

from django import http
from django.conf import settings

from scf.kernel import clock

from . import navigation


def shell(request: http.HttpRequest) -> dict[str, Any]:
    """The acting membership, the others to switch to, the menu and the business date."""
    membership = getattr(request, "membership", None)
    return {
        "membership": membership,
        "memberships": getattr(request, "memberships", []),
        "menu": navigation.menu(membership, request.path),
        "is_demo": settings.DEMO,
        "business_date": clock.today() if membership else None,
    }
