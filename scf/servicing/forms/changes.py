"""What a maker fills in to change a running loan: a form a kind."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money
from scf.kernel.calendars import calendar_for
from scf.kernel.forms import DateInput, Form, read_amount

from ..models import Loan, LoanChange, LoanEvent
from ..models.changes import RANKS
from ..selectors.changes import reversible
from ..services.changes import Proposal

Kind = LoanChange.Kind
RATE_MAX = Decimal(36)


class ChangeForm(Form):
    """What every kind asks for; `proposal` once it is valid."""

    kind = ""
    value_date = forms.DateField(label=_("Counts from"), widget=DateInput())
    why = forms.CharField(label=_("Why"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, loan: Loan, **kwargs: Any) -> None:
        self.loan = loan
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name not in ("value_date", "why")] + ["value_date", "why"])

    def proposal(self) -> Proposal:
        """As the services take it."""
        data = self.cleaned_data
        return Proposal(kind=self.kind, value_date=data["value_date"], why=data["why"], **self.details(data))

    def details(self, data: dict[str, Any]) -> dict[str, Any]:
        """What this kind adds."""
        return {}


class AmountForm(ChangeForm):
    """A change that carries an amount."""

    amount = forms.CharField(label=_("Amount"), max_length=30)

    def clean_amount(self) -> Money:
        """Positive, in the loan's currency."""
        money = read_amount(self.cleaned_data["amount"], self.loan.currency)
        if money.minor <= 0:
            raise forms.ValidationError(_("The amount must be more than nothing."))
        return money

    def details(self, data: dict[str, Any]) -> dict[str, Any]:
        """The amount."""
        return {"amount": data["amount"]}


class FeeForm(AmountForm):
    """A fee by itself."""

    kind = Kind.FEE


class PenaltyForm(AmountForm):
    """A penalty by itself, beside the penalty interest that runs."""

    kind = Kind.PENALTY


class WaiverForm(AmountForm):
    """Giving up something that is owed."""

    kind = Kind.WAIVER
    rank = forms.ChoiceField(
        label=_("Of what"),
        choices=list(RANKS.items()),
    )
    field_order = ("rank", "amount")

    def details(self, data: dict[str, Any]) -> dict[str, Any]:
        """The amount and its rank."""
        return super().details(data) | {"data": {"rank": data["rank"]}}


class RateForm(ChangeForm):
    """Another yearly rate."""

    kind = Kind.RATE_CHANGE
    percent = forms.DecimalField(
        label=_("New yearly rate in %"), min_value=Decimal(0), max_value=RATE_MAX, max_digits=7, decimal_places=4
    )

    def details(self, data: dict[str, Any]) -> dict[str, Any]:
        """The rate as a fraction."""
        return {"data": {"annual_rate": str(data["percent"] / 100)}}


class ExtensionForm(ChangeForm):
    """A later due date."""

    kind = Kind.EXTENSION
    new_due_date = forms.DateField(label=_("New due date"), widget=DateInput())

    def clean_new_due_date(self) -> date:
        """A business day of the loan's currency."""
        day: date = self.cleaned_data["new_due_date"]
        following = calendar_for(self.loan.currency).following(day)
        if following != day:
            raise forms.ValidationError(
                _("%(day)s is no business day. The next one is %(next)s."),
                params={"day": day, "next": following},
            )
        return day

    def details(self, data: dict[str, Any]) -> dict[str, Any]:
        """The day."""
        return {"data": {"maturity_date": data["new_due_date"].isoformat()}}


class MisuseForm(ChangeForm):
    """The misuse rate begins, or ends."""

    kind = Kind.MISUSE
    is_over = forms.ChoiceField(
        label=_("The misuse rate"), choices=[("", _("begins on that day")), ("yes", _("ends on that day"))],
        required=False, widget=forms.RadioSelect,
    )  # fmt: skip

    def details(self, data: dict[str, Any]) -> dict[str, Any]:
        """Whether it ends."""
        return {"data": {"is_over": True} if data["is_over"] else {}}


class WriteOffForm(ChangeForm):
    """Everything that is owed leaves the books."""

    kind = Kind.WRITE_OFF


class ReversalForm(ChangeForm):
    """An event is taken back."""

    kind = Kind.REVERSAL
    reverses = forms.ModelChoiceField(LoanEvent.objects.none(), label=_("Which one"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["value_date"]  # it counts from the day of what it takes back
        field = self.fields["reverses"]
        field.queryset = self.loan.events.filter(pk__in=[e.pk for e in reversible(self.loan)])  # type: ignore[attr-defined]
        field.label_from_instance = self._words  # type: ignore[attr-defined]

    def _words(self, event: LoanEvent) -> str:
        amount = f" · {Money(event.amount_minor, self.loan.currency)}" if event.amount_minor else ""
        return f"{event.value_date} · {event.get_kind_display()}{amount}"

    def proposal(self) -> Proposal:
        """Its day is that of what it takes back."""
        event = self.cleaned_data["reverses"]
        return Proposal(kind=self.kind, value_date=event.value_date, why=self.cleaned_data["why"], reverses=event)


class Decision(Form):
    """What the checker answers; a refusal needs words."""

    action = forms.ChoiceField(choices=[("approve", ""), ("refuse", "")], widget=forms.HiddenInput)
    answer = forms.CharField(
        label=_("Your answer"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        """A refusal says why."""
        data = super().clean() or {}
        if data.get("action") == "refuse" and not data.get("answer"):
            self.add_error("answer", _("Tell the maker why, so that it can be done better."))
        return data


FORMS: dict[str, type[ChangeForm]] = {
    form.kind: form
    for form in (FeeForm, PenaltyForm, WaiverForm, RateForm, ExtensionForm, MisuseForm, WriteOffForm, ReversalForm)
}
