"""A version of a lender's authority matrix as its administrator enters it, and absences of officers."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.domain.authority import SIGNATURES_MAX, VOTES_MAX, Hat, Power, Rung
from scf.domain.money import Money
from scf.domain.pricing import Grade
from scf.kernel.forms import DateInput, Form
from scf.parties.models import Membership

from ..models import AuthorityMatrix, AuthorityPower, GradeName
from .names import PRODUCT_NAMES

ROWS_BLANK, ROWS_MAX = 2, 60
ANY_PRODUCT = [("", _("any product")), *PRODUCT_NAMES.items()]
CURRENCY: dict[str, Any] = {"label": _("Currency"), "min_length": 3, "max_length": 3, "initial": "CNY"}
AMOUNT: dict[str, Any] = {"min_value": 0, "max_digits": 18, "decimal_places": 2, "required": False}


class Version(Form):
    """From when a version counts, and why."""

    valid_from = forms.DateField(label=_("First day"), widget=DateInput())
    why = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Your colleague reads it before confirming."))


class PowerRow(Form):
    """How far one officer's word reaches; a row without an amount is none."""

    person = forms.TypedChoiceField(label=_("Officer"), coerce=int)
    hat = forms.ChoiceField(label=_("What"), choices=AuthorityPower.HatName.choices)
    amount_max = forms.DecimalField(label=_("Up to"), **AMOUNT)
    currency = forms.CharField(**CURRENCY)
    product = forms.ChoiceField(label=_("Product"), choices=ANY_PRODUCT, required=False)
    grade_min = forms.ChoiceField(
        label=_("Down to grade"), required=False, choices=[("", _("any, graded or not")), *GradeName.choices]
    )

    def __init__(self, *args: Any, people: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(person.user_id, str(person.user)) for person in people]  # type: ignore[attr-defined]

    def has_changed(self) -> bool:
        """A row counts where an amount is written."""
        return bool(self.data.get(self.add_prefix("amount_max"), "").strip())

    @property
    def power(self) -> Power:
        """As the domain asks it."""
        data = self.cleaned_data
        return Power(
            data["person"], Hat(data["hat"]), Money.of(data["amount_max"], data["currency"].upper()),
            frozenset({data["product"]} - {""}), Grade(data["grade_min"]) if data["grade_min"] else None,
        )  # fmt: skip


class RungRow(Form):
    """From which amount on how many must speak; a row without signatures is none."""

    amount_above = forms.DecimalField(label=_("Above"), **AMOUNT)
    currency = forms.CharField(**CURRENCY)
    product = forms.ChoiceField(label=_("Product"), choices=ANY_PRODUCT, required=False)
    grade_from = forms.ChoiceField(
        label=_("Grade and worse"), required=False, choices=[("", _("any, graded or not")), *GradeName.choices]
    )
    signatures = forms.IntegerField(label=_("Signatures"), min_value=1, max_value=SIGNATURES_MAX, required=False)
    votes = forms.IntegerField(label=_("Votes"), min_value=0, max_value=VOTES_MAX, required=False)

    def has_changed(self) -> bool:
        """A row counts where signatures are written."""
        return bool(self.data.get(self.add_prefix("signatures"), "").strip())

    @property
    def rung(self) -> Rung:
        """As the domain asks it."""
        data = self.cleaned_data
        above = Money.of(data["amount_above"] or Decimal(0), data["currency"].upper())
        return Rung(
            above, data["signatures"], data["votes"] or 0,
            frozenset({data["product"]} - {""}), Grade(data["grade_from"]) if data["grade_from"] else None,
        )  # fmt: skip


PowerRows = forms.formset_factory(PowerRow, extra=ROWS_BLANK, max_num=ROWS_MAX, absolute_max=ROWS_MAX)
RungRows = forms.formset_factory(RungRow, extra=ROWS_BLANK, max_num=ROWS_MAX, absolute_max=ROWS_MAX)


def rows_of(version: AuthorityMatrix | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Powers and rungs of a version as the forms show them; a power over several products is a row for each."""
    if version is None:
        return [], []
    powers = [
        {"person": row.member.user_id, "hat": row.hat, "amount_max": row.amount_max.amount, "currency": row.currency,
         "product": product, "grade_min": row.grade_min}
        for row in version.powers.select_related("member").order_by("pk") for product in row.products or [""]
    ]  # fmt: skip
    rungs = [
        {"amount_above": row.amount_above.amount, "currency": row.currency, "product": product,
         "grade_from": row.grade_from, "signatures": row.signatures, "votes": row.votes}
        for row in version.rungs.order_by("pk") for product in row.products or [""]
    ]  # fmt: skip
    return powers, rungs


class AbsenceWanted(Form):
    """Who is away, and who speaks for that officer."""

    person = forms.TypedChoiceField(label=_("Officer who is away"), coerce=int)
    substitute = forms.TypedChoiceField(
        label=_("Speaks for that officer"), coerce=int, required=False, empty_value=None
    )
    from_date = forms.DateField(label=_("First day"), widget=DateInput())
    to_date = forms.DateField(label=_("Last day (included)"), widget=DateInput())

    def __init__(self, *args: Any, people: list[Membership], substitutes: list[Membership], today: date, **more: Any):
        super().__init__(*args, **more)
        self.fields["person"].choices = [(row.pk, str(row.user)) for row in people]  # type: ignore[attr-defined]
        nobody: list[tuple[int | str, Any]] = [("", _("nobody"))]
        named: list[tuple[int | str, Any]] = [(row.pk, str(row.user)) for row in substitutes]
        self.fields["substitute"].choices = nobody + named  # type: ignore[attr-defined]
        self.fields["from_date"].initial = today
