"""What makes a pledge stand: the lender's waivers, the supplier's endorsement, and the files that keepers brought."""

# budget: who signs is proved, what they sign is kept, and what was brought is read
from abc import abstractmethod

from django import http, shortcuts
from django.contrib import messages
from django.forms import Form
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views import View

from scf.documents.services import read_file
from scf.domain.errors import DomainError
from scf.domain.perfection import Element
from scf.kernel import clock
from scf.parties import refusals
from scf.parties.services import confirm_person

from ..forms.security import Endorsement, TakingBack, Waiver
from ..models import Pledge
from ..selectors.security import pledges_visible_to
from ..services import perfecting
from .base import Guarded


class OfPledge(Guarded, View):
    """One pledge that the person sees; back to its case afterwards."""

    def pledge(self, number: str) -> Pledge:
        """The pledge; 404 where it is another's."""
        return shortcuts.get_object_or_404(pledges_visible_to(self.membership), reference=number)

    def back(self, number: str, form: Form | None = None, refusal: DomainError | None = None) -> http.HttpResponse:
        """To the case, with what was wrong where something was."""
        for errors in form.errors.values() if form is not None else ():
            messages.error(self.request, " ".join(map(str, errors)))
        if refusal is not None:
            messages.error(self.request, refusals.explain(refusal))
        return http.HttpResponseRedirect(f"{shortcuts.resolve_url('financing:case', number=number)}#stands")


class OnElement(OfPledge):
    """POST: the lender's checker says something of one element, by name and with a reason, on record."""

    permissions_any = ("collateral.decide",)
    form_class: type[Form]

    @abstractmethod
    def say(self, number: str, element: str, reason: str) -> str:
        """Write it down; what to tell the person. Raises DomainError."""

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """Back to the case with what was done."""
        self.pledge(number)
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.back(number, form)
        try:
            said = self.say(number, **form.cleaned_data)
        except DomainError as refusal:
            return self.back(number, refusal=refusal)
        name = perfecting.ELEMENT_NAMES[Element(form.cleaned_data["element"])]
        messages.success(request, said % {"element": name})
        return self.back(number)


class Waive(OnElement):
    """The lender goes without one element."""

    form_class = Waiver

    def say(self, number: str, element: str, reason: str) -> str:
        """A waiver."""
        perfecting.waive(reference=number, element=element, reason=reason, by=self.membership, at=clock.now())
        return _("You go without “%(element)s”. Your reason is on record.")


class TakeBack(OnElement):
    """Evidence of one element does not hold after all; the goods carry nothing until it is brought again."""

    form_class = TakingBack

    def say(self, number: str, element: str, reason: str) -> str:
        """It counts as missing."""
        perfecting.take_back(reference=number, element=element, reason=reason, by=self.membership, at=clock.now())
        return _("“%(element)s” counts as missing again; who brings it is told.")


class Endorse(OfPledge):
    """POST: the supplier's signatory endorses its warehouse receipts to the lender."""

    permissions_any = ("collateral.change",)

    def post(self, request: http.HttpRequest, number: str) -> http.HttpResponse:
        """The person proves who they are, then the endorsement is kept."""
        pledge = self.pledge(number)
        form = Endorsement(request.POST)
        if not form.is_valid():
            return self.back(number, form)
        try:
            confirm_person(self.membership.user, form.cleaned_data["proof"])
            perfecting.give(
                reference=number,
                element=Element.ENDORSED,
                by=self.membership,
                at=clock.now(),
                note=f"质押: {pledge.bank}",
            )
        except DomainError as refusal:
            return self.back(number, refusal=refusal)
        messages.success(request, _("The receipts are endorsed to %(bank)s as a pledge.") % {"bank": pledge.bank})
        return self.back(number)


class EvidenceFile(OfPledge):
    """The file that is evidence of an element."""

    permissions_any = ("financing.view",)

    def get(self, request: http.HttpRequest, number: str, pk: int) -> http.HttpResponse:
        """The bytes as they were brought."""
        row = shortcuts.get_object_or_404(self.pledge(number).evidence.select_related("file"), pk=pk)
        if row.file is None:
            raise http.Http404
        response = http.HttpResponse(read_file(row.file), content_type=row.file.media_type)
        response["Content-Disposition"] = content_disposition_header(True, row.file.name) or ""
        return response
