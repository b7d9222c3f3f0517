"""The financing as a Django app."""

from django.apps import AppConfig


class FinancingConfig(AppConfig):
    """Products, applications, bank cases."""

    name = "scf.financing"
