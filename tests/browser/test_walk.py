"""The main job in the browser, as each person, on real engines: from receipt to settled case and statements."""

import re
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from scf.desks.welcome import PASSWORD
from tests.browser.fixtures import PHONE
from tests.browser.people import claim_and_decide, sign_in, wait_for_state
from tests.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
DROP = """([...files]) => {
  const carried = new DataTransfer();
  files.forEach(([name, text]) => carried.items.add(new File([text], name)));
  const target = document.querySelector("[data-drop]");
  target.dispatchEvent(new DragEvent("dragover", { dataTransfer: carried, bubbles: true, cancelable: true }));
  target.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.xdist_group("world")]


def apply(page: Page, web_url: str, *, product: str, currency: str, amount: str, tenor: str) -> str:
    """The supplier applies on what is suggested; the case's number."""
    number = start(page, web_url, product=product, currency=currency, amount=amount, tenor=tenor)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("is submitted")).to_be_visible()
    return number


def start(page: Page, web_url: str, *, product: str, currency: str, amount: str, tenor: str) -> str:
    """Start an application up to the choice of goods; its number."""
    page.goto(f"{web_url}/financing/apply/")
    form = page.locator("form").filter(has=page.locator(f"input[name=product][value={product}]"))
    form.filter(has=page.locator(f"input[name=currency][value={currency}]")).get_by_role("button").click()
    page.locator("#id_amount").fill(amount)
    page.locator("#id_tenor_days").fill(tenor)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= (page.viewport_size or {})["width"], "the cost runs over the edge"
    page.get_by_role("button", name="Next").click()
    return page.locator(".page-head .mono").inner_text()


def lend(world: Stack, new_page, number: str, officers: dict[str, tuple[str, str]]) -> None:
    """Each lender's maker offers at a rate and a checker confirms. officers: maker -> (checker, rate)."""
    case = f"{world.web_url}/financing/cases/{number}/"
    for maker, (checker, rate) in officers.items():
        page = sign_in(new_page(), world.web_url, maker)
        wait_for_state(page, case, "ROUTED") if maker == next(iter(officers)) else page.goto(case)
        claim_and_decide(page, case, {"annual_rate": rate}, "OFFER")
        page = sign_in(new_page(), world.web_url, checker)
        claim_and_decide(page, case, {}, "CONFIRM")


def sign_cheapest(page: Page, world: Stack, new_page, number: str, *, checker: str) -> None:
    """The supplier signs the offer marked cheapest; its lender goes without the buyer's word; the money leaves."""
    case = f"{world.web_url}/financing/cases/{number}/"
    wait_for_state(page, case, "OFFERED")
    page.get_by_role("link", name="Choose an offer").click()
    offer = page.locator("form.card").first
    offer.get_by_text("Choose this offer").click()
    offer.locator("input[name=has_read]").check()
    offer.locator("input[name=proof]").fill(PASSWORD)
    offer.get_by_role("button", name=re.compile("Sign with")).click()

    lender = sign_in(new_page(), world.web_url, checker)
    wait_for_state(lender, case, "PLEDGED")
    expect(lender.locator("#stands").get_by_text("Not confirmed yet")).to_be_visible()
    waiver = lender.locator("#stands details").filter(has=lender.locator("input[value=BUYER_CONFIRMED]"))
    waiver.locator("summary").click()
    waiver.get_by_label("Why you go without it").fill("the framework agreement says so")
    waiver.get_by_role("button", name="Go without it").click()
    wait_for_state(page, case, "DISBURSED")


