"""The ledger as a Django app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Accounts, transactions, legs."""

    name = "scf.ledger"
