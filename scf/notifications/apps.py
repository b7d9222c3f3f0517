"""The notifications as a Django app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """In-app and e-mail messages."""

    name = "scf.notifications"
