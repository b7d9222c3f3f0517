"""What those who keep the reference rates fill in."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.domain.rates import Index
from scf.kernel.forms import DateInput, Form

FILE_BYTES_MAX = 1024 * 1024
SOURCE = "https://www.chinamoney.com.cn/chinese/bklpr/"
FIELDS = {"lpr1y": Index.LPR1Y, "lpr5y": Index.LPR5Y}


def _percent(label: Any) -> forms.DecimalField:
    # a text in the reader's language, told only when it is shown
    widget = forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"})
    return forms.DecimalField(label=label, required=False, max_digits=7, decimal_places=4, widget=widget)


class RatesPublished(Form):
    """One publication: the day and the values of both tenors, in percent."""

    effective_from = forms.DateField(
        label=_("Published on"), widget=DateInput(),
        help_text=_("The 20th, or the next business day. The value holds from this day until the next one."),
    )  # fmt: skip
    lpr1y = _percent(_("LPR 1Y in %"))
    lpr5y = _percent(_("LPR 5Y in %"))
    source = forms.CharField(label=_("Where you read it"), max_length=300, initial=SOURCE)

    def __init__(self, *args: Any, expected: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_from"].initial = expected

    def clean(self) -> dict[str, Any]:
        """At least one of the two."""
        data = super().clean() or {}
        if not self.errors and all(data.get(name) is None for name in FIELDS):
            self.add_error("lpr1y", _("Enter at least one of the two values."))
        return data

    @property
    def values(self) -> dict[str, tuple[str, Decimal]]:
        """By field: the index, and the rate as a fraction of one."""
        data = self.cleaned_data
        return {name: (str(index), data[name] / 100) for name, index in FIELDS.items() if data.get(name) is not None}


class RateFile(Form):
    """A CSV file of values."""

    file = forms.FileField(
        label=_("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_("First line: index,effective_from,rate. Then for example: LPR1Y,2025-05-20,3.00"),
    )  # fmt: skip
    source = forms.CharField(label=_("Where you read it"), max_length=300, initial=SOURCE)

    def clean_file(self) -> Any:
        """Not larger than a table of rates can be."""
        file = self.cleaned_data["file"]
        if file.size > FILE_BYTES_MAX:
            raise forms.ValidationError(_("The file is larger than 1 MB. Split it."))
        return file