# budget: a journey is told in one piece
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

    # The supplier signs the cheaper one; the register files the pledge; the lender pays
    sign_cheapest(page, world, new_page, number, checker="checker2")
    page.shot("disbursed")
    loan = page.locator("#money a").first.inner_text()
    assert re.fullmatch(r"LN-\d{8}-\d{4}", loan)

    # The buyer pays at the bank; the clerk fetches the statement; the case is settled
    payoff = page.locator("#money dd .cash").nth(1).inner_text().split()[-1].replace(",", "")
    buyer = new_page()
    buyer.goto(f"{world.bank_url}/?bank=demo-bank-two&account=88000000000000222&reference={loan}&currency=GBP")
    buyer.get_by_label("Amount").fill(payoff)
    buyer.get_by_label("Payer").fill("虚构万象商城有限公司")
    with buyer.expect_response(lambda answer: answer.request.method == "POST"):  # the bank has it before it is fetched
        buyer.get_by_role("button", name="Pay").click()
    clerk = sign_in(new_page(), world.web_url, "clerk")
    clerk.goto(f"{world.web_url}/servicing/reconciliation/")
    fetch = clerk.locator("form").filter(has=clerk.get_by_role("button", name=re.compile("Fetch")))
    accounts = fetch.locator("select[name$=account]")
    options = accounts.locator("option").all_inner_texts()
    accounts.select_option(label=next(option for option in options if "88000000000000222" in option))
    fetch.get_by_role("button").click()
    expect(clerk.get_by_text("1 to a loan")).to_be_visible()
    wait_for_state(page, case, "SETTLED")
    page.shot("settled")

    # Month's end: every statement of the month as one ZIP, made in the background
    clerk.goto(f"{world.web_url}/servicing/exports/")
    form = clerk.locator("form").filter(has=clerk.get_by_role("button", name=re.compile("as one ZIP")))
    month = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m}"
    form.get_by_label("Month").fill(month)
    form.get_by_role("button").click()
    # close of business makes those of the month before by itself: they may stand in the list, too
    row = clerk.locator("tr").filter(has=clerk.locator("td .num", has_text=re.compile(f"^{month}$")))
    link = row.get_by_role("link", name=re.compile("ZIP"))
    expect(link).to_be_visible(timeout=60_000)
    with clerk.expect_download() as download:
        link.click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert any(loan in name for name in archive.namelist())


def test_a_jd_order_is_borrowed_on_by_its_actual_quantities_on_a_phone(world, new_page):
    # 36 of 40 mattresses and 180 of 180 confirmed pillows came in: the actual quantities carry the loan
    page = sign_in(new_page(viewport=PHONE), world.web_url, "signatory.a")
    page.goto(f"{world.web_url}/documents/?q=9000000001-RK")
    page.get_by_role("link", name=re.compile("9000000001-RK")).first.click()
    expect(page.get_by_role("cell", name="36", exact=True).first).to_be_visible()

    # Only the JD receipt is ticked
    number = start(page, world.web_url, product="RECEIPT", currency="CNY", amount="30000", tenor="45")
    for box in page.locator("input[name=line]").all():
        box.set_checked("9000000001-RK" in (box.get_attribute("aria-label") or ""))
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Submit").click()
    case = f"{world.web_url}/financing/cases/{number}/"

    reviewer = sign_in(new_page(), world.web_url, "reviewer2")
    wait_for_state(reviewer, case, "SUBMITTED")
    reviewer.wait_for_timeout(1500)
    claim_and_decide(reviewer, case, {}, "APPROVE")
    lend(world, new_page, number, {"maker1": ("checker1", "4.50"), "maker3": ("checker3", "7.20")})
    sign_cheapest(page, world, new_page, number, checker="checker1")
    expect(page.locator("#collateral").get_by_text("9000000001-RK").first).to_be_visible()


def test_files_are_dropped_on_the_upload_page_and_the_good_ones_are_kept(world, page):
    sign_in(page, world.web_url, "applicant.d")
    page.goto(f"{world.web_url}/documents/upload/")
    good = (ROOT / "fixtures" / "documents" / "orders-d.csv").read_text("utf-8").replace("PO-D", "PO-DROPPED-")
    bomb = (ROOT / "tests" / "data" / "orders" / "hostile" / "xml" / "defusedxml-xmlbomb.xml").read_text("utf-8")

    page.evaluate(DROP, [["orders.csv", good], ["bomb.xml", bomb]])

    expect(page.get_by_text("bomb.xml").first).to_be_visible()
    expect(page.locator("main").get_by_text("Taken in").first).to_be_visible()
    expect(page.locator("main").get_by_text("Rejected").first).to_be_visible()
    page.goto(f"{world.web_url}/documents/?q=PO-DROPPED-001")
    expect(page.get_by_role("link", name="PO-DROPPED-001").first).to_be_visible()
