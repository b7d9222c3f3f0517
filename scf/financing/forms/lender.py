"""What a lender's officers fill in: an offer, a check, within what their rules decide."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money
from scf.domain.pricing import FEE_BP_MAX, Grade
from scf.domain.rates import FIXED, Agreement, Index, Reset
from scf.kernel.forms import DateInput, Form
from scf.kernel.templatetags.figures import percent
from scf.servicing.models import IndexName, ResetName
from scf.servicing.selectors.rates import tables

from ..models import BankCase, Product
from .fields import MoneyField, show_only, show_with


class Offer(Form):
    """A maker's proposal: an offer with its terms, a decline with its reason, or a question."""

    action = forms.ChoiceField(
        label=_("What do you propose?"),
        choices=[("OFFER", _("Make an offer")), ("DECLINE", _("Decline")), ("ASK", _("Ask the supplier first")),
                 ("ASK_PLATFORM", _("Ask the platform first"))],
        widget=forms.RadioSelect, initial="OFFER",
    )  # fmt: skip
    pricing = forms.ChoiceField(
        label=_("How the rate is found"), required=False, initial="FIXED",
        choices=[("FIXED", _("Fixed rate")), *IndexName.choices],
    )  # fmt: skip
    spread_bp = forms.IntegerField(
        label=_("Points on top, in basis points"), required=False, min_value=-1000, max_value=3600,
        help_text=_("100 are 1 %; less than the index with a minus."),
    )  # fmt: skip
    reset = forms.ChoiceField(
        label=_("When the rate follows the index"), required=False, initial=Reset.YEARLY, choices=ResetName.choices
    )
    annual_rate = forms.DecimalField(
        label=_("Yearly rate in %"), required=False, min_value=Decimal(0), max_value=Decimal(36), decimal_places=4,
        max_digits=7,
    )  # fmt: skip
    fee_bp = forms.IntegerField(
        label=_("One-off fee in bp"), required=False, min_value=0, max_value=FEE_BP_MAX, initial=0,
        help_text=_("Of the amount; 100 are 1 %. Due with the last instalment, never kept back from the payment."),
    )  # fmt: skip
    tenor_days = forms.IntegerField(label=_("Tenor in days"), required=False, min_value=1)
    expires_on = forms.DateField(label=_("Offer stands until (included)"), required=False, widget=DateInput())
    conditions = forms.CharField(
        label=_("Conditions"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The supplier and the contract carry them."),
    )  # fmt: skip
    precedents = forms.CharField(
        label=_("Before payment we want to see"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line. The supplier brings each, your checker ticks it off; nothing is paid before."),
    )  # fmt: skip
    decline_reason = forms.ChoiceField(
        label=_("Reason for declining"), required=False, choices=[("", "–"), *BankCase.DeclineReason.choices]
    )
    note = forms.CharField(
        label=_("Note or question"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the checker; a question goes to whom you ask."),
    )  # fmt: skip

    field_order = [
        "action",
        "amount",
        "pricing",
        "annual_rate",
        "spread_bp",
        "reset",
        "fee_bp",
        "tenor_days",
        "expires_on",
        "conditions",
        "precedents",
        "decline_reason",
        "note",
    ]

    def __init__(self, *args: Any, currency: str, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(currency=currency, label=_("Amount"), required=False)
        self.fields["amount"].widget.attrs["class"] = "form-control"
        self.fields["expires_on"].initial = today + timedelta(days=7)
        offered = ("amount", "pricing", "annual_rate", "spread_bp", "reset", "fee_bp", "tenor_days", "expires_on",
                   "conditions", "precedents")  # fmt: skip
        show_only(self, OFFER=offered, DECLINE=("decline_reason",))
        self.fields["pricing"].choices = _pricings(today)  # type: ignore[attr-defined]
        show_with(self, "pricing", FIXED=("annual_rate",), LPR1Y_or_LPR5Y=("spread_bp", "reset"))
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """Each action asks only for what it needs."""
        data = super().clean() or {}
        is_fixed = data.get("pricing", "FIXED") in ("", "FIXED")
        needed = {
            "OFFER": ("amount", "annual_rate" if is_fixed else "spread_bp", "tenor_days", "expires_on"),
            "DECLINE": ("decline_reason",), "ASK": ("note",), "ASK_PLATFORM": ("note",),
        }  # fmt: skip
        for name in needed.get(data.get("action", ""), ()):
            if data.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, _("This is needed here."))
        if not self.errors:
            data["agreement"] = FIXED if is_fixed else _agreement(data)
        return data


def _pricings(today: date) -> list[tuple[str, str]]:
    """A fixed rate, or an index with what it stands at today."""
    found = [("FIXED", gettext("Fixed rate"))]
    for name, table in tables().items():
        value, label = table.known_on(today), IndexName(name).label
        if value is None:
            found.append((name, gettext("%(index)s + points (no confirmed value)") % {"index": label}))
        else:
            words = {"index": label, "rate": percent(value.rate).replace("\u202f", " ")}
            found.append((name, gettext("%(index)s + points (now %(rate)s)") % words))
    return found


def _agreement(data: dict[str, Any]) -> Agreement:
    """An index with points on top."""
    return Agreement(Index(data["pricing"]), data["spread_bp"] or 0, Reset(data["reset"] or Reset.YEARLY))


class CheckDecision(Form):
    """A checker confirms, sends back, or asks; a member of the committee votes."""

    action = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Reason or question"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed for everything but a yes."),
    )  # fmt: skip

    def __init__(self, *args: Any, votes: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asks = [("BACK", _("Send back to the maker")), ("ASK", _("Ask the supplier")),
                ("ASK_PLATFORM", _("Ask the platform"))]  # fmt: skip
        said = [("CONFIRM", _("Confirm"))]
        if votes:
            said = [("CONFIRM", _("Vote in favour")), ("AGAINST", _("Vote against")), ("ABSTAIN", _("Abstain"))]
        self.fields["action"].choices = said + asks  # type: ignore[attr-defined]


class AutoRuleWanted(Form):
    """Within what a lender lets its rules decide."""

    products = forms.MultipleChoiceField(
        label=_("Products"), choices=Product.Code.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: any."),
    )  # fmt: skip
    amount_max = forms.DecimalField(label=_("Up to (CNY)"), min_value=Decimal("0.01"), max_digits=18, decimal_places=2)
    tenor_days_max = forms.IntegerField(label=_("Longest tenor in days"), min_value=1, max_value=1080)
    grade_min = forms.ChoiceField(
        label=_("Lowest grade"), choices=[("", _("any, graded or not")), *((g.value, g.value) for g in Grade)],
        required=False,
    )  # fmt: skip
    offer_days = forms.IntegerField(label=_("An offer stands for days"), min_value=1, max_value=30)
    valid_from = forms.DateField(label=_("Decides from"), widget=DateInput)
    why = forms.CharField(label=_("Reason"), max_length=200)

    @property
    def terms(self) -> dict[str, Any]:
        """As the service takes them."""
        return {**self.cleaned_data, "amount_max": Money.of(self.cleaned_data["amount_max"], "CNY")}
