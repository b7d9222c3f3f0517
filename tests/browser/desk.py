"""The reconciliation desk in a browser: money that names no loan is brought to it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from scf.banks.gateways import iso20022
from scf.banks.gateways.base import Statement, StatementEntry

DESK = "/servicing/reconciliation/desk/"


def statement(account: str, currency: str, payers: Sequence[str]) -> bytes:
    """A camt.053 of today with a credit of each payer, in whose words no loan is named."""
    at = datetime.now(UTC)
    entries = tuple(
        StatementEntry(
            reference=f"DESK{index}", amount_minor=1000_00 + index, currency=currency, booking_date=at.date(),
            value_date=at.date(), remittance=f"payment {index}", counterparty_name=payer,
        )
        for index, payer in enumerate(payers)
    )  # fmt: skip
    closing = sum(entry.amount_minor for entry in entries)
    told = Statement(account, "DESK-1", currency, at.date(), at.date(), 0, closing, entries, len(entries))
    return iso20022.write_statement(told, message_id="DESK-1", at=at)


def bring(page: Page, web_url: str, payers: Sequence[str]) -> None:
    """A clerk who is signed in uploads the statement of the first account in CNY that money is collected on."""
    page.goto(f"{web_url}/servicing/reconciliation/")
    option = next(o for o in page.locator("#id_fetch-account option").all_inner_texts() if o.endswith("CNY"))
    number = re.findall(r"(\d{8,}) CNY", option)[0]
    file = {"name": "desk.xml", "mimeType": "application/xml", "buffer": statement(number, "CNY", payers)}
    page.locator("#id_statements").set_input_files([file])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text(f"{len(payers)} in suspense")).to_be_visible(timeout=60_000)


def waiting(page: Page) -> int:
    """How many items wait, as the desk's page says."""
    tag = page.locator("[data-count]")
    return int(tag.get_attribute("data-count") or 0) if tag.count() else 0
