"""The servicing as a Django app."""

from django.apps import AppConfig


class ServicingConfig(AppConfig):
    """Loans, repayments, reconciliation, exports."""

    name = "scf.servicing"
