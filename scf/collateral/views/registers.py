"""What registers found, refused or have not answered, for the platform's reviewers."""

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import View

from scf.domain.errors import DomainError
from scf.kernel import clock
from scf.parties import refusals

from ..forms.judgements import Reason
from ..selectors import registers as selectors
from ..services import registers
from .base import Guarded


class RegisterList(Guarded, View):
    """Matches that a person must look at, then what is open, then everything."""

    permissions_any = ("collateral.judge",)

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page; `?after=` goes on behind a row."""
        return self._page(request)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """Other goods, says the reviewer."""
        form = Reason(request.POST)
        asked = request.POST.get("id", "")
        if request.POST.get("action") == "again":
            return self._ask_again(request, asked)
        if not form.is_valid() or not (asked.isascii() and asked.isdecimal() and len(asked) < 19):
            return self._page(request, _("Say in a few words what you compared."), status=422)
        if not selectors.found_by_registers().filter(pk=int(asked)).exists():
            raise http.Http404
        try:
            registers.dismiss_match(
                request_id=int(asked), reason=form.cleaned_data["reason"], by=self.membership, at=clock.now()
            )
        except DomainError as refusal:
            return self._page(request, refusals.explain(refusal), status=refusals.status_of(refusal))
        messages.success(request, _("Your judgement is on record."))
        return shortcuts.redirect("collateral:register-list")

    def _ask_again(self, request: http.HttpRequest, asked: str) -> http.HttpResponse:
        found = selectors.refused().filter(pk=int(asked)) if asked.isascii() and asked.isdecimal() else None
        if found is None or len(asked) > 18 or not found.exists():
            return self._page(request, _("This was asked again already. Reload the page."), status=422)
        try:
            registers.repeat(request_id=int(asked), by=self.membership, at=clock.now())
        except DomainError as refusal:
            return self._page(request, refusals.explain(refusal), status=refusals.status_of(refusal))
        messages.success(request, _("The register is asked again."))
        return shortcuts.redirect("collateral:register-list")

    def _page(self, request: http.HttpRequest, refusal: str = "", status: int = 200) -> http.HttpResponse:
        today = clock.today()
        rows, next_after = selectors.listed(after=request.GET.get("after", ""))
        context = {
            "found": list(selectors.found_by_registers()[:100]), "rows": rows, "next_after": next_after,
            "late": list(selectors.overdue_cancellations(today)[:100]), "refusal": refusal,
            "refused": list(selectors.refused()[:100]),
        }  # fmt: skip
        return shortcuts.render(request, "collateral/register_list.html", context, status=status)
