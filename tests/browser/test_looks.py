"""Every page in both languages, wide and narrow: fits the screen, is accessible, loads nothing foreign."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.fixtures import DESKTOP, PHONE, RESULTS
from tests.browser.people import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("world")]

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
SERIOUS = {"serious", "critical"}

PAGES = {
    "signatory.a": {
        "home": "/", "apply": "/financing/apply/", "cheapest": "/financing/apply/cheapest/",
        "cases": "/financing/cases/?chip=all", "documents": "/documents/",
        "upload": "/documents/upload/", "loans": "/servicing/loans/", "messages": "/messages/",
        "security": "/security/", "order-form": "/documents/new/order/",
        "margin-calls": "/collateral/margin/", "search": "/search/?q=FA",
    },
    "reviewer2": {"home": "/", "queue": "/financing/queue/", "cases": "/financing/cases/"},
    "maker1": {"home": "/", "queue": "/financing/queue/", "loans": "/servicing/loans/?chip=all"},
    "checker2": {"home": "/", "queue": "/financing/queue/"},
    "clerk": {
        "home": "/", "reconciliation": "/servicing/reconciliation/", "exports": "/servicing/exports/",
        "loans": "/servicing/loans/?chip=all",
    },
    "admin": {"home": "/", "clock": "/clock/", "rates": "/servicing/rates/", "prices": "/collateral/prices/",
              "caps": "/collateral/caps/"},
}  # fmt: skip


@pytest.mark.parametrize("who", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(("width", "viewport"), [("wide", DESKTOP), ("narrow", PHONE)])
def test_pages_fit_and_are_sound(world, new_page, who, language, width, viewport):
    page = new_page(viewport=viewport)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: _is_ours(request.url, world.web_url) or complaints.append(request.url))
    sign_in(page, world.web_url, who, language)

    targets = dict(PAGES[who])
    targets |= _first_links(page, world.web_url, targets)
    for name, path in targets.items():
        answer = page.goto(world.web_url + path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=RESULTS / "pages" / f"{who}-{name}-{width}-{language}.png", full_page=True)
        assert answer is not None and answer.status == 200, f"{path}: {answer and answer.status}"
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], f"{path} is too wide"
        complaints += [f"{path}: {problem}" for problem in _axe(page)]

    assert not complaints, "\n".join(complaints)


def _is_ours(url: str, web_url: str) -> bool:
    return url.startswith((web_url, "data:", "blob:"))


def _first_links(page: Page, web_url: str, targets: dict[str, str]) -> dict[str, str]:
    """One case, one loan and one document, opened from their lists."""
    found = {}
    for name, part in (("cases", "/financing/cases/"), ("loans", "/servicing/loans/"), ("documents", "/documents/")):
        if name not in targets:
            continue
        page.goto(web_url + targets[name])
        row = page.locator(f"main tr[data-href*='{part}'], main td a[href*='{part}']").first
        if row.count():
            found[f"one-of-{name}"] = row.get_attribute("data-href") or row.get_attribute("href") or ""
    return found


def _axe(page: Page) -> list[str]:
    """Serious findings of axe-core; run in an isolated world, so that the page's own CSP stays as it is."""
    session = page.context.new_cdp_session(page)
    tree = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    context = session.send("Page.createIsolatedWorld", {"frameId": tree})["executionContextId"]
    session.send("Runtime.evaluate", {"expression": AXE.read_text(), "contextId": context})
    answer = session.send(
        "Runtime.evaluate",
        {
            "expression": "axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations.map("
            "v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')])))",
            "contextId": context, "awaitPromise": True, "returnByValue": True,
        },
    )  # fmt: skip

    return [f"{rule}: {nodes}" for impact, rule, nodes in json.loads(answer["result"]["value"]) if impact in SERIOUS]
