"""People of the demo world in browsers of their own."""

from playwright.sync_api import Page, expect

from scf.desks.welcome import PASSWORD


def sign_in(page: Page, web_url: str, who: str, language: str = "en") -> Page:
    """Sign in as `who`@demo.invalid, reading `language`."""
    page.context.add_cookies([{"name": "django_language", "value": language, "url": web_url}])
    page.goto(f"{web_url}/login/")
    page.locator("#id_username").fill(f"{who}@demo.invalid")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main button[type=submit], main form button").last.click()
    page.wait_for_url(f"{web_url}/")
    return page


def state_of(page: Page) -> str:
    """The state shown in the head of a case page."""
    return page.locator(".page-head .tag").first.get_attribute("data-state") or ""


def wait_for_state(page: Page, url: str, state: str, tries: int = 60) -> None:
    """Reload the case until it is in `state`; hand-overs take a second or two."""
    for _ in range(tries):
        page.goto(url)
        if state_of(page) == state:
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{url} is {state_of(page)}, not {state}")


def claim_and_decide(page: Page, case_url: str, fill: dict[str, str], choose: str) -> None:
    """Claim the case, tick the radio `choose`, fill fields by id, send."""
    page.goto(case_url)
    page.get_by_role("button", name="Claim").first.click()
    page.locator(f"input[value={choose}]").check()
    if "annual_rate" in fill:  # the lender's price list may have begun with a rate that follows an index
        page.locator("#id_pricing").select_option("FIXED")
    for field, value in fill.items():
        page.locator(f"#id_{field}").fill(value)
    page.locator("main form.attention button.btn-primary").click()
    expect(page.locator(".page-head h1")).to_be_visible()
