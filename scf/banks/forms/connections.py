"""A lender's line as an administrator sets it up."""

from django import forms
from django.utils.translation import gettext_lazy as _

from scf.domain.errors import DomainError
from scf.parties import refusals

from ..gateways import transports
from ..models import Connection
from ..services import connecting


class ConnectionForm(forms.ModelForm):
    """The transport and its settings, as JSON; what cannot stand is named field by field."""

    gateway = forms.ChoiceField(label=_("Kind of line"), choices=lambda: [(name, name) for name in transports.every()])

    class Meta:
        model = Connection
        fields = ("bank", "gateway", "settings", "is_active")

    def clean(self) -> dict[str, object]:
        """Settings fit the transport, and the transport may change now."""
        given = super().clean() or {}
        if {"bank", "gateway"} <= given.keys():
            try:
                connecting.ready(bank=given["bank"], gateway=given["gateway"], settings=given.get("settings"))
            except DomainError as refusal:
                self.add_error("settings", refusals.explain(refusal))
        return given
