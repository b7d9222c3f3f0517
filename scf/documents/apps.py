"""The documents as a Django app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Stored files and typeset documents."""

    name = "scf.documents"
