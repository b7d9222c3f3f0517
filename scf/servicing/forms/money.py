"""What finance staff fill in about money that came in and goes back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.domain.money import Money
from scf.kernel.forms import DateInput, FilesField, FilesInput, Form, read_amount
from scf.parties.models import BankAccount

from .. import selectors
from ..models import IncomingPayment, Loan

FETCH_DAYS_MAX = 366


def offer_accounts(field: Any, *, purposes: Sequence[str] = BankAccount.Purpose.values) -> None:
    """All accounts that lenders collect on and pay from, or those for `purposes` only, named by their lenders."""
    field.queryset = selectors.statement_accounts().filter(purpose__in=purposes)
    field.label_from_instance = lambda row: f"{row.organisation} · {row.get_purpose_display()} · {row}"


class StatementFiles(Form):
    """Bank statements to bring in."""

    statements = FilesField(
        label=_("Statement files"),
        allow_empty_file=True,
        widget=FilesInput(attrs={"accept": ".xml,.sta,.mt940,.940,.txt,.csv,.xls,.xlsx,.ofx,.html,.zip"}),
    )
    account = forms.ModelChoiceField(
        BankAccount.objects.none(), label=_("Account of files that name none"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_accounts(self.fields["account"])


class FetchStatement(Form):
    """A lender's account and the days to ask for."""

    account = forms.ModelChoiceField(BankAccount.objects.none(), label=_("Account"))
    from_date = forms.DateField(label=_("From"), widget=DateInput())
    to_date = forms.DateField(label=_("Until (included)"), widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_accounts(self.fields["account"])

    def clean(self) -> dict[str, Any]:
        """Days in order, and not more than a year of them."""
        data = super().clean() or {}
        first, last = data.get("from_date"), data.get("to_date")
        if first and last and not timedelta(0) <= last - first < timedelta(days=FETCH_DAYS_MAX):
            raise forms.ValidationError(_("Choose days in order, at most a year of them."))
        return data


def loan_numbered(text: str, incoming: IncomingPayment) -> Loan:
    """The lender's loan by its number or that of its case. Raises ValidationError."""
    number = text.strip().upper()
    loans = Loan.objects.filter(bank=incoming.bank)
    loan = loans.filter(number=number).first() or loans.filter(reference=number).order_by("-pk").first()
    if loan is None:
        raise forms.ValidationError(
            _("%(bank)s has no loan %(number)s. Look it up in the list of loans."),
            params={"bank": incoming.bank, "number": number},
        )
    return loan


class Allocate(Form):
    """The loan to which a payment in suspense belongs, by its number or that of its case."""

    number = forms.CharField(label=_("Loan or case number"), max_length=40)

    def __init__(self, *args: Any, incoming: IncomingPayment, **kwargs: Any) -> None:
        self.incoming = incoming
        super().__init__(*args, **kwargs)

    def clean_number(self) -> Loan:
        """The loan, among those of the payment's lender."""
        return loan_numbered(self.cleaned_data["number"], self.incoming)


class SetAside(Form):
    """Why a payment is not a repayment."""

    note = forms.CharField(label=_("Why it is not a repayment"), max_length=300)


class Refund(Form):
    """The surplus, typed to show that it is meant."""

    amount = forms.CharField(label=_("Amount to return"), max_length=30)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def clean_amount(self) -> Money:
        """In the loan's currency."""
        return read_amount(self.cleaned_data["amount"], self.currency)
