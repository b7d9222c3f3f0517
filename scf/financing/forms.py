"""What people fill in on the way of a case."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money, exponent
from scf.domain.pricing import Grade
from scf.domain.rates import FIXED, Agreement, Index, Reset
from scf.kernel.forms import DateInput, Form
from scf.kernel.templatetags.figures import percent
from scf.servicing.models import IndexName, ResetName
from scf.servicing.selectors.rates import tables

from .models import BankCase, Product
from .services import reviewing


class MoneyField(forms.DecimalField):
    """An amount in whole units of a currency, no finer than its minor unit."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        places = exponent(currency)
        widget = forms.NumberInput(attrs={"step": str(Decimal(1).scaleb(-places)), "inputmode": "decimal"})
        super().__init__(min_value=Decimal(0), max_digits=18, decimal_places=places, widget=widget, **kwargs)

    def clean(self, value: Any) -> Money | None:
        """The amount as Money."""
        amount = super().clean(str(value).replace(",", "") if value else value)
        return None if amount is None else Money.of(amount, self.currency)


class Need(Form):
    """How much, from when, for how long."""

    def __init__(self, *args: Any, available: Money, tenor_days_max: int, today: date, **kwargs: Any) -> None:
        self.available, self.today = available, today
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(currency=available.currency, label=_("Amount"))
        self.fields["wanted_on"] = forms.DateField(label=_("Wanted on"), widget=DateInput(attrs={"min": today}))
        self.fields["tenor_days"] = forms.IntegerField(
            label=_("For how many days"), min_value=1, max_value=tenor_days_max,
            help_text=_("At most %(days)s days.") % {"days": tenor_days_max},
        )  # fmt: skip
        self.fields["note"] = forms.CharField(
            label=_("Note to the reviewer"), required=False, widget=forms.Textarea(attrs={"rows": 2})
        )
        for name in self.fields:
            self.fields[name].widget.attrs.setdefault("class", "form-control")

    def clean_amount(self) -> Money:
        """More than the goods carry is refused with the most that would pass."""
        amount: Money = self.cleaned_data["amount"]
        if amount > self.available:
            raise forms.ValidationError(
                _("%(amount)s is more than your papers carry today. The most that passes is %(available)s."),
                params={"amount": amount, "available": self.available},
            )
        if not amount:
            raise forms.ValidationError(_("Ask for more than nothing."))
        return amount

    def clean_wanted_on(self) -> date:
        """Today or later."""
        wanted: date = self.cleaned_data["wanted_on"]
        if wanted < self.today:
            raise forms.ValidationError(_("This day is over. The earliest is %(day)s."), params={"day": self.today})
        return wanted


def show_with(form: forms.Form, select: str, **fields_by_choice: tuple[str, ...]) -> None:
    """Mark fields that belong to choices of one of the form's selects, as `A_or_B`; pages hide the others."""
    for choices, names in fields_by_choice.items():
        for name in names:
            form.fields[name].with_choice = f"{select}={choices.replace('_or_', ',')}"  # type: ignore[attr-defined]


def show_only(form: forms.Form, **fields_by_choice: tuple[str, ...]) -> None:
    """Mark fields that belong to one choice of the form's radio buttons; pages hide the others."""
    for choice, names in fields_by_choice.items():
        for name in names:
            form.fields[name].when = choice  # type: ignore[attr-defined]


class ReviewDecision(Form):
    """Approve, return, reject; a reason where it needs one."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (reviewing.APPROVE, _("Approve: ask the lenders")),
            (reviewing.RETURN, _("Return to the supplier")),
            (reviewing.REJECT, _("Reject")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The supplier reads this: what is missing, and what would pass."),
    )  # fmt: skip


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
        offered = ("amount", "pricing", "annual_rate", "spread_bp", "reset", "tenor_days", "expires_on", "conditions",
                   "precedents")  # fmt: skip
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


class Accept(Form):
    """The supplier's signature on one offer."""

    bank_case = forms.IntegerField(widget=forms.HiddenInput)
    has_read = forms.BooleanField(label=_("I have read the contract of this offer"))
    proof = forms.CharField(
        label=_("Your password, or the 6-digit code of your authenticator"), strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class AheadWanted(Form):
    """Up to which cost a borrower accepts the first offer ahead."""

    cost_max = forms.DecimalField(
        label=_("At most, in % a year by IRR, everything included"), min_value=Decimal("0.01"), max_value=Decimal(36),
        max_digits=6, decimal_places=4,
    )  # fmt: skip
    valid_to = forms.DateField(label=_("Until (included)"), widget=DateInput())
    proof = forms.CharField(
        label=_("Your password, or the 6-digit code of your authenticator"), strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_to"].initial = today + timedelta(days=3)

    @property
    def terms(self) -> dict[str, Any]:
        """As the service takes them."""
        data = self.cleaned_data
        return {"annual_cost_max": data["cost_max"] / 100, "valid_to": data["valid_to"], "proof": data["proof"]}


class RepairDecision(Form):
    """What to do with a payment that failed."""

    action = forms.ChoiceField(
        label=_("Decision"),
        choices=[("RETRY", _("Instruct the lender again")), ("UNWIND", _("Give the payment up and free the goods"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def clean(self) -> dict[str, Any]:
        """Giving up needs a reason."""
        data = super().clean() or {}
        if data.get("action") == "UNWIND" and not data.get("reason", "").strip():
            self.add_error("reason", _("Say why the payment is given up."))
        return data


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


class Text(Form):
    """An answer in words, with a file where that says more."""

    text = forms.CharField(label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(label=_("A file (PDF, PNG, JPEG)"), required=False)
