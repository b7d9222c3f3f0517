"""Reading statements that came in, and movements that a later one no longer shows."""

from django.db.models import QuerySet

from ..models import Statement, StatementEntry


def statements() -> QuerySet[Statement]:
    """Every statement, the latest first."""
    return Statement.objects.select_related("bank", "account").order_by("-imported_at", "-id")


def entries_gone() -> QuerySet[StatementEntry]:
    """Movements that a corrected statement no longer shows, the oldest first; a person decides what they mean."""
    found = StatementEntry.objects.filter(missing_from__isnull=False)
    return found.select_related("missing_from", "incoming").order_by("id")
