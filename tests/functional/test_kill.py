"""Real processes killed while a payment is under way: the bank pays once, one loan runs."""

import json
import re
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.factories import PASSWORD
from tests.stack import ALL, Stack

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("kill")]
CASES = 4

PREPARE = f"""
import pathlib, tempfile
from django.utils import timezone
from tests.trade_world import Person, TradeWorld
world = TradeWorld(pathlib.Path(tempfile.mkdtemp(prefix="scf-unused-bank-")))
world.at = timezone.now()
with world.running():
    for number in range({CASES}):
        world.order(f"PO-{{number}}")
        application = Person(world, world.applicant).apply(f"PO-{{number}}", product="ORDER", amount="1000")
        case = application.bank_cases.get(bank=world.bank)
        Person(world, world.maker).offer(case, amount="1000")
        Person(world, world.checker).take(case, "check", action="CONFIRM")
        assert type(application).objects.get(pk=application.pk).state == "OFFERED"
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The whole product with cases that only need a signature."""
    with tempfile.TemporaryDirectory(prefix="scf-kill-") as folder:
        with Stack.start(Path(folder), prepare=lambda made: made.manage("shell", "-v", "0", "-c", PREPARE)) as running:
            yield running


class Case:
    """The next case that has an offer, and what became of it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.pk, self.number, self.bank_case, self.bank, self.signatory, self.checker, self.task = self._one(
            "SELECT a.id, a.number, b.id, o.code, u.email, c.email, t.id FROM financing_application a"
            " JOIN financing_bankcase b ON b.application_id = a.id AND b.state = 'OFFERED'"
            " JOIN parties_organisation o ON o.id = b.bank_id"
            " JOIN parties_membership m ON m.organisation_id = a.supplier_id AND m.role = 'SIGNATORY'"
            " JOIN parties_user u ON u.id = m.user_id"
            " JOIN parties_membership n ON n.organisation_id = o.id AND n.role = 'CHECKER'"
            " JOIN parties_user c ON c.id = n.user_id"
            " JOIN financing_financingprocess p ON p.application_id = a.id"
            " JOIN viewflow_task t ON t.process_id = p.process_ptr_id AND t.finished IS NULL"
            " WHERE a.state = 'OFFERED' ORDER BY a.id LIMIT 1"
        )

    def _one(self, sql: str, *parameters: object) -> tuple:
        with self.stack.connect() as connection:
            row = connection.execute(sql, parameters).fetchone()
        assert row is not None, sql
        return row

    @property
    def state(self) -> str:
        return self._one("SELECT state FROM financing_application WHERE id = %s", self.pk)[0]

    def count(self, table: str) -> int:
        return self._one(f"SELECT count(*) FROM {table} WHERE reference = %s", self.number)[0]

    def payment_is(self, *states: str) -> bool:
        found = self._one("SELECT coalesce(max(state), '') FROM banks_payment WHERE reference = %s", self.number)
        return found[0] in states

    def instructed(self) -> int:
        """How often the bank has carried out this case's payment, by its own journal."""
        journal = self.stack.run_dir / "sandbox-bank" / "journal.jsonl"
        facts = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
        return sum(f["fact"] == "instructed" and f["instruction"]["remittance"] == self.number for f in facts)

    def sign(self) -> None:
        """Accept the offer on its page; a web server that dies meanwhile is no answer."""
        try:
            session = self._signed_in(self.signatory)
            address = f"{self.stack.web_url}/financing/work/{self.task}/"
            page = session.get(address, timeout=20)
            data = {**token(page), "bank_case": self.bank_case, "has_read": "on", "proof": PASSWORD}
            session.post(address, data, timeout=20)
        except requests.ConnectionError:
            pass

    def is_let_go(self) -> None:
        """Once the register has filed the pledge, the lender goes without the buyer's word: what is left is money."""
        self.stack.wait_until(lambda: self.state == "PLEDGED", what=f"{self.number} to be pledged")
        session = self._signed_in(self.checker)
        page = session.get(f"{self.stack.web_url}/financing/cases/{self.number}/", timeout=20)
        data = {**token(page), "element": "BUYER_CONFIRMED", "reason": "so agreed"}
        session.post(f"{self.stack.web_url}/collateral/pledges/{self.number}/waive/", data, timeout=20)

    def _signed_in(self, who: str) -> requests.Session:
        session, door = requests.Session(), f"{self.stack.web_url}/login/"
        data = {**token(session.get(door, timeout=20)), "username": who, "password": PASSWORD}
        session.post(door, data, timeout=20)
        return session

    def fault(self, mode: str) -> None:
        said = requests.post(
            f"{self.stack.bank_url}/control/faults", json={"bank": self.bank, "mode": mode, "seconds": 5}, timeout=10
        )
        said.raise_for_status()

    def somebody_waits_for(self, pid: int) -> bool:
        """True while a transaction waits for a row that the backend `pid` holds."""
        return (
            self._one("SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))", pid)[0] > 0
        )

    def ends_well(self) -> None:
        """Paid out in the end: one payment here and at the bank, one loan."""
        self.stack.wait_until(lambda: self.state == "DISBURSED", what=f"{self.number} to be paid out")
        assert (self.instructed(), self.count("banks_payment"), self.count("servicing_loan")) == (1, 1, 1)


def token(page: requests.Response) -> dict[str, str]:
    """The form's CSRF token."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text[:500]
    return {"csrfmiddlewaretoken": found[1]}


def test_a_worker_killed_while_the_bank_answers_slowly_pays_once(stack):
    case = Case(stack)
    case.fault("slow")
    case.sign()
    case.is_let_go()
    stack.wait_until(lambda: case.payment_is("SENT"), what="the instruction to leave")

    stack.kill("worker")

    assert case.payment_is("SENT") and case.count("servicing_loan") == 0
    case.fault("off")
    stack.run("worker")
    case.ends_well()


def test_a_worker_killed_after_the_answer_was_lost_pays_once(stack):
    case = Case(stack)
    case.fault("lost_answer")
    case.sign()
    case.is_let_go()
    stack.wait_until(lambda: case.instructed() == 1, what="the bank to have it")

    stack.kill("worker", "beat")

    assert case.payment_is("SENT", "UNKNOWN") and case.count("servicing_loan") == 0
    case.fault("off")
    stack.run("worker", "beat")
    case.ends_well()


def test_a_web_server_killed_in_the_middle_of_a_signature_leaves_nothing_half_signed(stack):
    case = Case(stack)
    signing = threading.Thread(target=case.sign)
    with stack.connect() as holder, holder.transaction():
        holder.execute("SELECT 1 FROM financing_application WHERE id = %s FOR UPDATE", [case.pk])
        signing.start()
        stack.wait_until(lambda: case.somebody_waits_for(holder.info.backend_pid), what="the signature to be under way")

        stack.kill("web")
        signing.join()

    stack.run("web")
    assert case.state == "OFFERED" and case.count("banks_payment") == 0 and case.count("collateral_pledge") == 1
    case.sign()
    case.is_let_go()
    case.ends_well()


def test_everything_killed_at_once_pays_once(stack):
    case = Case(stack)
    case.fault("slow")
    case.sign()
    case.is_let_go()
    stack.wait_until(lambda: case.payment_is("SENT"), what="the instruction to leave")

    stack.kill(*ALL)

    assert case.payment_is("SENT", "UNKNOWN") and case.instructed() <= 1 and case.count("servicing_loan") == 0
    stack.run(*ALL)
    case.ends_well()
