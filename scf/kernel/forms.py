"""The look of every form field, in one place."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from scf.domain.money import AmountUnreadable, Money

CLASS_BY_WIDGET: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, "form-check-input"),
    (forms.CheckboxSelectMultiple, "form-check-input"),
    (forms.RadioSelect, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
)


def dress(form: forms.BaseForm) -> None:
    """Give each widget its class; Django itself says which text explains it and whether it is wrong."""
    for field in form.fields.values():
        css = next(css for kind, css in CLASS_BY_WIDGET if isinstance(field.widget, kind))
        field.widget.attrs.setdefault("class", css)


class Form(forms.Form):
    """The form that all pages use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self)


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; what each is, its bytes tell later."""

    widget = FilesInput

    def __init__(self, *, files_max: int = 20, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.files_max = files_max

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """A list of files, at most `files_max`. Nothing chosen is a missing file, not an empty list of files."""
        files = list(data or [None]) if isinstance(data, list | tuple) else [data]
        cleaned = [super(FilesField, self).clean(file, initial) for file in files]
        if len(cleaned) > self.files_max:
            raise forms.ValidationError(_("At most %(count)s files at once."), params={"count": self.files_max})
        return cleaned


class DateInput(forms.DateInput):
    """The browser's own date picker, ISO dates."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


def read_amount(text: str, currency: str) -> Money:
    """An amount as people write it: "12,345.67". Raises ValidationError."""
    plain = text.replace(",", "").replace(" ", "")
    try:
        return Money.of(plain, currency)
    except (AmountUnreadable, ArithmeticError) as error:
        raise forms.ValidationError(
            _("“%(text)s” is not an amount. Write it like 12345.67."), params={"text": plain}
        ) from error
