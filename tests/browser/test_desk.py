"""The clerk clears what waits by keys alone."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from scf.banks.gateways import iso20022
from scf.banks.gateways.base import Statement, StatementEntry
from tests.browser.fixtures import PHONE
from tests.browser.people import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("world")]


def statement(account: str, currency: str, count: int) -> bytes:
    """A camt.053 of today with credits that name no loan."""
    at = datetime.now(UTC)
    entries = tuple(
        StatementEntry(
            reference=f"DESK{index}", amount_minor=1000_00 + index, currency=currency, booking_date=at.date(),
            value_date=at.date(), remittance=f"payment {index}", counterparty_name=f"Payer {index}",
        )
        for index in range(count)
    )  # fmt: skip
    closing = sum(entry.amount_minor for entry in entries)
    told = Statement(account, "DESK-1", currency, at.date(), at.date(), 0, closing, entries, len(entries))
    return iso20022.write_statement(told, message_id="DESK-1", at=at)


def waiting(page: Page) -> int:
    tag = page.locator("[data-count]")
    return int(tag.get_attribute("data-count") or 0) if tag.count() else 0


def test_items_are_cleared_set_aside_and_undone_by_keys(world, page, new_page):
    sign_in(page, world.web_url, "clerk")
    page.goto(f"{world.web_url}/servicing/reconciliation/")
    option = next(o for o in page.locator("#id_fetch-account option").all_inner_texts() if o.endswith("CNY"))
    number = re.findall(r"(\d{8,}) CNY", option)[0]
    file = {"name": "desk.xml", "mimeType": "application/xml", "buffer": statement(number, "CNY", 6)}
    page.locator("#id_statements").set_input_files([file])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("6 in suspense")).to_be_visible()
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
