"""Saved columns of an organisation."""

from django.db.models import QuerySet

from scf.orders.models import ColumnMapping
from scf.parties.models import Organisation


def mappings_of(organisation: Organisation) -> QuerySet[ColumnMapping]:
    """The organisation's mappings by name."""
    return ColumnMapping.objects.filter(organisation=organisation).order_by("name")
