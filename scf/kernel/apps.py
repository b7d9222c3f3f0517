"""The kernel as a Django app."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Registers post-migrate work: the application's database role gets its rights."""

    name = "scf.kernel"

    def ready(self) -> None:
        """Connect what must run after every migrate."""
        from . import roles

        roles.connect()
