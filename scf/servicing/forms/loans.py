"""Choosing loans, days and statements."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import DateInput, Form
from scf.parties.models import Organisation

from .. import selectors
from ..models import ExportJob


class MonthInput(forms.DateInput):
    """The browser's own month picker; a text like 2026-11 where it has none."""

    input_type = "month"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m", attrs={"placeholder": "2026-11", "pattern": r"\d{4}-\d{2}"}, **kwargs)


def month_field() -> forms.DateField:
    """A month, as its first day."""
    return forms.DateField(label=_("Month"), input_formats=["%Y-%m", "%Y-%m-%d"], widget=MonthInput())


class ListFilters(Form):
    """The filters over the list of loans."""

    bank = forms.ModelChoiceField(Organisation.objects.none(), required=False, label=_("Lender"))
    supplier = forms.ModelChoiceField(Organisation.objects.none(), required=False, label=_("Supplier"))
    currency = forms.ChoiceField(required=False, label=_("Currency"))
    due_from = forms.DateField(required=False, label=_("Due from"), widget=DateInput())
    due_to = forms.DateField(required=False, label=_("Due until"), widget=DateInput())

    def __init__(self, *args: Any, loans: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("bank", "supplier"):
            parties = Organisation.objects.filter(pk__in=loans.order_by().values(name))
            self.fields[name].queryset = parties  # type: ignore[attr-defined]
        currencies = sorted(loans.order_by().values_list("currency", flat=True).distinct())
        choices = [("", "---------"), *((code, code) for code in currencies)]
        self.fields["currency"].choices = choices  # type: ignore[attr-defined]

    def narrowed_to(self, names: tuple[str, ...]) -> "ListFilters":
        """Only the fields that make sense for the reader."""
        for name in set(self.fields) - set(names):
            del self.fields[name]
        return self

    def filters(self, *, chip: str, text: str, is_borrower: bool = False) -> selectors.Filters:
        """What was asked for; a field that cannot be read is left out."""
        self.is_valid()
        found = getattr(self, "cleaned_data", {})
        bank, supplier = found.get("bank"), found.get("supplier")
        return selectors.Filters(
            chip=chip,
            text=text,
            bank_id=bank.pk if bank else None,
            supplier_id=supplier.pk if supplier else None,
            currency=found.get("currency") or "",
            due_from=found.get("due_from"),
            due_to=found.get("due_to"),
            is_borrower=is_borrower,
        )


class Period(Form):
    """Days of a statement, both included; a whole month by itself."""

    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("Until (included)"), widget=DateInput())


class Month(Form):
    """One month."""

    month = month_field()


class Export(Form):
    """Which statements of which month."""

    month = month_field()
    kind = forms.ChoiceField(label=_("Which statements"), choices=ExportJob.Kind.choices, initial=ExportJob.Kind.ALL)


class OneStatement(Form):
    """A supplier's account statement, at once."""

    supplier = forms.ModelChoiceField(Organisation.objects.none(), label=_("Supplier"), to_field_name="code")
    month = month_field()

    def __init__(self, *args: Any, loans: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        suppliers = Organisation.objects.filter(pk__in=loans.order_by().values("supplier"))
        self.fields["supplier"].queryset = suppliers  # type: ignore[attr-defined]


class InterestAsked(Form):
    """What an interest certificate is about: a lender, a currency, and days, both included."""

    lender = forms.ModelChoiceField(Organisation.objects.none(), label=_("Lender"), to_field_name="code")
    currency = forms.ChoiceField(label=_("Currency"))
    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("Until (included)"), widget=DateInput())

    def __init__(self, *args: Any, loans: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lenders = Organisation.objects.filter(pk__in=loans.order_by().values("bank"))
        self.fields["lender"].queryset = lenders  # type: ignore[attr-defined]
        currencies = sorted(set(loans.order_by().values_list("currency", flat=True)))
        self.fields["currency"].choices = [(code, code) for code in currencies]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Days in order."""
        data = super().clean() or {}
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            raise forms.ValidationError(_("Choose days in order."))
        return data


def last_month(today: date) -> date:
    """The first day of the month before."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
