"""What a lender's officers bring from their bank."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import FilesField, FilesInput, Form
from scf.parties.models import BankAccount, Organisation

CARRIED = (BankAccount.Purpose.COLLECTION, BankAccount.Purpose.LENDING)


class FromTheBank(Form):
    """Files that the bank gave out, of whatever kind."""

    brought = FilesField(
        label=_("Files of your bank"),
        allow_empty_file=True,
        widget=FilesInput(attrs={"accept": ".xml,.sta,.mt940,.940,.txt,.csv,.xls,.xlsx,.ofx,.html,.zip"}),
    )
    account = forms.ModelChoiceField(
        BankAccount.objects.none(), label=_("Account of files that name none"), required=False
    )

    def __init__(self, *args: Any, bank: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = BankAccount.objects.filter(organisation=bank, purpose__in=CARRIED).order_by("purpose", "pk")
        self.fields["account"].queryset = own  # type: ignore[attr-defined]
        self.fields["account"].label_from_instance = (  # type: ignore[attr-defined]
            lambda row: f"{row} · {row.get_purpose_display()}"
        )
