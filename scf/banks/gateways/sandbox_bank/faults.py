"""How the sandbox bank is told to misbehave, so that tests and demonstrations can watch the product cope."""

import threading
import time
from dataclasses import dataclass

EVERY_BANK = "*"
MODES = ("off", "outage", "slow", "lost_answer")
SECONDS_MAX = 60


@dataclass(slots=True)
class Fault:
    """One bank's misbehaviour.

    mode   outage: 503, nothing done; slow: answers after `seconds`; lost_answer: does it and hangs up
    times  how many more requests it spoils, None for all until switched off
    """

    mode: str
    seconds: float = 5
    times: int | None = None


class Faults:
    """The switched-on faults by bank. Kept in memory: a restarted bank behaves."""

    def __init__(self) -> None:
        self._by_bank: dict[str, Fault] = {}
        self._lock = threading.Lock()

    def switch(self, *, bank: str, mode: str, seconds: float = 5, times: int | None = None) -> None:
        """Set the fault of a bank, or of every bank by "*"; "off" ends it. Raises ValueError."""
        if mode not in MODES or not 0 <= seconds <= SECONDS_MAX or (times is not None and times < 1):
            raise ValueError(f"mode is one of {', '.join(MODES)}; seconds at most {SECONDS_MAX}; times at least 1")
        with self._lock:
            self._by_bank.pop(bank, None)
            if mode != "off":
                self._by_bank[bank] = Fault(mode, seconds, times)

    def strike(self, bank: str) -> str:
        """The mode that spoils this request, "off" for none; waits where it is to be slow."""
        with self._lock:
            key = bank if bank in self._by_bank else EVERY_BANK
            fault = self._by_bank.get(key)
            if fault is None:
                return "off"
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    del self._by_bank[key]
        if fault.mode == "slow":
            time.sleep(fault.seconds)
        return fault.mode
