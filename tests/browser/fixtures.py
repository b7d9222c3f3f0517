"""Chromium for the browser tests: one browser a process, one clean page a test."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

RESULTS = Path(__file__).resolve().parents[2] / "test-results"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def chromium_path() -> str | None:
    """The browser that `make test` found, or one on PATH."""
    named = os.environ.get("SCF_CHROMIUM")
    if named is not None:  # empty: it looked and found none
        return named or None
    return shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the process; the test is left out where there is none."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium on this machine")
    # Playwright's sync API runs an event loop in this thread; Django must not take the tests for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A clean desktop page; `page.shot("name")` saves a picture below test-results/."""
    context = browser.new_context(viewport=DESKTOP, locale="en-GB", timezone_id="Asia/Shanghai")
    context.set_default_timeout(15_000)
    page = context.new_page()
    folder = RESULTS / re.sub(r"[^\w.-]+", "-", request.node.name)
    page.shot = lambda name: page.screenshot(path=folder / f"{name}.png", full_page=True)  # type: ignore[attr-defined]
    yield page
    page.shot("at-the-end")  # type: ignore[attr-defined]
    context.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator:
    """A factory of pages with sessions of their own: one a person."""
    contexts = []

    def make(*, viewport: dict = DESKTOP, locale: str = "en-GB") -> Page:
        context = browser.new_context(viewport=viewport, locale=locale, timezone_id="Asia/Shanghai")
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
