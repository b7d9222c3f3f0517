"""A buyer pays on the sandbox bank's page."""

import pytest

from tests.sandbox import SandboxProcess

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture
def bank(tmp_path):
    bank = SandboxProcess(tmp_path / "run")
    bank.start()
    yield bank
    bank.kill()


def test_a_buyer_pays_into_the_collection_account(bank, page):
    # The product links to the page with everything filled in but the amount
    page.goto(f"{bank.url}/?bank=BANKA&account=COLLECT1&reference=LN1")
    page.get_by_label("Amount").fill("1250.50")
    page.get_by_label("Payer").fill("买方甲")
    page.get_by_role("button", name="Pay").click()

    assert page.get_by_role("heading", name="COLLECT1: CNY 1,250.50").is_visible()
    assert page.get_by_role("cell", name="买方甲").is_visible()
    page.shot("paid")


def test_the_page_fits_a_phone(bank, new_page):
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{bank.url}/?bank=BANKA")

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
