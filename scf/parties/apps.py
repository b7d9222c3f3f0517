"""The parties as a Django app."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Organisations and people."""

    name = "scf.parties"
