"""What finance staff fill in."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from scf.domain.money import AmountUnreadable, Money
from scf.kernel.forms import DateInput, Form
from scf.parties.models import BankAccount, Organisation

from . import selectors
from .models import ExportJob, IncomingPayment, Loan

FILES_MAX = 20
FETCH_DAYS_MAX = 366


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

    def filters(self, *, chip: str, text: str) -> selectors.Filters:
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
        )


class Period(Form):
    """Days of a statement, both included; a whole month by itself."""

    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("Until (included)"), widget=DateInput())


class Month(Form):
    """One month."""

    month = month_field()


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; what each is and whether it is too large is said file by file later."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """A list of files, at most FILES_MAX."""
        files = list(data or [None]) if isinstance(data, list | tuple) else [data]
        cleaned = [super(FilesField, self).clean(file, initial) for file in files]
        if len(cleaned) > FILES_MAX:
            raise forms.ValidationError(_("At most %(count)s files at once."), params={"count": FILES_MAX})
        return cleaned


class StatementFiles(Form):
    """Bank statements to bring in."""

    statements = FilesField(
        label=_("camt.053 files"),
        allow_empty_file=True,
        widget=FilesInput(attrs={"accept": ".xml,text/xml,application/xml"}),
    )


class FetchStatement(Form):
    """A collection account and the days to ask its lender for."""

    account = forms.ModelChoiceField(BankAccount.objects.none(), label=_("Collection account"))
    from_date = forms.DateField(label=_("From"), widget=DateInput())
    to_date = forms.DateField(label=_("Until (included)"), widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account = self.fields["account"]
        account.queryset = selectors.collection_accounts()  # type: ignore[attr-defined]
        account.label_from_instance = lambda row: f"{row.organisation} · {row}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Days in order, and not more than a year of them."""
        data = super().clean() or {}
        first, last = data.get("from_date"), data.get("to_date")
        if first and last and not timedelta(0) <= last - first < timedelta(days=FETCH_DAYS_MAX):
            raise forms.ValidationError(_("Choose days in order, at most a year of them."))
        return data


class Allocate(Form):
    """The loan to which a payment in suspense belongs, by its number or that of its case."""

    number = forms.CharField(label=_("Loan or case number"), max_length=40)

    def __init__(self, *args: Any, incoming: IncomingPayment, **kwargs: Any) -> None:
        self.incoming = incoming
        super().__init__(*args, **kwargs)

    def clean_number(self) -> Loan:
        """The loan, among those of the payment's lender."""
        number = self.cleaned_data["number"].strip().upper()
        loans = Loan.objects.filter(bank=self.incoming.bank)
        loan = loans.filter(number=number).first() or loans.filter(reference=number).first()
        if loan is None:
            raise forms.ValidationError(
                _("%(bank)s has no loan %(number)s. Look it up in the list of loans."),
                params={"bank": self.incoming.bank, "number": number},
            )
        return loan


class SetAside(Form):
    """Why a payment is not a repayment."""

    note = forms.CharField(
        label=_("Why it is not a repayment"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class Refund(Form):
    """The surplus, typed to show that it is meant."""

    amount = forms.CharField(label=_("Amount to return"), max_length=30)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(*args, **kwargs)

    def clean_amount(self) -> Money:
        """Raises AmountUnreadable's sentence as a form error."""
        text = self.cleaned_data["amount"].replace(",", "").replace(" ", "")
        try:
            return Money.of(Decimal(text) if text.isascii() else text, self.currency)
        except (AmountUnreadable, ArithmeticError) as error:
            raise forms.ValidationError(
                _("“%(text)s” is not an amount. Write it like 12345.67."), params={"text": text}
            ) from error


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
