"""Saved columns: how an organisation's own sheets name our fields."""

from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import generic

from scf.domain.errors import DomainError
from scf.orders import selectors, services
from scf.orders.forms import files as forms
from scf.orders.services.mappings import headers_of
from scf.parties import refusals

from .base import Guarded


class MappingList(Guarded, generic.FormView):
    """The organisation's mappings; POST a sheet to make a new one."""

    permission_required = "orders.import"
    template_name = "orders/mapping_list.html"
    form_class = forms.MappingSheet

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is saved already."""
        return super().get_context_data(mappings=selectors.mappings_of(self.membership.organisation), **kwargs)

    def form_valid(self, form: forms.MappingSheet) -> http.HttpResponse:
        """Show the sheet's columns to choose from."""
        try:
            sheet = headers_of(form.cleaned_data["file"].read(), kind=form.cleaned_data["kind"])
        except DomainError as refusal:
            form.add_error("file", refusals.explain(refusal))
            return self.form_invalid(form)
        columns = forms.Columns(kind=form.cleaned_data["kind"], names=sheet.names, initial=sheet.found)
        context = self.get_context_data(form=form, columns=columns, preview=sheet.preview, names=sheet.names)
        return shortcuts.render(self.request, "orders/mapping_form.html", context)


class MappingSave(Guarded, generic.View):
    """POST: keep the chosen columns under a name."""

    permission_required = "orders.import"

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """Save, then back to the list; or the choice again with what is missing."""
        names = request.POST.getlist("names")[: forms.COLUMNS_MAX]
        form = forms.Columns(request.POST, kind=request.POST.get("kind", ""), names=names)
        if not form.is_valid():
            return shortcuts.render(request, "orders/mapping_form.html", {"columns": form, "names": names}, status=422)
        services.save_mapping(
            organisation=self.membership.organisation,
            name=form.cleaned_data["name"],
            kind=form.cleaned_data["kind"],
            mapping=form.mapping(),
        )
        messages.success(request, _("The columns are saved. Choose them at the next upload."))
        return shortcuts.redirect("orders:mapping-list")


class MappingDelete(Guarded, generic.View):
    """POST: forget a mapping."""

    permission_required = "orders.import"

    def post(self, request: http.HttpRequest, pk: int) -> http.HttpResponse:
        """Only one's own organisation's."""
        mine = selectors.mappings_of(self.membership.organisation)
        shortcuts.get_object_or_404(mine, pk=pk).delete()
        return shortcuts.redirect("orders:mapping-list")
