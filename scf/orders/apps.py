"""The orders app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    """Trade documents: orders, receipts, warehouse receipts and invoices."""

    name = "scf.orders"
    label = "orders"
    verbose_name = _("Trade documents")
