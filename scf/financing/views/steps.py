"""One view a step of the walks: show what the decision needs, make one call, go on. Lenders' steps: `lender_steps`."""

# budget: orchestration: one view a step, side by side as in the flow
from typing import Any

from django import forms as django_forms
from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import generic

from scf.domain.errors import DomainError
from scf.domain.sealing import Opened
from scf.kernel import clock
from scf.parties import refusals

from .. import forms, selectors
from ..models import Application, BankCase
from ..services import applying, choosing, paying, quoting, reviewing
from .facts import case_context
from .liquidation import pays_off
from .security import awaited

WORKING = ("OPEN", "MAKER", "CHECKER", "SENT_BACK")


class Step(generic.FormView):
    """What all steps share: the case around the form, a refusal as a form error, the way back to the case."""

    def dispatch(self, request: http.HttpRequest, *args: Any, **kwargs: Any) -> http.HttpResponseBase:
        """Load the case that the step belongs to."""
        self.activation = request.activation  # type: ignore[attr-defined]
        self.process = self.activation.process
        self.membership = request.membership  # type: ignore[attr-defined]
        self.load()
        return super().dispatch(request, *args, **kwargs)

    def load(self) -> None:
        """Find the application."""
        visible = selectors.applications_visible_to(self.membership)
        self.application: Application = visible.get(pk=self.process.application_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The facts of the case stand beside the form."""
        context = case_context(self.membership, self.application)
        return super().get_context_data(task=self.activation.task, **context, **kwargs)

    def act(self, data: dict[str, Any]) -> None:
        """The one service call of the step."""
        raise NotImplementedError

    def said(self) -> str:
        """What the step has led to, for who took it."""
        return _("Done. The case has moved on.")

    def form_valid(self, form: django_forms.Form) -> http.HttpResponse:
        """Call the service, move the walk on, say what was done."""
        try:
            self.act(form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self.form_invalid(form)
        self.activation.execute()
        messages.success(self.request, self.said())
        return shortcuts.redirect("financing:case", number=self.application.number)


class Review(Step):
    """The platform's reviewer decides."""

    form_class = forms.ReviewDecision
    template_name = "financing/step_review.html"

    def act(self, data: dict[str, Any]) -> None:
        """Approve, return or reject."""
        self.process.application = reviewing.decide(
            application_id=self.application.pk, decision=data["decision"], reason=data["reason"],
            by=self.membership, at=clock.now(),
        )  # fmt: skip


class Correct(Step):
    """The supplier has corrected a returned application and sends it again."""

    form_class = django_forms.Form
    template_name = "financing/step_correct.html"

    def act(self, data: dict[str, Any]) -> None:
        """Submit again; checks and figures are taken anew."""
        self.process.application = applying.submit(
            application_id=self.application.pk, by=self.membership, at=clock.now()
        )


class Choose(Step):
    """The supplier compares offers and signs one."""

    form_class = forms.Accept
    template_name = "financing/step_choose.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each open offer with its cost; the cheapest by annualised cost is marked."""
        today = clock.today()
        offers: list[dict[str, Any]] = []
        for case in selectors.offers_of(self.application):
            case.application = self.application
            if case.state == BankCase.State.OFFERED and (case.expires_on or today) >= today:
                terms = choosing.terms_of(case, choosing.drawdown_on(self.application, today))
                offers.append({
                    "case": case, "terms": terms, "pays_off": pays_off(self.application, case.amount),
                    "is_tried": self.request.POST.get("bank_case") == str(case.pk),  # its box stays open
                    "has_read": "has_read" in self.request.POST,
                })  # fmt: skip
        opened = [
            Opened(at, offer["case"].bank.uscc, offer["terms"].cost.annualised, offer["case"].amount)
            for at, offer in enumerate(offers)
        ]
        offers = [offers[int(str(each.key))] for each in quoting.in_order(self.application, opened)]
        working = self.application.bank_cases.filter(state__in=WORKING).count()
        needed = awaited(self.membership, self.application)
        return super().get_context_data(offers=offers, working=working, awaited=needed, **kwargs)

    def said(self) -> str:
        """Who is next after the signature."""
        return _("Signed. Your copy of the contract is kept here; the money follows once the pledge stands.")

    def act(self, data: dict[str, Any]) -> None:
        """Sign."""
        self.process.application = choosing.accept(
            application_id=self.application.pk, bank_case_id=data["bank_case"], proof=data["proof"],
            by=self.membership, at=clock.now(),
        )  # fmt: skip


class Repair(Step):
    """A person decides on a failed payment."""

    form_class = forms.RepairDecision
    template_name = "financing/step_repair.html"

    def act(self, data: dict[str, Any]) -> None:
        """Instruct again or unwind."""
        common = {"application_id": self.application.pk, "by": self.membership, "at": clock.now()}
        if data["action"] == "RETRY":
            self.process.application = paying.instruct(**common)
        else:
            self.process.application = paying.unwind(reason=data["reason"], **common)
