"""What every page of this app starts from."""

from abc import abstractmethod
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.forms import Form
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.parties import refusals
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


class EnterOne(Guarded, View):
    """POST: one row by hand, which waits for a second person; the page again, with the form, where it cannot stand."""

    form_class: type[Form]
    list_url: str

    @abstractmethod
    def propose(self, form: Any) -> str:
        """Write it down; what to say of it. Raises DomainError, with the field in its detail where one is wrong."""

    @abstractmethod
    def page(self, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The page around a form with errors or a refusal."""

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """It waits for a second person, or the form says what is wrong."""
        form = self.form_class(request.POST)
        if form.is_valid():
            try:
                messages.success(request, self.propose(form))
                return shortcuts.redirect(self.list_url)
            except DomainError as refusal:
                field = str(refusal.detail.get("field", ""))
                form.add_error(field if field in form.fields else None, refusals.explain(refusal))
        return self.page(form=form, status=422)


class DecideTwo(Guarded, View):
    """POST: confirm or refuse what colleagues entered; take back what one entered oneself."""

    list_url: str

    @abstractmethod
    def confirm(self, ids: list[int]) -> str:
        """Confirm these rows; what to say of it."""

    @abstractmethod
    def refuse(self, ids: list[int], note: str) -> None:
        """Take these rows off the list."""

    @abstractmethod
    def page(self, *, status: int = 200, **given: Any) -> http.HttpResponse:
        """The page around a refusal."""

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """Back to the page with what was done."""
        ids = chosen_ids(request)
        if not ids:
            messages.warning(request, _("Nothing is chosen. Tick what you have compared."))
            return shortcuts.redirect(self.list_url)
        try:
            if request.POST.get("action") in ("confirm", "confirm_all"):
                messages.success(request, self.confirm(ids))
            else:
                self.refuse(ids, request.POST.get("note", ""))
                messages.success(request, _("Taken off the list."))
        except DomainError as refusal:
            return self.page(refusal=refusals.explain(refusal), status=refusals.status_of(refusal))
        return shortcuts.redirect(self.list_url)
