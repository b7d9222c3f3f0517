"""How a sandbox machine is told to misbehave, so that tests and demonstrations can watch the product cope."""

import threading
import time
from dataclasses import dataclass

EVERYBODY = "*"
MODES = ("off", "outage", "slow", "lost_answer")
SECONDS_MAX = 60


@dataclass(slots=True)
class Fault:
    """Misbehaviour towards one caller.

    mode   outage: 503, nothing done; slow: answers after `seconds`; lost_answer: does it and hangs up
    times  how many more requests it spoils, None for all until switched off
    """

    mode: str
    seconds: float = 5
    times: int | None = None


class Faults:
    """The switched-on faults by name. Kept in memory: a restarted machine behaves."""

    def __init__(self, modes: tuple[str, ...] = MODES) -> None:
        self._modes = modes
        self._by_name: dict[str, Fault] = {}
        self._lock = threading.Lock()

    def switch(self, *, whom: str, mode: str, seconds: float = 5, times: int | None = None) -> None:
        """Set the fault towards one, or towards everybody by "*"; "off" ends it. Raises ValueError."""
        if mode not in self._modes or not 0 <= seconds <= SECONDS_MAX or (times is not None and times < 1):
            raise ValueError(
                f"mode is one of {', '.join(self._modes)}; seconds at most {SECONDS_MAX}; times at least 1"
            )
        with self._lock:
            self._by_name.pop(whom, None)
            if mode != "off":
                self._by_name[whom] = Fault(mode, seconds, times)

    def strike(self, whom: str) -> str:
        """The mode that spoils this request, "off" for none; waits where it is to be slow."""
        with self._lock:
            key = whom if whom in self._by_name else EVERYBODY
            fault = self._by_name.get(key)
            if fault is None:
                return "off"
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    del self._by_name[key]
        if fault.mode == "slow":
            time.sleep(fault.seconds)
        return fault.mode
