"""Forms for uploads, linking and saved columns."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from scf.kernel.forms import FilesField
from scf.orders import services
from scf.orders.gateways import Kind, blanks
from scf.orders.gateways.headers import NAMES
from scf.orders.models import ColumnMapping, TradeDocument
from scf.orders.selectors import mappings_of
from scf.parties.models import Organisation

FILES_MAX = 50
COLUMNS_MAX = 120
SHEET_KINDS = (
    (Kind.ORDER, _("Purchase order")),
    (Kind.RECEIPT_ADVICE, _("Goods receipt")),
    (Kind.WAREHOUSE_RECEIPT, _("Warehouse receipt")),
)


class DocumentsField(FilesField):
    """Several files, each within the size limit."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """A list of files, at most FILES_MAX."""
        cleaned = super().clean(data, initial)
        for file in cleaned:
            if (file.size or 0) > settings.UPLOAD_BYTES_MAX:
                limit = settings.UPLOAD_BYTES_MAX // 1024 // 1024
                message = _("%(name)s is larger than %(limit)s MB. Split it and send the parts.")
                raise forms.ValidationError(message % {"name": file.name, "limit": limit})
        return cleaned


class Upload(forms.Form):
    """Files to bring in, with saved columns for sheets."""

    documents = DocumentsField(label=_("Files"), allow_empty_file=True, files_max=FILES_MAX)
    mapping = forms.ModelChoiceField(
        ColumnMapping.objects.none(), required=False, label=_("Saved columns"), empty_label=_("recognise by themselves")
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mapping"].queryset = mappings_of(organisation)  # type: ignore[attr-defined]
        self.fields["mapping"].widget.attrs["class"] = "form-select"
        self.fields["documents"].widget.attrs["class"] = "form-control"

    def uploads(self) -> list[services.Upload]:
        """The files' names and bytes."""
        return [services.Upload(file.name or "", file.read()) for file in self.cleaned_data["documents"]]


class LinkParty(forms.Form):
    """Which organisation a document means by a party."""

    role = forms.ChoiceField(label=_("Party"))
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=_("Organisation"))
    remember = forms.BooleanField(label=_("Recognise this name from now on"), required=False, initial=True)

    def __init__(self, *args: Any, document: TradeDocument, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_stored = document.kind == TradeDocument.Kind.WAREHOUSE_RECEIPT
        roles = (("supplier", _("Supplier")), ("warehouse", _("Warehouse")) if is_stored else ("buyer", _("Buyer")))
        open_roles = [(role, label) for role, label in roles if getattr(document, f"{role}_id") is None]
        self.fields["role"].choices = open_roles  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = Organisation.objects.filter(is_active=True)  # type: ignore[attr-defined]
        for name in ("role", "organisation"):
            self.fields[name].widget.attrs["class"] = "form-select"


class MappingSheet(forms.Form):
    """A sheet whose columns are to be learned."""

    kind = forms.ChoiceField(label=_("What its rows are"), choices=[(kind.value, label) for kind, label in SHEET_KINDS])
    file = forms.FileField(label=_("A sheet of yours (CSV or XLSX)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].widget.attrs["class"] = "form-select"
        self.fields["file"].widget.attrs["class"] = "form-control"

    def clean_file(self) -> UploadedFile:
        """Within the size limit."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_BYTES_MAX:
            raise forms.ValidationError(_("The file is too large."))
        return file


class Columns(forms.Form):
    """For each of our fields, the sheet's column that holds it."""

    name = forms.CharField(label=_("Name for these columns"), max_length=80)
    kind = forms.ChoiceField(choices=[(kind.value, label) for kind, label in SHEET_KINDS], widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, names: list[str], **kwargs: Any) -> None:
        kwargs["initial"] = {**kwargs.get("initial", {}), "kind": kind}
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["class"] = "form-control"
        choices = [("", "–"), *((name, name) for name in dict.fromkeys(names))]
        known = Kind(kind) if kind in {sheet.value for sheet, _label in SHEET_KINDS} else Kind.ORDER
        for field in ("number", *blanks.COLUMNS[known][1:]):
            label = _("Document number") if field == "number" else " · ".join(NAMES[field][:2])
            chooser = forms.Select(attrs={"class": "form-select"})
            is_required = field == "number"
            self.fields[field] = forms.ChoiceField(label=label, choices=choices, required=is_required, widget=chooser)

    def mapping(self) -> dict[str, str]:
        """Field -> column header, where one was chosen."""
        skipped = ("name", "kind")
        return {field: value for field, value in self.cleaned_data.items() if value and field not in skipped}

    def clean(self) -> dict[str, Any]:
        """A sheet without quantities gives nothing to finance."""
        cleaned = super().clean() or {}
        if not any(cleaned.get(field) for field in ("quantity", "ordered", "received")):
            raise forms.ValidationError(_("Choose the column of the quantity."))
        return cleaned
