"""Give the application's database role exactly its rights; run as the owner. `migrate` does it, too."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from scf.kernel import roles


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: object) -> str:
        try:
            is_granted = roles.grant()
        except roles.RoleMissing as refusal:
            raise CommandError(refusal.message) from refusal
        if not is_granted:
            return "Nothing granted: DATABASE_OWNER_URL names no owner apart from the application's role."
        return f"{settings.DATABASE_APP_ROLE} may write rows, except in: {', '.join(roles.append_only_tables())}."
