"""What a clerk fills in about money in suspense, its payers and the accounts it comes into."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money
from scf.kernel.forms import DateInput, Form, read_amount
from scf.parties.models import BankAccount, Organisation

from ..models import IncomingPayment, Loan
from .money import loan_numbered, offer_accounts

PARTS_MAX = 40


class Parts(Form):
    """Loans and amounts, in the order in which they stand on the page: repeated `loan` and `amount`.

    Lines without an amount are left out. cleaned_data["parts"]: [(loan id, amount)].
    """

    def __init__(self, *args: Any, incoming: IncomingPayment, **kwargs: Any) -> None:
        self.incoming = incoming
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Each loan once, among those of the payment's lender; how they sum is the service's matter."""
        data = super().clean() or {}
        parts: dict[int, Money] = {}
        sent = cast(QueryDict, self.data)
        given = list(zip(sent.getlist("loan"), sent.getlist("amount"), strict=False))[:PARTS_MAX]
        for number, text in given:
            if not text.strip():
                continue
            amount = read_amount(text, self.incoming.currency)
            loan = loan_numbered(number, self.incoming)
            if loan.pk in parts:
                raise forms.ValidationError(_("Loan %(loan)s stands here twice."), params={"loan": loan.number})
            if amount:
                parts[loan.pk] = amount
        if not parts:
            raise forms.ValidationError(_("Say how much goes to which loan."))
        data["parts"] = list(parts.items())
        return data


class OpenAccount(Form):
    """A virtual account, and whom it stands for."""

    bank = forms.ModelChoiceField(Organisation.objects.none(), label=_("Lender"))
    number = forms.RegexField(r"^\d{6,34}$", label=_("Number of the virtual account"), max_length=34)
    supplier = forms.ModelChoiceField(Organisation.objects.none(), label=_("Stands for supplier"), required=False)
    loan = forms.CharField(label=_("or for loan"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Organisation.objects.filter(is_active=True).order_by("name")
        for name, kind in (("bank", Organisation.Kind.BANK), ("supplier", Organisation.Kind.SUPPLIER)):
            self.fields[name].queryset = active.filter(kind=kind)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """For one of the two."""
        data = super().clean() or {}
        number, bank = data.get("loan", "").strip().upper(), data.get("bank")
        if bool(number) == bool(data.get("supplier")):
            raise forms.ValidationError(_("Choose a supplier, or give the number of a loan."))
        data["loan"] = Loan.objects.filter(bank=bank, number=number).first() if number and bank else None
        if number and bank and data["loan"] is None:
            raise forms.ValidationError(_("This lender has no loan %(number)s."), params={"number": number})
        return data


class DayEndAsked(Form):
    """A collection account and the day whose end is proven."""

    account = forms.ModelChoiceField(BankAccount.objects.none(), label=_("Collection account"))
    day = forms.DateField(label=_("Day"), widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_accounts(self.fields["account"], purposes=[BankAccount.Purpose.COLLECTION])
