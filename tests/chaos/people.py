"""What people do during a run: buyers pay, a clerk decides, refunds, asks back. By pages, and by what a seed says."""

import random
import re
from collections import Counter

import psycopg
import requests

from tests.chaos.stage import Stage

PASSWORD = "correct horse battery"  # of tests.factories, which cannot be read without Django
TIMEOUT = 30
PLANS = {"plain": 60, "over": 16, "parts": 8, "recall": 10, "give_up": 6}
SURPLUS_MINOR = (1_00, 900_00)
LOANS = """
    SELECT l.number, l.reference, l.principal_minor + coalesce((
            SELECT sum(f.amount_minor) FROM servicing_loanevent f WHERE f.loan_id = l.id AND f.kind = 'FEE'
        ), 0)::bigint, l.drawdown_date::text, o.code, a.number,
        (SELECT count(*) FROM banks_payment b WHERE b.reference = l.reference AND b.state = 'RETURNED'
            AND b.kind = 'DISBURSEMENT'),
        (SELECT count(*) FROM banks_investigation i JOIN banks_payment p ON p.id = i.payment_id
            WHERE i.kind = 'RECALL' AND p.reference = l.reference AND i.facts->>'answer' = 'REFUSED')
    FROM servicing_loan l JOIN parties_organisation o ON o.id = l.bank_id
    JOIN parties_bankaccount a ON a.organisation_id = l.bank_id AND a.purpose = 'COLLECTION'
    WHERE l.state IN ('ACTIVE', 'PART_REPAID') AND l.returned_on IS NULL
"""
REPAIRS = """
    SELECT t.id, a.number FROM viewflow_task t JOIN financing_financingprocess p ON p.process_ptr_id = t.process_id
    JOIN financing_application a ON a.id = p.application_id
    WHERE t.finished IS NULL AND t.flow_task LIKE '%%repair' AND a.state = 'PAYMENT_FAILED'
"""
OWED = """
    SELECT l.number, -sum(g.minor) FROM ledger_leg g JOIN ledger_account a ON a.id = g.account_id AND a.kind = 'SURPLUS'
    JOIN ledger_transaction t ON t.id = g.transaction_id JOIN servicing_loan l ON t.thread = 'servicing.loan:' || l.id
    WHERE NOT EXISTS (SELECT 1 FROM banks_payment p WHERE p.reference = l.reference AND p.kind = 'REFUND'
        AND p.state NOT IN ('PAID', 'FAILED', 'RETURNED'))
    GROUP BY l.number HAVING sum(g.minor) < 0
"""
PAID_OUT = """
    SELECT p.end_to_end_id, p.reference,
        (SELECT count(*) FROM banks_investigation i WHERE i.payment_id = p.id AND i.kind = 'RECALL')
    FROM banks_payment p JOIN servicing_loan l ON l.reference = p.reference
    WHERE p.kind = 'DISBURSEMENT' AND p.state = 'PAID' AND l.returned_on IS NULL AND l.state = 'ACTIVE'
    AND NOT EXISTS (SELECT 1 FROM banks_payment b WHERE b.reference = p.reference AND b.state = 'RETURNED')
    AND NOT EXISTS (SELECT 1 FROM banks_investigation i WHERE i.payment_id = p.id AND i.kind = 'RECALL'
        AND i.facts->>'answer' <> 'REFUSED')
"""
PAID_TWICE = """
    SELECT p.end_to_end_id FROM banks_investigation t JOIN banks_payment p ON p.id = t.payment_id
    WHERE t.kind = 'PAID_TWICE' AND t.state = 'OPEN'
    AND NOT EXISTS (SELECT 1 FROM banks_investigation i WHERE i.payment_id = p.id AND i.kind = 'RECALL')
"""


