"""Who is related to whom: reviewers write down what organisations share or declare, and see what follows."""

# budget: one desk: rows and two forms
from typing import Any

from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import generic

from scf.domain.errors import DomainError
from scf.kernel import clock

from . import forms, refusals, selectors
from .models import Organisation, Trait
from .payee_views import Guarded
from .services import relations

PAGE = 50


class RelatedList(Guarded, generic.View):
    """Organisations, what is known of each and to whom each is related. POST: one more fact."""

    permission_required = relations.PERMISSION

    def get(self, request: http.HttpRequest) -> http.HttpResponse:
        """The page."""
        return self._page(request)

    def post(self, request: http.HttpRequest) -> http.HttpResponse:
        """It is written down, or the form says what is wrong."""
        is_trait = request.POST.get("action") != "declare"
        form = forms.TraitWanted(request.POST) if is_trait else forms.AffiliationWanted(request.POST)
        if form.is_valid():
            write: Any = relations.add_trait if is_trait else relations.declare
            try:
                write(**form.cleaned_data, by=self.membership, at=clock.now())
                messages.success(request, _("Written down."))
                return shortcuts.redirect("parties:related-list")
            except DomainError as refusal:
                form.add_error(None, refusals.explain(refusal))
        return self._page(request, status=422, **{"trait_form" if is_trait else "declare_form": form}, wrong=form)

    def _page(self, request: http.HttpRequest, *, status: int = 200, **given: Any) -> http.HttpResponse:
        after = request.GET.get("after", "")
        rows = selectors.with_relations()
        found = list((rows.filter(pk__gt=int(after)) if after.isdecimal() else rows)[: PAGE + 1])
        context = {
            "rows": _related(found[:PAGE]), "next_after": found[PAGE - 1].pk if len(found) > PAGE else None,
            "trait_form": forms.TraitWanted(auto_id="trait-%s"),
            "declare_form": forms.AffiliationWanted(auto_id="declare-%s"), **given,
        }  # fmt: skip
        return shortcuts.render(request, "parties/related.html", context, status=status)


def _related(found: list[Organisation]) -> list[tuple[Organisation, list[tuple[Organisation, str]]]]:
    """Each organisation with those related to it and by what, in words."""
    words = {**dict(Trait.Kind.choices), "DECLARED": _("declared")}
    known = selectors.related([row.pk for row in found])
    others = Organisation.objects.in_bulk({other for related in known.values() for other in related})
    return [
        (row, [(others[pk], ", ".join(str(words[kind]) for kind in kinds)) for pk, kinds in known[row.pk].items()])
        for row in found
    ]
