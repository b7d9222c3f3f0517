"""The clerk clears what waits by keys alone."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import bring, waiting
from tests.browser.fixtures import PHONE
from tests.browser.people import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("world")]


def test_items_are_cleared_set_aside_and_undone_by_keys(world, page, new_page):
    sign_in(page, world.web_url, "clerk")
    bring(page, world.web_url, ["Payer"] * 6)
    page.goto(f"{world.web_url}/servicing/reconciliation/desk/")
    before = waiting(page)
    page.shot("desk")

    # Three are set aside: a, a note, Enter
    for index in range(3):
        page.keyboard.press("a")
        page.keyboard.type("a deposit")
        page.keyboard.press("Enter")
        expect(page.locator("[data-count]")).to_have_attribute("data-count", str(before - index - 1))
    # The last is taken up again, and the next one looked at
    page.keyboard.press("u")
    expect(page.locator("[data-count]")).to_have_attribute("data-count", str(before - 2))
    here = page.locator("[aria-current=true]").get_attribute("href")
    page.keyboard.press("j")
    expect(page.locator("[aria-current=true]")).not_to_have_attribute("href", here or "")
    page.keyboard.press("k")
    expect(page.locator("[aria-current=true]")).to_have_attribute("href", here or "")
    # It is divided by hand: s, and the whole of it on the first loan that runs
    page.keyboard.press("s")
    expect(page.locator("#split")).to_have_attribute("open", "")

    for language in ("en", "zh-hans"):
        for name, viewport in (("wide", {"width": 1280, "height": 900}), ("narrow", PHONE)):
            other = sign_in(new_page(viewport=viewport), world.web_url, "clerk", language)
            for path in ("reconciliation/desk/", "reconciliation/payers/", "day-end/", "reconciliation/"):
                other.goto(f"{world.web_url}/servicing/{path}")
                assert other.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
                picture = path.strip("/").replace("/", "-")
                other.screenshot(path=f"test-results/desk/{picture}-{name}-{language}.png", full_page=True)
