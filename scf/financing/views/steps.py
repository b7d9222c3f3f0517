"""One view a step of the walks: show what the decision needs, make one call, go on."""

# budget: orchestration: one view a step, side by side as in the flow
from decimal import Decimal
from typing import Any

from django import forms as django_forms
from django import http, shortcuts
from django.contrib import messages
from django.utils.translation import gettext as _
from django.views import generic

from scf.banks.forms.names import price_text
from scf.domain.errors import DomainError
from scf.domain.rates import Reset
from scf.domain.sealing import Opened
from scf.kernel import clock
from scf.parties import refusals

from .. import forms, selectors
from ..models import Application, BankCase
from ..services import applying, banking, choosing, paying, placing, quoting, reviewing
from .facts import case_context
from .liquidation import pays_off


class Step(generic.FormView):
    """What all steps share: the case around the form, a refusal as a form error, the way back to the case."""

    done = ""

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

    def form_valid(self, form: django_forms.Form) -> http.HttpResponse:
        """Call the service, move the walk on, say what was done."""
        try:
            self.act(form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusals.explain(refusal))
            return self.form_invalid(form)
        self.activation.execute()
        messages.success(self.request, self.done or _("Done. The case has moved on."))
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


class BankStep(Step):
    """A step of one lender's walk."""

    def load(self) -> None:
        """Find the bank case and its application."""
        visible = selectors.bank_cases_visible_to(self.membership)
        self.bank_case: BankCase = visible.get(pk=self.process.bank_case_id)
        cases = selectors.applications_visible_to(self.membership)
        self.application = cases.get(pk=self.bank_case.application_id)
        self.bank_case.application = self.application
        quoting.show_draft(self.bank_case)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The bank case, and its terms where there are some."""
        case = self.bank_case
        has_terms = case.proposal == BankCase.Proposal.OFFER
        terms = choosing.terms_of(case, choosing.drawdown_on(case.application, clock.today())) if has_terms else None
        return super().get_context_data(bank_case=case, terms=terms, info=case.info.order_by("id"), **kwargs)


class Make(BankStep):
    """A maker works out an offer, declines, or asks."""

    template_name = "financing/step_make.html"

    def get_form(self, form_class: Any = None) -> forms.Offer:
        """The form in the currency of the case, filled with what was asked for or proposed before."""
        return forms.Offer(**self.get_form_kwargs(), currency=self.application.currency, today=clock.today())

    def get_initial(self) -> dict[str, Any]:
        """What was asked for, or the proposal that came back."""
        case, application = self.bank_case, self.application
        rate = case.annual_rate if case.annual_rate is not None else application.product.indicative_rate
        listed = None if case.annual_rate is not None else placing.list_price_of(case, clock.today())
        amount = case.amount if case.amount_minor else application.amount
        return {
            "amount": amount.amount,
            "annual_rate": (rate * 100).normalize() + Decimal("0.00"),
            "pricing": case.agreement.get("index", listed.index if listed else "FIXED"),
            "spread_bp": case.agreement.get("spread_bp", listed.spread_bp if listed else None),
            "reset": case.agreement.get("reset", Reset.YEARLY),
            "tenor_days": case.tenor_days or application.tenor_days,
            "conditions": case.conditions,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the lender's own price list says stands over the form."""
        listed = placing.list_price_of(self.bank_case, clock.today())
        return super().get_context_data(listed=price_text(listed) if listed else "", **kwargs)

    def act(self, data: dict[str, Any]) -> None:
        """Propose or ask."""
        common = {"bank_case_id": self.bank_case.pk, "by": self.membership, "at": clock.now()}
        if data["action"] == "ASK":
            case = banking.ask_info(text=data["note"], **common)
        elif data["action"] == "DECLINE":
            case = banking.propose_decline(reason=data["decline_reason"], note=data["note"], **common)
        else:
            case = banking.propose_offer(
                amount=data["amount"], annual_rate=(data["annual_rate"] or Decimal(0)) / 100,
                agreement=data["agreement"], tenor_days=data["tenor_days"], conditions=data["conditions"],
                expires_on=data["expires_on"], note=data["note"], **common,
            )  # fmt: skip
        self.process.bank_case = case


class Check(BankStep):
    """A second officer confirms, sends back, or asks."""

    form_class = forms.CheckDecision
    template_name = "financing/step_check.html"

    def act(self, data: dict[str, Any]) -> None:
        """Confirm, send back or ask."""
        common = {"bank_case_id": self.bank_case.pk, "by": self.membership, "at": clock.now()}
        if data["action"] == "ASK":
            self.process.bank_case = banking.ask_info(text=data["note"], **common)
        elif data["action"] == "BACK":
            self.process.bank_case = banking.send_back(note=data["note"], **common)
        else:
            self.process.bank_case = banking.confirm(**common)


class Answer(BankStep):
    """The supplier answers a lender."""

    form_class = forms.Text
    template_name = "financing/step_answer.html"

    def act(self, data: dict[str, Any]) -> None:
        """Send the answer."""
        self.process.bank_case = banking.answer_info(
            bank_case_id=self.bank_case.pk, text=data["text"], by=self.membership, at=clock.now()
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
                offers.append({"case": case, "terms": terms, "pays_off": pays_off(self.application, case.amount)})
        opened = [
            Opened(at, offer["case"].bank.uscc, offer["terms"].cost.annualised, offer["case"].amount)
            for at, offer in enumerate(offers)
        ]
        offers = [offers[int(str(each.key))] for each in quoting.in_order(self.application, opened)]
        return super().get_context_data(offers=offers, **kwargs)

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
