"""The pages of market prices and limits: two people, age in words, use as a bar, who sees what."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from scf.collateral.gateways.price_files import Row
from scf.collateral.models import Cap, MarketPrice, PriceProposal
from scf.collateral.services import prices
from scf.collateral.views import price_chart
from scf.domain.market import Quote
from scf.kernel import clock
from scf.parties.models import Role
from tests.factories import NOON, LendingWorld, member, organisation
from tests.integration.servicing_world import browser
from tests.integration.test_prices import TODAY, commodity

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with clock.pinned(NOON):
        yield


@pytest.fixture
def world() -> LendingWorld:
    world = LendingWorld()
    world.administrator = member(world.platform, Role.ADMINISTRATOR)
    return world


def send(by, name: str, **data):
    return browser(by).post(reverse(f"collateral:{name}"), data)


def text(by, name: str, **query) -> str:
    answer = browser(by).get(reverse(f"collateral:{name}"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_price_is_entered_by_one_and_confirmed_by_another(world):
    found = commodity()
    terms = {"commodity": found.pk, "grade": "", "as_of": TODAY.isoformat(), "price": "68250.5", "origin": "exchange"}

    assert send(world.clerk, "price-enter", **terms).status_code == 302
    assert send(world.clerk, "price-enter", **{**terms, "as_of": "2999-01-01"}).status_code == 422
    (row,) = PriceProposal.objects.all()
    own = send(world.clerk, "price-decide", action="confirm", ids=[row.pk])
    assert own.status_code == 422 and "somebody else confirms it" in own.content.decode()
    assert send(world.administrator, "price-decide", action="confirm", ids=[row.pk]).status_code == 302

    assert MarketPrice.objects.get().price == Decimal("68250.5")
    assert "fresh" in text(world.checker, "price-list") and "68,250.5" in text(world.checker, "price-list")


def test_the_age_of_each_price_is_said_and_the_queries_do_not_grow(world, django_assert_max_num_queries):
    for days, code, sign in ((1, "fresh", 1), (5, "stale", 1), (20, "stopped", 1), (1, "below", -1)):
        commodity(code)
        rows = [Row(n, code, "", TODAY - timedelta(days=days + n), sign * Decimal(100 + n)) for n in range(60)]
        prices.receive_prices(rows=rows, feed="test", at=NOON)
    commodity("nothing")
    reader = browser(world.reviewer)

    with django_assert_max_num_queries(14):
        page = reader.get(reverse("collateral:price-list"), {"commodity": "stopped", "grade": ""}).content.decode()

    for words in (
        "1 day old",
        "old: higher haircut",
        "too old",
        "no price",
        "not above zero",
        "<polyline",
        "Show more",
    ):
        assert words in page


def test_a_limit_is_set_by_two_and_shown_with_its_use(world):
    terms = {
        "level": "BUYER", "organisation": world.buyer.pk, "currency": "CNY", "limit": "5000000",
        "valid_from": TODAY.isoformat(), "why": "annual review",
    }  # fmt: skip

    assert send(world.clerk, "cap-enter", **{**terms, "organisation": ""}).status_code == 422
    assert send(world.clerk, "cap-enter", **{**terms, "organisation": world.bank.pk}).status_code == 422
    assert send(world.clerk, "cap-enter", **terms).status_code == 302
    page = text(world.administrator, "cap-list")
    pk = page.split('name="shown" value="')[1].split('"')[0]
    assert send(world.administrator, "cap-decide", action="confirm_all", shown=[pk]).status_code == 302

    assert Cap.objects.get().limit_minor == 5_000_000_00
    assert "5,000,000.00" in text(world.reviewer, "cap-list")


def test_a_lender_sees_its_own_limits_only(world):
    other = organisation("BANK")
    for lender, amount in ((None, 111), (world.bank, 222), (other, 333)):
        Cap.objects.create(
            level="SUPPLIER", organisation=world.supplier, lender=lender, limit_minor=amount * 100, valid_from=TODAY
        )
    Cap.objects.create(level="BANK", organisation=world.bank, limit_minor=444_00, valid_from=TODAY)

    page = text(world.maker, "cap-list")

    assert [amount for amount in ("111.00", "222.00", "333.00", "444.00") if amount in page] == ["222.00", "444.00"]
    assert "Set or change" not in page


def test_the_line_of_prices_stays_within_the_chart_below_zero_too():
    quotes = [Quote(Decimal(price), TODAY - timedelta(days=9 - at)) for at, price in enumerate(("-36.98", "9.5", "53"))]

    chart = price_chart.over_time(quotes, "Oil", TODAY)

    ys = [float(point.split(",")[1]) for point in chart.lines[0].points.split()]
    assert all(price_chart.TOP <= y <= price_chart.BOTTOM for y in ys) and ys == sorted(ys, reverse=True)
    assert {"-50", "0", "100"} <= {label for _y, label in chart.levels}
    assert price_chart.over_time(quotes[:1], "Oil", TODAY) is None


def test_a_file_of_prices_waits_for_a_colleague_and_bad_rows_are_named(world):
    commodity()
    sheet = (
        "commodity,as_of,price\ncopper,2031-03-01,68250\nzinc,2031-03-01,1\ncopper,soon,1\ncopper,2031-03-02,68,300\n"
    )

    def upload(content: str):
        file = SimpleUploadedFile("prices.csv", content.encode())
        return send(world.clerk, "price-upload", file=file, origin="exchange").content.decode()

    page = upload(sheet.replace("68,300", '"68,300"'))
    assert "2 values are entered" in page and "this code is not known" in page and "write the day like" in page
    assert not MarketPrice.objects.exists()
    again = upload("commodity,as_of,price\ncopper,2031-03-01,68250\ncopper,2031-03-02,1\n")
    assert "1 was known already" in again and "another price of this day waits" in again

    ids = list(PriceProposal.objects.values_list("pk", flat=True))
    assert send(world.clerk, "price-decide", action="confirm", ids=ids).status_code == 422
    assert send(world.administrator, "price-decide", action="confirm_all", shown=ids).status_code == 302
    assert sorted(MarketPrice.objects.values_list("price", flat=True)) == [Decimal(68250), Decimal(68300)]
    assert "0 values are entered" in upload("commodity,as_of,price\ncopper,2031-03-01,68250\n")
