"""The steps of a lender's walk: work out an offer, check it, answer a question. What an officer saw is kept."""

# budget: a decision shows what every app below knows of the case
import re
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scf.banks.forms.names import price_text
from scf.banks.services.authority import own_limit
from scf.domain.authority import Hat, Word, missing, office
from scf.domain.rates import Reset
from scf.kernel import clock

from .. import forms, selectors
from ..models import BankCase
from ..services import asking, banking, checking, choosing, deciding, placing, quoting
from .steps import Step

State = BankCase.State
LED_TO = {
    State.CHECKER: gettext_lazy("Handed on. A colleague who is a checker decides now."),
    State.SENT_BACK: gettext_lazy("Sent back. The maker works it over."),
    State.INFO_REQUESTED: gettext_lazy("Asked. Your clock stands still until the answer is here."),
    State.OFFERED: gettext_lazy("Confirmed. The supplier can read and sign the offer now."),
    State.DECLINED: gettext_lazy("Declined. The case leaves your desk."),
    State.SEALED: gettext_lazy("Sealed. It is opened with all other quotes at the deadline."),
}
PICTURES = re.compile(r"<svg\b.*?</svg>", re.DOTALL)  # a kept page loads nothing, and its icons are elsewhere
ASKS = {"ASK": BankCase.Asked.SUPPLIER, "ASK_PLATFORM": BankCase.Asked.PLATFORM}


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

    def said(self) -> str:
        """Where the case is now."""
        self.bank_case.refresh_from_db(fields=["state"])
        return str(LED_TO.get(State(self.bank_case.state), super().said()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The bank case, its terms where there are some, what was asked, and a digest of all that is shown."""
        case = self.bank_case
        asked = selectors.info_visible_to(self.membership).filter(bank_case=case)
        own = self.membership.organisation_id == case.bank_id
        said = list(case.decisions.select_related("person", "power_of").order_by("pk")) if own else []
        context = {"bank_case": case, "terms": terms_shown(case), "info": asked, "said": said}
        return super().get_context_data(fingerprint=deciding.fingerprint(case), **context, **kwargs)

    def seen(self) -> bytes:
        """The page as the officer has it now, to be kept with the decision; a sealed quote is not on it."""
        deciding.require_unchanged(self.bank_case, self.request.POST.get("seen", ""))
        context = self.get_context_data(form=None)
        del context["form"]  # what was about to be said is the decision itself
        if self.bank_case.is_sealed:
            context |= {"terms": None, "said": []}
        context |= {"at": clock.now(), "who": self.membership, "step": self.activation.task.flow_task.task_title}
        page = render_to_string("financing/seen.html", context, request=self.request)
        return PICTURES.sub("", page).encode()


def terms_shown(case: BankCase) -> choosing.Terms | None:
    """What a proposed or made offer means if it is paid out on the first day; None where nothing is offered."""
    if case.proposal != BankCase.Proposal.OFFER:
        return None
    return choosing.terms_of(case, choosing.drawdown_on(case.application, clock.today()))


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
            "fee_bp": listed.fee_bp if listed else case.fee_bp,
            "tenor_days": case.tenor_days or application.tenor_days,
            "conditions": case.conditions,
            "precedents": case.precedents,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the lender's own price list says stands over the form."""
        listed = placing.list_price_of(self.bank_case, clock.today())
        return super().get_context_data(listed=price_text(listed) if listed else "", **kwargs)

    def act(self, data: dict[str, Any]) -> None:
        """Propose or ask."""
        common = {"bank_case_id": self.bank_case.pk, "by": self.membership, "at": clock.now(), "seen": self.seen()}
        if data["action"] in ASKS:
            case = asking.ask(text=data["note"], of=ASKS[data["action"]], **common)
        elif data["action"] == "DECLINE":
            case = banking.propose_decline(reason=data["decline_reason"], note=data["note"], **common)
        else:
            case = banking.propose_offer(
                amount=data["amount"], annual_rate=(data["annual_rate"] or Decimal(0)) / 100,
                agreement=data["agreement"], tenor_days=data["tenor_days"], conditions=data["conditions"],
                fee_bp=data["fee_bp"] or 0, precedents=data["precedents"], expires_on=data["expires_on"],
                note=data["note"], **common,
            )  # fmt: skip
        self.process.bank_case = case


class Check(BankStep):
    """Another officer confirms or votes, sends back, or asks."""

    template_name = "financing/step_check.html"

    def load(self) -> None:
        """The proposal before the lender's matrix, and in which office this officer may speak."""
        super().load()
        case = self.bank_case
        self.table, self.hat = None, None
        if case.proposal == BankCase.Proposal.OFFER:
            self.table = deciding.table_of(case, case.amount, clock.today())
            found = office(
                self.table.matrix, self.table.deal, person=self.membership.user_id, maker=case.maker_id,
                spoken=self.table.spoken,
            )  # fmt: skip
            self.hat = found[0] if found else None

    def get_form(self, form_class: Any = None) -> forms.CheckDecision:
        """A vote for a member of the committee, a signature for a checker."""
        return forms.CheckDecision(**self.get_form_kwargs(), votes=self.hat == Hat.VOTE)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is still needed, who can give it, and how far one's own word reaches."""
        case, table = self.bank_case, self.table
        more: dict[str, Any] = {}
        if table is not None:
            more = {
                "need": table.need, "left": missing(table.need, table.spoken),
                "others": deciding.people_who_may(case, case.amount, clock.today()),
                "own_limit": own_limit(self.membership, case.application.currency, clock.today()),
                "may_speak": self.hat is not None, "deal_grade": table.deal.grade,
            }  # fmt: skip
        return super().get_context_data(**more, **kwargs)

    def act(self, data: dict[str, Any]) -> None:
        """Confirm, vote, send back or ask."""
        common = {"bank_case_id": self.bank_case.pk, "by": self.membership, "at": clock.now(), "seen": self.seen()}
        if data["action"] in ASKS:
            case = asking.ask(text=data["note"], of=ASKS[data["action"]], **common)
        elif data["action"] == "BACK":
            case = checking.send_back(note=data["note"], **common)
        elif data["action"] == "CONFIRM":
            case = checking.confirm(note=data["note"], **common)
        else:
            case = checking.vote(word=Word(data["action"]), note=data["note"], **common)
        self.process.bank_case = case

    def said(self) -> str:
        """A word that was not the last one leaves the case where it was."""
        self.bank_case.refresh_from_db(fields=["state"])
        if self.bank_case.state == State.CHECKER:
            return _("Noted. Your lender's rules ask for more colleagues; they are told.")
        return super().said()


class Answer(BankStep):
    """The supplier, or the platform, answers a lender."""

    form_class = forms.Text
    template_name = "financing/step_answer.html"

    def said(self) -> str:
        """Who asked goes on."""
        return _("Answered. The lender goes on with the case.")

    def act(self, data: dict[str, Any]) -> None:
        """Send the answer, and its file."""
        upload = data["file"]
        self.process.bank_case = asking.answer(
            bank_case_id=self.bank_case.pk, text=data["text"], by=self.membership, at=clock.now(),
            file_name=upload.name if upload else "", content=upload.read() if upload else b"",
        )  # fmt: skip
