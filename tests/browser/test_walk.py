"""The main job in the browser, as each person, on real engines: from receipt to settled case and statements."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scf.desks.welcome import PASSWORD
from tests.browser.people import claim_and_decide, sign_in, wait_for_state
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("world")]


@pytest.fixture(scope="module")
def world() -> Iterator[Stack]:
    """The product with the demo world in it, for all tests of this file."""
    with tempfile.TemporaryDirectory(prefix="scf-world-") as folder:
        with Stack.start(Path(folder), prepare=lambda stack: stack.manage("load_demo_world")) as stack:
            yield stack


def apply(page: Page, web_url: str, *, product: str, currency: str, amount: str, tenor: str) -> str:
    """The supplier applies; the case's number."""
    page.goto(f"{web_url}/financing/apply/")
    form = page.locator("form").filter(has=page.locator(f"input[name=product][value={product}]"))
    form.filter(has=page.locator(f"input[name=currency][value={currency}]")).get_by_role("button").click()
    page.locator("#id_amount").fill(amount)
    page.locator("#id_tenor_days").fill(tenor)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    number = page.locator(".page-head .mono").inner_text()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("is submitted")).to_be_visible()
    return number


def lend(world: Stack, new_page, number: str, officers: dict[str, tuple[str, str]]) -> None:
    """Each lender's maker offers at a rate and a checker confirms. officers: maker -> (checker, rate)."""
    case = f"{world.web_url}/financing/cases/{number}/"
    for maker, (checker, rate) in officers.items():
        page = sign_in(new_page(), world.web_url, maker)
        wait_for_state(page, case, "ROUTED") if maker == next(iter(officers)) else page.goto(case)
        claim_and_decide(page, case, {"annual_rate": rate}, "OFFER")
        page = sign_in(new_page(), world.web_url, checker)
        claim_and_decide(page, case, {}, "CONFIRM")


def sign_cheapest(page: Page, world: Stack, number: str) -> None:
    """The supplier opens the offers and signs the one marked cheapest."""
    case = f"{world.web_url}/financing/cases/{number}/"
    wait_for_state(page, case, "OFFERED")
    page.get_by_role("link", name="Choose an offer").click()
    page.shot("offers")  # type: ignore[attr-defined]
    offer = page.locator("form.card").first
    offer.get_by_text("Choose this offer").click()
    offer.locator("input[name=has_read]").check()
    offer.locator("input[name=proof]").fill(PASSWORD)
    offer.get_by_role("button", name=re.compile("Sign with")).click()
    wait_for_state(page, case, "DISBURSED")


def test_the_oasis_order_from_receipt_to_settled_case(world, page, new_page):
    # The supplier borrows on 90 of the 100 kg that were ordered
    sign_in(page, world.web_url, "signatory.a")
    page.shot("supplier-home")
    number = apply(page, world.web_url, product="RECEIPT", currency="GBP", amount="60", tenor="30")
    case = f"{world.web_url}/financing/cases/{number}/"
    page.shot("submitted")

    # The platform's reviewer claims and approves
    reviewer = sign_in(new_page(), world.web_url, "reviewer2")
    wait_for_state(reviewer, case, "SUBMITTED")
    reviewer.wait_for_timeout(1500)
    claim_and_decide(reviewer, case, {}, "APPROVE")

    # Two lenders offer, each by two persons
    lend(world, new_page, number, {"maker1": ("checker1", "4.50"), "maker2": ("checker2", "4.10")})

    # The supplier signs the cheaper one; the lender pays
    sign_cheapest(page, world, number)
    page.shot("disbursed")
    loan = page.locator("#money a").first.inner_text()
    assert re.fullmatch(r"LN-\d{8}-\d{4}", loan)

    # The buyer pays at the bank; the clerk fetches the statement; the case is settled
    payoff = page.locator("#money dd .cash").nth(1).inner_text().split()[-1].replace(",", "")
    buyer = new_page()
    buyer.goto(f"{world.bank_url}/?bank=demo-bank-two&account=88000000000000222&reference={loan}&currency=GBP")
    buyer.get_by_label("Amount").fill(payoff)
    buyer.get_by_label("Payer").fill("虚构万象商城有限公司")
    buyer.get_by_role("button", name="Pay").click()
    clerk = sign_in(new_page(), world.web_url, "clerk")
    clerk.goto(f"{world.web_url}/servicing/reconciliation/")
    accounts = clerk.get_by_label("Collection account")
    options = accounts.locator("option").all_inner_texts()
    accounts.select_option(label=next(option for option in options if "88000000000000222" in option))
    clerk.get_by_role("button", name=re.compile("Fetch")).click()
    expect(clerk.get_by_text("1 to a loan")).to_be_visible()
    wait_for_state(page, case, "SETTLED")
    page.shot("settled")
