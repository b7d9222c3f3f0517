"""The collateral as a Django app."""

from django.apps import AppConfig


class CollateralConfig(AppConfig):
    """Holdings and pledges."""

    name = "scf.collateral"
