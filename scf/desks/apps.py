"""The desks as a Django app."""

from django.apps import AppConfig


class DesksConfig(AppConfig):
    """Home pages."""

    name = "scf.desks"