class People:
    """Buyers and a clerk; `deeds` counts what they did. What cannot be done now is done later."""

    def __init__(self, stage: Stage, *, seed: int, deeds: Counter[str]) -> None:
        self.stage, self.seed, self.deeds = stage, seed, deeds
        self._paid: set[str] = set()
        self._session: requests.Session | None = None

    def act(self) -> None:
        """Do all that waits for somebody."""
        for duty in (self._pay, self._repair, self._refund, self._ask_back):
            try:
                duty()
            except (requests.RequestException, psycopg.Error, AssertionError):
                self.deeds["tried in vain"] += 1
                self._session = None

    def plan_of(self, case: str) -> str:
        """What the people of this case will do."""
        return self._dice(case).choices(list(PLANS), list(PLANS.values()))[0]

    def _dice(self, about: str) -> random.Random:
        return random.Random(f"{self.seed}:{about}")

    def _pay(self) -> None:
        """Every loan is repaid: exactly, with too much, in two parts, or after the bank has refused to recall it."""
        for number, case, owed, day, bank, account, earlier, refused in self.stage.rows(LOANS):
            plan = self.plan_of(case)
            if number in self._paid or (plan == "recall" and not earlier and refused < self._times_asked(case)):
                continue
            amounts = [owed]
            if plan == "over":
                amounts = [owed + self._dice(number).randint(*SURPLUS_MINOR)]
            elif plan == "parts":
                amounts = [owed // 3, owed - owed // 3]
            for place, minor in enumerate(amounts):
                money = {
                    "key": f"{number}-{place}", "account": account, "amount": f"{minor / 100:.2f}", "currency": "CNY",
                    "reference": f"还款{number}", "value_date": day, "payer_name": "A buyer",
                }  # fmt: skip
                requests.post(f"{self.stage.bank_url}/{bank}/payments-in", json=money, timeout=10).raise_for_status()
                self.deeds[f"buyers: paid, {plan}"] += 1
            self._paid.add(number)

    def _times_asked(self, case: str) -> int:
        """How often the clerk asks a payment back where the bank refuses."""
        return self._dice(f"recall {case}").randint(1, 2)

    def _repair(self) -> None:
        """A failed payment is made anew; some cases are given up, unless the bank has paid after all."""
        for task, case in self.stage.rows(REPAIRS):
            address, is_done = f"{self.stage.web_url}/financing/work/{task}/", False
            if self.plan_of(case) == "give_up":
                is_done = self._post(address, action="UNWIND", reason="given up")
                self.deeds["clerk: gave a case up"] += is_done
            if not is_done:
                self.deeds["clerk: paid anew"] += self._post(address, action="RETRY", reason="")

    def _refund(self) -> None:
        """What a loan was paid too much is returned, and again where it came back or was refused."""
        for number, minor in self.stage.rows(OWED):
            address = f"{self.stage.web_url}/servicing/loans/{number}/refund/"
            self.deeds["clerk: returned a surplus"] += self._post(address, amount=f"{int(minor) / 100:.2f}")

    def _ask_back(self) -> None:
        """Some payments are asked back; and what the bank paid beside another instruction."""
        for name, case, asked in self.stage.rows(PAID_OUT):
            if self.plan_of(case) == "recall" and asked < self._times_asked(case):
                self.deeds["clerk: asked back"] += self._recall(name, "CUST")
        for (name,) in self.stage.rows(PAID_TWICE):
            self.deeds["clerk: asked a second payment back"] += self._recall(name, "DUPL")

    def _recall(self, name: str, reason_code: str) -> bool:
        return self._post(f"{self.stage.web_url}/banks/payments/{name}/", reason_code=reason_code, note="asked back")

    def _post(self, address: str, **data: str) -> bool:
        """Send a form as the clerk; whether it was taken."""
        session = self._session = self._session or self._signed_in()
        page = session.get(address, timeout=TIMEOUT)
        answer = session.post(address, {**_token(page), **data}, timeout=TIMEOUT, allow_redirects=False)
        return answer.status_code == requests.codes.found

    def _signed_in(self) -> requests.Session:
        ((who,),) = self.stage.rows(
            "SELECT u.email FROM parties_membership m JOIN parties_user u ON u.id = m.user_id WHERE m.role = 'CLERK'"
        )
        session, door = requests.Session(), f"{self.stage.web_url}/login/"
        form = {**_token(session.get(door, timeout=TIMEOUT)), "username": who, "password": PASSWORD}
        session.post(door, form, timeout=TIMEOUT)
        return session


def _token(page: requests.Response) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text[:300]
    return {"csrfmiddlewaretoken": found[1]}
