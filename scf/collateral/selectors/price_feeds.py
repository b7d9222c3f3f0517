"""Reading how a feed of prices does, and who keeps prices."""

from datetime import date

from django.db.models import Max, QuerySet

from scf.parties.models import Membership, Organisation, Role

from ..models import Commodity, FeedState, MarketPrice

KEEPERS = (Role.ADMINISTRATOR, Role.CLERK)


def has_commodities() -> bool:
    """Whether there is anything to ask prices for."""
    return Commodity.objects.exists()


def last_day(source: str) -> date | None:
    """The last day of which a price came from this source (MarketPrice.Source); None where none has."""
    found: date | None = MarketPrice.objects.filter(source=source).aggregate(last=Max("as_of"))["last"]
    return found


def keepers() -> QuerySet[Membership]:
    """The people of the platform who keep prices."""
    rows = Membership.objects.filter(organisation__kind=Organisation.Kind.PLATFORM, role__in=KEEPERS, is_active=True)
    return rows.select_related("user").order_by("pk")


def feed_states() -> QuerySet[FeedState]:
    """Every feed that was ever asked, the last asked first."""
    return FeedState.objects.order_by("-asked_at")
