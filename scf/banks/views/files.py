"""Files between the platform and a lender's bank, carried by the lender's officers."""

from typing import Any

from django import http, shortcuts
from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.utils.http import content_disposition_header
from django.views import View

from scf.kernel import clock
from scf.parties import refusals
from scf.parties.models import Membership

from .. import selectors
from ..forms.files import FromTheBank
from ..models import Connection
from ..services import carrying, effects
from .file_words import told

PAGE, WAITING_SHOWN = 20, 50


class ForOfficers(PermissionRequiredMixin):
    """Makers and checkers of a lender, about that lender alone."""

    permission_required = "banks.carry_files"

    @property
    def membership(self) -> Membership:
        """Who acts."""
        found: Membership = self.request.membership  # type: ignore[attr-defined]
        return found


class FileList(ForOfficers, View):
    """What is to be taken to the bank, what was, and what the bank said. POST: bring what the bank said."""

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return self._page(request, FromTheBank(bank=self.membership.organisation))

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page again with what became of each file."""
        form = FromTheBank(request.POST, request.FILES, bank=self.membership.organisation)
        if not form.is_valid():
            return self._page(request, form, status=422)
        # One byte more than is taken tells a file that is too large without reading all of it.
        files = [(each.name or "", each.read(settings.UPLOAD_BYTES_MAX + 1)) for each in form.cleaned_data["brought"]]
        brought = carrying.bring(files=files, by=self.membership, at=clock.now(), account=form.cleaned_data["account"])
        is_any_bad = any(each.message is None or each.message.problem for each in brought)
        return self._page(
            request, FromTheBank(bank=self.membership.organisation), brought=brought, status=422 if is_any_bad else 200
        )

    def _page(
        self, request: http.HttpRequest, form: FromTheBank, *, brought: list[carrying.Brought] | None = None,
        status: int = 200,
    ) -> http.HttpResponse:  # fmt: skip
        files = selectors.files_by_hand(self.membership)
        taken, next_taken = _page_of(files.exclude(taken_at=None), request.GET.get("taken", ""))
        said, next_said = _page_of(selectors.messages_by_hand(self.membership), request.GET.get("said", ""))
        context: dict[str, Any] = {
            "form": form,
            "brought": [
                (each, told(each.message) if each.message else None,
                 refusals.explain(each.refusal) if each.refusal else "")
                for each in brought or ()
            ],
            "waiting": files.filter(taken_at=None).order_by("id")[:WAITING_SHOWN],
            "taken": taken, "next_taken": next_taken,
            "said": [(row, told(row)) for row in said], "next_said": next_said,
            "is_by_hand": Connection.objects.filter(
                bank=self.membership.organisation, gateway=effects.BY_HAND
            ).exists(),
            "megabytes_max": settings.UPLOAD_BYTES_MAX // 1024 // 1024,
        }  # fmt: skip
        return shortcuts.render(request, "banks/file_list.html", context, status=status)


class Take(ForOfficers, View):
    """POST: the file, to be carried to the bank; that it was taken is on record."""

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """The same bytes each time."""
        row = shortcuts.get_object_or_404(selectors.files_by_hand(self.membership), pk=pk)
        name, content = carrying.take(file=row, by=self.membership, at=clock.now())
        response = http.HttpResponse(content, content_type="application/xml")
        response["Content-Disposition"] = content_disposition_header(True, name) or ""
        return response


def _page_of(rows: Any, after: str) -> tuple[list[Any], int | None]:
    """A page of rows with falling ids behind `after`, and behind what the next one comes."""
    found = list((rows.filter(pk__lt=int(after)) if after.isdecimal() else rows)[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None
