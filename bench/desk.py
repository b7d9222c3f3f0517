"""A clerk at the reconciliation desk: fifty payments that name no loan, cleared by keys alone in a real browser."""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.desk import DESK, bring, waiting
from tests.browser.fixtures import ARGUMENTS, DESKTOP, chromium_path
from tests.browser.people import sign_in
from tests.chaos.stage import Stage as Product

from .report import ROOT, Part, Result
from .stage import Stage

ITEMS, SECONDS_MAX = 50, 300.0
SHARE_MAX = 0.2  # of the five minutes: the rest is the clerk's, to read and to decide
NOTE = "a deposit"


def run(_stage: Stage, _loans: int) -> Part:
    """The demo world with all its processes, a statement, and a clerk who needs no time to think."""
    with TemporaryDirectory() as folder, Product.opened(Path(folder), _fill) as product, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        page = sign_in(browser.new_context(viewport=DESKTOP, locale="en-GB").new_page(), product.web_url, "clerk")
        bring(page, product.web_url, _payers())
        seconds, taken, keys = _clear(page, product.web_url)
        browser.close()
    what = f"{ITEMS} items cleared by {keys} keys: {taken} suggestions taken, the others set aside with a note"
    return Part(
        "desk", "Reconciliation desk",
        [Result(what, f"{seconds:.0f} s", f"{SECONDS_MAX:.0f} s", seconds / SECONDS_MAX, SHARE_MAX)],
        [
            f"The machine's part of five minutes: {SECONDS_MAX / ITEMS - seconds / ITEMS:.1f} s are left to the clerk "
            "for each item. Demo world, Chromium, all processes on this machine.",
        ],
    )  # fmt: skip


def _fill(product: Product) -> None:
    product.manage("migrate", "--verbosity", "0")
    product.manage("load_demo_world")


def _payers() -> list[str]:
    """Payers whom the demo knows, and every fifth a stranger."""
    known = [row["name"] for row in json.loads((ROOT / "fixtures" / "world.json").read_text())["organisations"][2:5]]
    return [f"Payer {index}" if index % 5 == 4 else known[index % len(known)] for index in range(ITEMS)]


def _clear(page: Page, web_url: str) -> tuple[float, int, int]:
    """Seconds, suggestions taken, keys pressed, until `ITEMS` fewer wait than at first."""
    page.goto(web_url + DESK)
    first, taken, keys = waiting(page), 0, 0
    assert first > ITEMS, f"{first} items wait: the demo's own and {ITEMS} more were expected"
    began = time.perf_counter()
    for done in range(1, ITEMS + 1):
        page.wait_for_load_state()
        if page.locator("[data-take='1']").count():
            page.keyboard.press("1")
            taken, keys = taken + 1, keys + 1
        else:
            page.keyboard.press("a")
            page.keyboard.type(NOTE)
            page.keyboard.press("Enter")
            keys += len(NOTE) + 2
        expect(page.locator("[data-count]")).to_have_attribute("data-count", str(first - done))
    return time.perf_counter() - began, taken, keys
