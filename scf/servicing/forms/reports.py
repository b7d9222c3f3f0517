"""What a report is asked for. Each form has a default for every field, so that a report opens with figures."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import DateInput, Form
from scf.ledger.models import AccountKind, Book
from scf.parties.models import Organisation

from ..selectors.names import book_name

DAYS_MAX = 1100  # three years and a bit: a report of every day of them still fits a page of a browser


class Asked(Form):
    """A report's question: what the address leaves open, `defaults` answers; what it gets wrong is said."""

    def __init__(self, asked: Mapping[str, Any], *, today: date, lenders: QuerySet[Organisation]) -> None:
        given = {name: asked[name] for name in self.base_fields if asked.get(name)}
        super().__init__({**self.defaults(today), **given}, auto_id="asked_%s")
        if "lender" in self.fields:
            self.fields["lender"].queryset = lenders  # type: ignore[attr-defined]
            if len(lenders) <= 1:
                del self.fields["lender"]
        if "book" in self.fields:
            books = Book.objects.filter(bank__in=lenders).select_related("bank").order_by("bank__code", "id")
            self.fields["book"].queryset = books  # type: ignore[attr-defined]

    def defaults(self, today: date) -> dict[str, Any]:
        """What is asked for where nothing is said."""
        return {}

    def clean(self) -> dict[str, Any]:
        """Days in order, and not more of them than can be shown."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and not timedelta(0) <= last - first < timedelta(days=DAYS_MAX):
            raise forms.ValidationError(_("Choose days in order, at most three years of them."))
        return data


def lender_field() -> forms.ModelChoiceField:
    """A lender among those whose books the reader sees; all of them by default."""
    return forms.ModelChoiceField(
        Organisation.objects.none(), required=False, label=_("Lender"), to_field_name="code", empty_label=_("All")
    )


def _this_month(today: date) -> dict[str, Any]:
    return {"first": today.replace(day=1), "last": today}


class BooksAsked(Asked):
    """Days of the books, both included."""

    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("Until (included)"), widget=DateInput())
    lender = lender_field()

    def defaults(self, today: date) -> dict[str, Any]:
        """This month so far."""
        return _this_month(today)


class DaysAsked(BooksAsked):
    """Days that are over or still run."""

    def defaults(self, today: date) -> dict[str, Any]:
        """The last thirty days."""
        return {"first": today - timedelta(days=30), "last": today}


class DayAsked(Asked):
    """One day, and by what the loans are grouped."""

    on = forms.DateField(label=_("As of the start of"), widget=DateInput())
    by = forms.ChoiceField(
        label=_("Grouped by"),
        choices=[("supplier", _("Supplier")), ("lender", _("Lender")), ("product", _("Product")),
                 ("buyer", _("Buyer")), ("class", _("Class"))],
    )  # fmt: skip
    lender = lender_field()

    def defaults(self, today: date) -> dict[str, Any]:
        """Today, by supplier."""
        return {"on": today, "by": "supplier"}


class DueAsked(Asked):
    """Days in which something falls due, and how they are gathered."""

    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("Until (included)"), widget=DateInput())
    by = forms.ChoiceField(label=_("Gathered by"), choices=[("day", _("Day")), ("month", _("Month"))])
    lender = lender_field()

    def defaults(self, today: date) -> dict[str, Any]:
        """The next ninety days."""
        return {"first": today, "last": today + timedelta(days=90), "by": "day"}


class BookChoice(forms.ModelChoiceField):
    """A book by its lender, product and currency."""

    def label_from_instance(self, book: Any) -> str:
        """As people call it."""
        return book_name(book)


class LegsAsked(Asked):
    """Which legs of the books: days by booking date, a book, a kind of account, a loan, a party."""

    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("Until (included)"), widget=DateInput())
    book = BookChoice(Book.objects.none(), required=False, label=_("Book"), empty_label=_("All"))
    kind = forms.ChoiceField(required=False, label=_("Account"), choices=[("", _("All")), *AccountKind.choices])
    loan = forms.CharField(required=False, label=_("Loan"), max_length=40)
    party = forms.CharField(required=False, label=_("Supplier"), max_length=100)

    def defaults(self, today: date) -> dict[str, Any]:
        """This month so far."""
        return _this_month(today)
