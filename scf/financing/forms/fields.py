"""Fields, and which of them belong to a choice."""

from decimal import Decimal
from typing import Any

from django import forms

from scf.domain.money import Money, exponent


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
