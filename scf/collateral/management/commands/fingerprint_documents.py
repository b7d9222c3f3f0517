"""Make or renew the fingerprints of all documents: after taking over old data, or after a change of the key."""

from django.core.management.base import BaseCommand

from scf.collateral.services import fingerprinting
from scf.orders.models import TradeDocument

BATCH = 1000


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: object, **options: object) -> str:
        made, last = 0, 0
        while True:
            ids = list(TradeDocument.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
            if not ids:
                return f"{made} fingerprints are up to date."
            fingerprinting.keep(ids)
            made, last = made + len(ids), ids[-1]
