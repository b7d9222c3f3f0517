"""The kernel as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class KernelConfig(AppConfig):
    """Registers post-migrate work: the application's database role gets its rights."""

    name = "scf.kernel"

    def ready(self) -> None:
        """Connect what must run after every migrate, and load every app's promise-keepers.

        Whichever process delivers the outbox, a command included, must know
        all handlers: a message nobody listens to would count as delivered.
        """
        from . import roles

        roles.connect()
        autodiscover_modules("tasks")
