"""The price feed over real HTTP: taken once, corrected, bad rows named, silence told once a day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from scf.collateral.gateways.price_feed import HttpPriceFeed, PriceFeedUnreadable
from scf.collateral.models import FeedState, MarketPrice
from scf.collateral.services import price_feeds
from scf.kernel import clock
from scf.notifications.models import Notification
from scf.notifications.services import text_of
from scf.parties.models import Organisation, Role
from tests.factories import NOON, member, organisation
from tests.integration.servicing_world import browser
from tests.integration.test_prices import TODAY, commodity
from tests.integration.test_sandbox_register import RegisterProcess
from tests.stack import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.processes]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    process = RegisterProcess(tmp_path_factory.mktemp("feed") / "run")
    process.start()
    yield process
    process.kill()


@pytest.fixture
def keeper(db):
    return member(organisation(Organisation.Kind.PLATFORM), Role.CLERK)


@pytest.fixture
def feed(process, settings, keeper):
    """The settings name the sandbox, which publishes nothing of its own."""
    settings.PRICE_FEED_URL, settings.PRICE_FEED_NAME = f"{process.register_url}/m/prices", "the sandbox"
    settings.PRICE_FEED_SECRET = process.register_secret
    process.control("prices", prices=[])
    process.control("faults", whom="m", mode="off")
    commodity()
    return process


def publish(feed, *entries):
    named = ("commodity", "as_of", "price")
    feed.control("prices", prices=[dict(zip(named, entry, strict=True)) for entry in entries])


def pull(hours: int = 0):
    return price_feeds.pull(at=NOON + hours * HOUR)


def counted() -> list[tuple[int, str]]:
    rows = MarketPrice.objects.filter(as_of=TODAY).order_by("version")
    return [(row.version, f"{row.price.normalize():f}") for row in rows]


def test_a_price_is_taken_once_an_hour_and_another_one_is_a_correction(feed):
    publish(feed, ("copper", str(TODAY), "68250.5"), ("COPPER", str(TODAY - DAY), 68000.25))

    assert pull().taken == 2
    publish(feed, ("copper", str(TODAY), "68300"))
    assert pull() is None and counted() == [(1, "68250.5")]
    assert (pull(1).corrected, pull(2).known) == (1, 1)

    assert counted() == [(1, "68250.5"), (2, "68300")]
    row = MarketPrice.objects.get(as_of=TODAY, version=2)
    assert (row.source, row.origin, row.entered_by) == ("FEED", "the sandbox:1", None)
    assert not Notification.objects.exists()


def test_bad_rows_beside_good_ones_are_named_to_who_keeps_prices_in_their_language(feed, keeper):
    english = member(keeper.organisation, Role.ADMINISTRATOR)
    english.user.language = "en"
    english.user.save(update_fields=["language"])
    today = str(TODAY)
    publish(feed, ("copper", today, "68250"), ("zinc", today, "1"), ("copper", "soon", "1"),
            ("copper", str(TODAY - DAY), "NaN"), ("copper", today, "7"), ("copper", "2031-03-04", None))  # fmt: skip

    brought = pull()

    assert (brought.taken, [(row.line, row.field) for row in brought.bad]) == (
        1, [(2, "commodity"), (3, "as_of"), (4, "price"), (5, "as_of"), (6, "price")],
    )  # fmt: skip
    assert pull(1).known == 1
    (chinese,) = Notification.objects.filter(membership=keeper)
    assert "zinc" in text_of(chinese) and "this code" not in text_of(chinese)
    assert "zinc 2031-03-03 1: commodity: this code is not known" in text_of(
        Notification.objects.get(membership=english)
    )
    with clock.pinned(NOON):
        page = browser(english).get("/collateral/prices/").content.decode()
    assert "the sandbox" in page and "zinc 2031-03-03 1" in page and "this code is not known" in page


def test_a_feed_that_fails_is_told_once_a_day_and_goes_on_when_it_is_back(feed, keeper, settings):
    publish(feed, ("copper", str(TODAY), "68250"))
    feed.control("faults", whom="m", mode="outage")
    assert pull() is None and pull(1) is None
    (told,) = Notification.objects.all()
    assert told.code == "price.feed.failed" and "the sandbox" in text_of(told)
    state = FeedState.objects.get()
    assert (state.fault, state.silent_since, state.answered_at) == ("PRICE_FEED_SILENT", NOON, None)

    settings.PRICE_FEED_SECRET = "guess"
    assert pull(24) is None
    assert Notification.objects.count() == 2 and FeedState.objects.get().fault == "PRICE_FEED_REFUSED"

    settings.PRICE_FEED_SECRET = feed.register_secret
    feed.control("faults", whom="m", mode="off")
    assert pull(25).taken == 1
    state = FeedState.objects.get()
    assert (state.fault, state.silent_since, state.answered_at) == ("", None, NOON + 25 * HOUR)


def test_nothing_is_asked_without_a_feed_without_goods_and_on_days_off(feed, settings):
    saturday = NOON + 5 * DAY
    assert price_feeds.pull(at=saturday) is None
    settings.PRICE_FEED_URL = ""
    assert pull() is None and not FeedState.objects.exists()


def test_the_sandbox_publishes_invented_prices_of_its_own_by_a_formula(feed):
    feed.control("prices", prices=None)
    commodity("demo-rice", unit="袋")
    commodity("demo-rapeseed-oil", unit="桶")

    first = pull()
    again = pull(1)

    assert first.taken > 2 * 250 and not first.bad and (again.taken, again.bad) == (0, [])
    last = MarketPrice.objects.filter(commodity__code="demo-rice").latest("as_of")
    assert last.as_of == TODAY and Decimal(50) < last.price < Decimal(100)


def test_what_is_no_list_of_prices_is_said_to_be_none(feed):
    feed.control("prices", prices="none today")
    with pytest.raises(PriceFeedUnreadable):
        HttpPriceFeed(address=f"{feed.register_url}/m/prices", secret=feed.register_secret).prices(
            since=date(2031, 3, 1), until=TODAY
        )
    nobody = HttpPriceFeed(address=f"http://127.0.0.1:{free_port()}/m/prices", secret="s")
    with pytest.raises(price_feeds.price_feed.PriceFeedSilent):
        nobody.prices(since=TODAY, until=TODAY)
