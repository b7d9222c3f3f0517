"""The run itself: a seeded killer, a seeded bank that misbehaves, and people who go on with their work."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable

import requests

from tests.chaos.people import People
from tests.chaos.records import JOURNAL
from tests.chaos.stage import ENGINES, PROGRAMS, Stage

VICTIMS = ("worker", "worker", "beat", "web", "sandbox bank", "sandbox register", "postgres", "redis", "every program")
CONDUCT = (
    "off", "off", "off", "refuse", "delay", "twice", "disorder", "forget", "wrong_amount", "bounce", "bounce",
    "change_of_mind", "lost_answer", "outage", "old_key", "wrong_clock", "late", "split", "duplicated", "corrected",
    "refuse_recall", "refuse_recall",
)  # fmt: skip
PAUSE = (2.0, 8.0)  # a worker needs some seconds until it works again
AWAY = (0.0, 2.0)
SAY_EVERY_SECONDS = 60
LEFT = """
    SELECT
    (SELECT count(*) FROM financing_application WHERE state NOT IN ('SETTLED', 'UNWOUND')),
    (SELECT count(*) FROM kernel_outboxmessage WHERE delivered_at IS NULL AND topic NOT LIKE 'notif%%'
        AND attempts < 12),
    (SELECT count(*) FROM banks_payment WHERE state IN ('CREATED', 'SENT', 'UNKNOWN')),
    (SELECT count(*) FROM banks_investigation WHERE kind = 'RECALL' AND facts->>'answer' = 'PENDING'
        AND state = 'OPEN'),
    (SELECT coalesce(sum(l.minor), 0) FROM ledger_leg l JOIN ledger_account a ON a.id = l.account_id
        WHERE a.kind = 'SURPLUS'),
    (SELECT count(*) FROM banks_statemententry WHERE bank_reference LIKE 'CLN-%%')
"""


class Run:
    """One run over a stage; what was done is counted in `deeds`."""

    def __init__(
        self, stage: Stage, *, seed: int, say: Callable[[str], None], pause: tuple[float, float] = PAUSE
    ) -> None:  # fmt: skip
        self.stage, self.say, self.deeds, self._pause = stage, say, Counter[str](), pause
        self.people = People(stage, seed=seed, deeds=self.deeds)
        self._random, self._over = random.Random(seed), threading.Event()
        self._said_at = time.monotonic()

    def spoil(self, seconds: float) -> None:
        """Kill and misbehave for so long, while people work; then nobody is disturbed any more."""
        people = threading.Thread(target=self._work, daemon=True)
        people.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self._random.uniform(*self._pause))
            self._misbehave(self._random.choice(CONDUCT), self._random.randint(1, 6))
            victim = self._random.choice(VICTIMS)
            victims = PROGRAMS if victim == "every program" else (victim,)
            for name in victims:
                self.deeds[f"killed {name}"] += self.stage.kill_now(name)
            time.sleep(self._random.uniform(*AWAY))
            for name in victims:
                if name not in ENGINES:
                    self.stage.children[name].start()
            self._say_where()
        self.deeds["cases that ended while all this went on"] = self._total() - self.left()["cases"]
        self._misbehave("off", None)
        self._over.set()
        people.join()

    def settle(self, seconds_max: float) -> bool:
        """Let everything come to its end; False where something has not in time."""
        end = time.monotonic() + seconds_max
        while time.monotonic() < end:
            self.people.act()
            if not any(self.left().values()):
                return True
            self._say_where()
            time.sleep(1)
        return False

    def _total(self) -> int:
        return int(self.stage.rows("SELECT count(*) FROM financing_application")[0][0])

    def left(self) -> dict[str, int]:
        """What has not come to its end, counted."""
        ((cases, promises, silent, recalls, surplus, came),) = self.stage.rows(LEFT)
        journal = (self.stage.run_dir / "sandbox-bank" / JOURNAL).read_text()
        paid_in = journal.count('"fact": "paid_in"')
        return {
            "cases": cases, "promises": promises, "silent payments": silent, "recalls": recalls,
            "surplus": -int(surplus), "repayments not seen": paid_in - came,
        }  # fmt: skip

    def _work(self) -> None:
        while not self._over.is_set():
            self.people.act()
            time.sleep(0.5)

    def _say_where(self) -> None:
        if time.monotonic() - self._said_at > SAY_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self.say(", ".join(f"{count} {what}" for what, count in self.left().items()) + " left")

    def _misbehave(self, mode: str, times: int | None) -> None:
        """Tell the bank how to behave; to stop it is said until it is heard."""
        while True:
            try:
                requests.post(
                    f"{self.stage.bank_url}/control/faults", timeout=5, json={"mode": mode, "times": times}
                ).raise_for_status()
                return
            except requests.RequestException:
                if mode != "off":
                    return
                time.sleep(0.5)
