"""What every page of this app starts from."""

from django import http
from django.contrib.auth.mixins import PermissionRequiredMixin

from scf.parties.access import may
from scf.parties.models import Membership


class Guarded(PermissionRequiredMixin):
    """Lets in who has one of the permissions; knows for whom the person acts."""

    permissions_any: tuple[str, ...] = ()
    request: http.HttpRequest

    @property
    def membership(self) -> Membership:
        """The acting membership; present wherever a permission was granted."""
        membership: Membership = self.request.membership  # type: ignore[attr-defined]
        return membership

    def has_permission(self) -> bool:
        """True with any of the permissions."""
        acting: Membership | None = getattr(self.request, "membership", None)
        return any(may(acting, name) for name in self.permissions_any)


def chosen_ids(request: http.HttpRequest) -> list[int]:
    """The rows that were ticked; with "confirm_all" those that the page showed, and no other that came meanwhile."""
    name = "shown" if request.POST.get("action") == "confirm_all" else "ids"
    return [int(pk) for pk in request.POST.getlist(name) if pk.isdecimal()]
