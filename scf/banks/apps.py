"""The banks as a Django app."""

from django.apps import AppConfig


class BanksConfig(AppConfig):
    """Lenders, payments, messages, statements."""

    name = "scf.banks"
