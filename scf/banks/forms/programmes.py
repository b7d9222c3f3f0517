"""A version of a programme as somebody of the platform enters it."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scf.domain.routing import Mode, Seat
from scf.kernel.forms import DateInput, Form
from scf.parties.models import Organisation

from ..models import ModeName, Programme
from ..selectors import lenders
from ..services.programmes import DEADLINE_HOURS_MAX, Wanted
from .names import PRODUCT_NAMES

SEATS_BLANK, SEATS_MAX, NAMED_MAX = 3, 40, 500
NAMES = ("name", "name_en", "uscc", "code")


class NamedLines(forms.CharField):
    """Organisations, one a line, by name, code or credit code ("name · credit code" too).

    A line that names nobody, or more than one, is an error that says which.
    """

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, among: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(required=False, max_length=50_000, **kwargs)
        self.among = among

    def prepare_value(self, value: Any) -> Any:
        """Name and credit code, one organisation a line."""
        if value is None or isinstance(value, str):
            return value
        return "\n".join(f"{row.name} · {row.uscc}" for row in value)

    def clean(self, value: Any) -> list[Organisation]:
        """The organisations, each once; one query."""
        written = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(written) > NAMED_MAX:
            raise forms.ValidationError(_("At most %(max)s lines.") % {"max": NAMED_MAX})
        lines = {line: line.rpartition(" · ")[2] for line in written}
        meant = Q()
        for field in NAMES:
            meant |= Q(**{f"{field}__in": lines.values()})
        found = list(self.among.filter(meant)) if lines else []
        named = {line: [row for row in found if key in {getattr(row, field) for field in NAMES}]
                 for line, key in lines.items()}  # fmt: skip
        self._refuse([line for line in named if not named[line]], [line for line in named if len(named[line]) > 1])
        return list({rows[0].pk: rows[0] for rows in named.values()}.values())

    @staticmethod
    def _refuse(unknown: list[str], unclear: list[str]) -> None:
        if unknown:
            words = _("None of these is known: %(names)s. Write names as they are registered, or credit codes.")
            raise forms.ValidationError(words % {"names": "; ".join(unknown[:5])})
        if unclear:
            words = _("Several companies are called so: %(names)s. Write their credit codes.")
            raise forms.ValidationError(words % {"names": "; ".join(unclear[:5])})


class ProgrammeWanted(Form):
    """A version as somebody wants it; nothing named means any."""

    name = forms.CharField(
        label=_("Name of this programme"), max_length=80,
        help_text=_("A version with the name of an existing programme takes its place from its first day on."),
    )  # fmt: skip
    mode = forms.ChoiceField(label=_("How lenders are asked"), choices=ModeName.choices)
    priority = forms.IntegerField(
        label=_("Priority"), min_value=1, max_value=9999, initial=100,
        help_text=_("Of the programmes that cover a case the one with the lowest number places it."),
    )  # fmt: skip
    deadline_hours = forms.IntegerField(
        label=_("Hours for sealed quotes"), min_value=1, max_value=DEADLINE_HOURS_MAX, initial=24
    )
    currency = forms.CharField(
        label=_("Currency"), min_length=3, max_length=3, required=False, help_text=_("Empty: any.")
    )
    products = forms.MultipleChoiceField(
        label=_("Products"), choices=list(PRODUCT_NAMES.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    suppliers = NamedLines(
        label=_("Suppliers"), among=Organisation.objects.filter(kind=Organisation.Kind.SUPPLIER),
        help_text=_("One a line, by name or credit code. Empty: any."),
    )  # fmt: skip
    buyers = NamedLines(
        label=_("Buyers"), among=Organisation.objects.filter(is_buyer=True),
        help_text=_("One a line, by name or credit code. Empty: any."),
    )  # fmt: skip
    valid_from = forms.DateField(label=_("First day"), widget=DateInput())
    valid_to = forms.DateField(label=_("Last day"), widget=DateInput(), required=False)
    is_stopped = forms.BooleanField(
        label=_("Stop: from the first day on nothing is placed by this programme"), required=False
    )
    why = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Your colleague reads it before confirming."))

    def wanted(self, seats: list[Seat]) -> Wanted:
        """What is asked for."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in ("mode", "currency", "why")}
        currency = self.cleaned_data["currency"].upper()
        return Wanted(**data, mode=Mode(self.cleaned_data["mode"]), currency=currency, seats=seats)


def initial_of(row: Programme) -> dict[str, Any]:
    """An existing version as the form shows it."""
    fields = ("name", "mode", "priority", "deadline_hours", "currency", "products", "is_stopped")
    named = {"suppliers": list(row.suppliers.all()), "buyers": list(row.buyers.all())}
    return {**{name: getattr(row, name) for name in fields}, **named}


class SeatRow(Form):
    """A lender of the programme; a row without a lender is none."""

    bank = forms.TypedChoiceField(label=_("Lender"), coerce=int, required=False, empty_value=None)
    rank = forms.IntegerField(label=_("Turn"), min_value=1, max_value=SEATS_MAX, initial=1)
    weight = forms.IntegerField(label=_("Share, in parts"), min_value=1, max_value=1000, initial=1)

    def __init__(self, *args: Any, banks: list[tuple[Any, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bank"].choices = [("", "–"), *banks]  # type: ignore[attr-defined]

    def has_changed(self) -> bool:
        """A row counts where a lender is chosen."""
        return bool(self.data.get(self.add_prefix("bank"), "").strip())

    @property
    def seat(self) -> Seat:
        """As the rules see it."""
        return Seat(self.cleaned_data["bank"], self.cleaned_data["rank"], self.cleaned_data["weight"])


_SeatRows = forms.formset_factory(SeatRow, extra=SEATS_BLANK, max_num=SEATS_MAX, absolute_max=SEATS_MAX)


def seat_rows(data: Any = None, row: Programme | None = None) -> Any:
    """The lenders of a version in the order of their turns, and blank rows; one that lends no more says so."""
    seats = sorted(row.seats.all(), key=lambda seat: (seat.rank, seat.bank_id)) if row is not None else []
    banks = {bank.pk: str(bank) for bank in lenders()}
    gone = {seat.bank_id: gettext("%(name)s (lends no more)") % {"name": seat.bank} for seat in seats}
    initial = [{"bank": seat.bank_id, "rank": seat.rank, "weight": seat.weight} for seat in seats]
    choices = list((gone | banks).items())
    rows = _SeatRows(data, initial=initial, prefix="seat", form_kwargs={"banks": choices})
    for turn, form in enumerate(rows.forms, 1):
        form.fields["rank"].initial = turn  # of blank rows: each lender has its own
    return rows
