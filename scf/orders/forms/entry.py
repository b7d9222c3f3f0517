"""Forms for an order, a goods receipt or a warehouse receipt typed in by hand."""

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.orders.gateways import Kind, ParsedDocument, ParsedLine, Party
from scf.orders.gateways.facts import StatedTotals, total_of

from . import words

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Label: TypeAlias = "str | _StrPromise"
LINES_SHOWN = 3
LINES_MAX = 200
LABELS: tuple[tuple[Kind, Label], ...] = (
    (Kind.ORDER, _("Purchase order")),
    (Kind.RECEIPT_ADVICE, _("Goods receipt")),
    (Kind.WAREHOUSE_RECEIPT, _("Warehouse receipt")),
)
_DETAILS = (
    ("place", _("Place of storage")),
    ("stored_from", _("Stored from")),
    ("stored_to", _("Stored to")),
    ("quality", _("Quality")),
    ("packing", _("Packing")),
    ("pieces", _("Pieces")),
    ("marks", _("Marks")),
    ("loss_standard", _("Loss standard")),
    ("fee", _("Storage fee")),
    ("insured_amount", _("Insured amount")),
    ("insurance_period", _("Insurance period")),
    ("insurer", _("Insurer")),
    ("issuer", _("Issuer")),
    ("issue_place", _("Place of issue")),
    ("keeper_signature", _("Keeper's signature")),
)


def _day(label: Label, *, required: bool = False) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}))


def _number(label: Label, *, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=required, min_value=0, max_digits=17, decimal_places=4)


class Styled(forms.Form):
    """Gives every widget the product's look."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "form-control")


class Header(Styled):
    """What every document says about itself. key: makes a repeated click harmless."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    number = forms.CharField(label=_("Number"), max_length=100)
    issue_date = _day(_("Date of issue"), required=True)
    buyer = forms.CharField(label=_("Buyer"), max_length=200, help_text=_("name or unified social credit code"))
    currency = forms.RegexField(r"^[A-Za-z]{3}$", label=_("Currency"), initial="CNY")


class OrderHeader(Header):
    """A purchase order."""

    expected_date = _day(_("Expected delivery"))
    payment_term_days = forms.IntegerField(label=_("Payment term, days"), required=False, min_value=0, max_value=365)


class ReceiptHeader(Header):
    """A goods receipt."""

    order_number = forms.CharField(label=_("Order number"), max_length=100, required=False)
    due_date = _day(_("Payment due"))


class WarehouseHeader(Header):
    """A warehouse receipt with the fields of GB/T 30332-2024."""

    buyer = None  # type: ignore[assignment]
    depositor = forms.CharField(label=_("Depositor"), max_length=200, required=False)
    warehouse = forms.CharField(label=_("Warehouse"), max_length=200, help_text=_("name or unified social credit code"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in _DETAILS:
            is_date = name in ("stored_from", "stored_to")
            field = _day(label) if is_date else forms.CharField(label=label, max_length=200, required=False)
            field.widget.attrs["class"] = "form-control"
            self.fields[name] = field


class OrderLine(Styled):
    """A line of an order."""

    item_code = forms.CharField(label=_("Item code"), max_length=100, required=False)
    description = forms.CharField(label=_("Goods"), max_length=200)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    quantity = _number(_("Quantity"), required=True)
    unit_price = _number(_("Unit price"))


class ReceiptLine(OrderLine):
    """A line of a goods receipt: quantity is what was received."""

    rejected = _number(_("Rejected"))
    short = _number(_("Short"))


HEADERS: dict[str, type[Header]] = {
    Kind.ORDER: OrderHeader,
    Kind.RECEIPT_ADVICE: ReceiptHeader,
    Kind.WAREHOUSE_RECEIPT: WarehouseHeader,
}
_MAIN = {Kind.ORDER: "ordered", Kind.RECEIPT_ADVICE: "received", Kind.WAREHOUSE_RECEIPT: "quantity"}


def line_forms(kind: Kind, data: Any) -> forms.BaseFormSet:
    """The lines' forms: a few empty ones, at least one filled in."""
    line = ReceiptLine if kind is Kind.RECEIPT_ADVICE else OrderLine
    formset = forms.formset_factory(
        line, extra=LINES_SHOWN, min_num=1, validate_min=True, max_num=LINES_MAX, validate_max=True
    )
    return formset(data, prefix="lines")


def document_of(kind: Kind, header: Header, lines: forms.BaseFormSet) -> ParsedDocument:
    """What was typed, as facts like those of any file."""
    facts = header.cleaned_data
    filled = [form.cleaned_data for form in lines if form.cleaned_data]
    parsed = tuple(_line(kind, at, line, facts.get("order_number", "")) for at, line in enumerate(filled, start=1))
    order = facts.get("order_number")
    details = {name: str(facts[name]) for name, _label in _DETAILS if facts.get(name)}
    depositor = facts.get("depositor")
    return ParsedDocument(
        kind=kind,
        number=facts["number"].strip(),
        source="form",
        issue_date=facts["issue_date"],
        supplier=_party(depositor) if depositor else None,
        buyer=_party(facts["buyer"]) if facts.get("buyer") else None,
        warehouse=_party(facts["warehouse"]) if facts.get("warehouse") else None,
        currency=facts["currency"].upper(),
        lines=parsed,
        totals=StatedTotals(payable=total_of(line.amount for line in parsed)),
        due_date=facts.get("due_date"),
        payment_term_days=facts.get("payment_term_days"),
        expected_date=facts.get("expected_date"),
        references={"order": (order,)} if order else {},
        extra={**details, "depositor": depositor} if depositor else details,
    )


def sentence_of(problem: dict) -> str:
    """A refusal's problem in words."""
    return str(words.explained([problem])[0]["message"])


def _line(kind: Kind, at: int, facts: dict[str, Any], order_number: str) -> ParsedLine:
    code, quantity, price = facts.get("item_code", ""), facts["quantity"], facts.get("unit_price")
    quantities: dict[str, Any] = {"quantity": quantity, _MAIN[kind]: quantity}
    for name in ("rejected", "short"):
        quantities[name] = facts.get(name)
    return ParsedLine(
        number=str(at),
        where=f"line {at}",
        item_code=code,
        item_codes=(code,) if code else (),
        description=facts["description"],
        unit=facts.get("unit", ""),
        unit_price=price,
        amount=quantity * price if price is not None else None,
        order_number=order_number,
        **quantities,
    )


def _party(text: str) -> Party:
    return Party(text.strip(), (text.strip(),), (("", text.strip()),))
