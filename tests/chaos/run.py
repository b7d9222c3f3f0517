"""The run itself: a seeded killer, a seeded bank, buyers who pay, and a clerk who does what names itself to her."""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import requests

from tests.chaos.stage import Stage

PASSWORD = "correct horse battery"  # of tests.factories, which cannot be read without Django
VICTIMS = ("worker", "worker", "beat", "web", "sandbox bank", "sandbox register", "postgres", "redis")
CONDUCT = ("off", "off", "off", "refuse", "delay", "twice", "disorder", "forget", "wrong_amount", "bounce",
           "change_of_mind", "lost_answer", "outage", "old_key", "wrong_clock", "late", "split", "duplicated",
           "corrected")  # fmt: skip
PAUSE = (1.0, 4.0)
AWAY = (0.0, 2.0)
ENDED = ("SETTLED", "UNWOUND")
LOANS = """
    SELECT l.id, l.number, l.principal_minor, o.code, a.number FROM servicing_loan l
    JOIN parties_organisation o ON o.id = l.bank_id
    JOIN parties_bankaccount a ON a.organisation_id = l.bank_id AND a.purpose = 'COLLECTION'
    WHERE l.state IN ('ACTIVE', 'PART_REPAID') AND l.returned_on IS NULL
"""
REPAIRS = """
    SELECT t.id FROM viewflow_task t JOIN financing_financingprocess p ON p.process_ptr_id = t.process_id
    JOIN financing_application a ON a.id = p.application_id
    WHERE t.finished IS NULL AND t.flow_task LIKE '%%repair' AND a.state = 'PAYMENT_FAILED'
"""


class Run:
    """One run over a stage; what was done is counted in `deeds`."""

    def __init__(self, stage: Stage, *, seed: int, say: Callable[[str], None]) -> None:
        self.stage, self.say, self.deeds = stage, say, Counter[str]()
        self._random, self._over = random.Random(seed), threading.Event()
        self._paid: set[str] = set()
        self._banks = [code for (code,) in stage.rows("SELECT code FROM parties_organisation WHERE kind = 'BANK'")]

    def spoil(self, seconds: float) -> None:
        """Kill and misbehave for so long, while buyers pay and the clerk works; then nobody is disturbed any more."""
        people = threading.Thread(target=self._people, daemon=True)
        people.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self._random.uniform(*PAUSE))
            self._misbehave(self._random.choice(CONDUCT), self._random.randint(1, 3))
            victim = self._random.choice(VICTIMS)
            self.deeds[f"killed {victim}"] += 1
            self.stage.kill(victim)
            time.sleep(self._random.uniform(*AWAY))
            if victim in self.stage.children:
                self.stage.children[victim].start()
        for bank in ("*", *self._banks):
            self._misbehave("off", None, bank)
        self._over.set()
        people.join()

    def settle(self, seconds_max: float) -> bool:
        """Let everything come to its end; False where something has not in time."""
        end = time.monotonic() + seconds_max
        while time.monotonic() < end:
            self._act()
            ((left,),) = self.stage.rows(
                "SELECT count(*) FROM financing_application WHERE state NOT IN ('SETTLED', 'UNWOUND')"
            )
            ((due,),) = self.stage.rows(
                "SELECT count(*) FROM kernel_outboxmessage WHERE delivered_at IS NULL AND topic NOT LIKE 'notif%%'"
                " AND attempts < 12"
            )
            if not left and not due:
                return True
            time.sleep(1)
        return False

    def _people(self) -> None:
        while not self._over.is_set():
            self._act()
            time.sleep(0.5)

    def _act(self) -> None:
        """Buyers pay what is due, the clerk decides on failed payments; what cannot be done now is done later."""
        try:
            self._pay()
            self._repair()
        except (requests.RequestException, psycopg.Error, AssertionError):
            self.deeds["tried in vain"] += 1

    def _misbehave(self, mode: str, times: int | None, bank: str | None = None) -> None:
        try:
            requests.post(
                f"{self.stage.bank_url}/control/faults", timeout=5,
                json={"bank": bank or "*", "mode": mode, "times": times},
            ).raise_for_status()  # fmt: skip
            self.deeds[f"bank: {mode}"] += mode != "off"
        except requests.RequestException:
            if mode == "off":
                time.sleep(0.5)
                self._misbehave(mode, times, bank)

    def _pay(self) -> None:
        """Every loan is repaid by one payment of its buyer, with whatever interest it has by today."""
        today = datetime.now(UTC).date().isoformat()
        for pk, number, principal, bank, account in self.stage.rows(LOANS):
            if number in self._paid:
                continue
            key = f"{number}-{pk}"
            money = {"key": key, "account": account, "amount": f"{principal / 100:.2f}", "currency": "CNY",
                     "reference": f"还款{number}", "value_date": today, "payer_name": "A buyer"}  # fmt: skip
            requests.post(f"{self.stage.bank_url}/{bank}/payments-in", json=money, timeout=10).raise_for_status()
            self._paid.add(number)
            self.deeds["repaid"] += 1

    def _repair(self) -> None:
        tasks = self.stage.rows(REPAIRS)
        if not tasks:
            return
        session = self._signed_in()
        for (task,) in tasks:
            address = f"{self.stage.web_url}/financing/work/{task}/"
            data = {**_token(session.get(address, timeout=20)), "action": "RETRY", "reason": ""}
            session.post(address, data, timeout=20)
            self.deeds["paid anew by the clerk"] += 1

    def _signed_in(self) -> requests.Session:
        ((who,),) = self.stage.rows(
            "SELECT u.email FROM parties_membership m JOIN parties_user u ON u.id = m.user_id WHERE m.role = 'CLERK'"
        )
        session, door = requests.Session(), f"{self.stage.web_url}/login/"
        session.post(door, {**_token(session.get(door, timeout=20)), "username": who, "password": PASSWORD}, timeout=20)
        return session


def _token(page: requests.Response) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text[:300]
    return {"csrfmiddlewaretoken": found[1]}
