"""The keys: made once an auction, kept in a journal, given out when their time has come."""

import os
import threading
from datetime import datetime, timedelta
from pathlib import Path

from scf.domain.errors import DomainError
from scf.kernel import boxes
from scf.kernel.sandbox.journal import Fact, Journal

HOURS_MAX = 24 * 30


class TooEarly(DomainError):
    """The deadline has not passed by the keeper's clock."""

    code = "TOO_EARLY"


class AuctionUnknown(DomainError):
    """No key was made for this auction of this member."""

    code = "AUCTION_UNKNOWN"


class Vault:
    """All keys of one keeper. Safe for threads; rebuilt from the journal at the start."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / "journal.jsonl"
        os.close(os.open(path, os.O_CREAT | os.O_APPEND, 0o600))
        self._lock, self._journal = threading.Lock(), Journal(path)
        self._keys: dict[tuple[str, str], Fact] = {}
        for fact in self._journal.facts():
            self._keys[str(fact["member"]), str(fact["auction"])] = fact

    def issue(self, member: str, auction: str, *, hours: int, now: datetime) -> tuple[str, datetime]:
        """The public key of an auction and its deadline, `hours` after the first time that it was asked for."""
        if not 1 <= hours <= HOURS_MAX:
            raise ValueError(f"hours is a whole number from 1 to {HOURS_MAX}")
        with self._lock:
            fact = self._keys.get((member, auction))
            if fact is None:
                private, public = boxes.new_pair()
                fact = {"member": member, "auction": auction, "private": private, "public": public,
                        "deadline": (now + timedelta(hours=hours)).isoformat()}  # fmt: skip
                self._journal.append(fact)
                self._keys[member, auction] = fact
            return str(fact["public"]), datetime.fromisoformat(str(fact["deadline"]))

    def hand_out(self, member: str, auction: str, *, now: datetime) -> str:
        """The private key. Raises TooEarly, AuctionUnknown."""
        with self._lock:
            fact = self._keys.get((member, auction))
        if fact is None:
            raise AuctionUnknown("no key was made for this auction", auction=auction)
        if now < datetime.fromisoformat(str(fact["deadline"])):
            raise TooEarly("the deadline has not passed", deadline=fact["deadline"])
        return str(fact["private"])

    def auctions(self) -> list[tuple[str, str, datetime]]:
        """Auction, public key and deadline of every key: what everybody may know."""
        with self._lock:
            facts = list(self._keys.values())
        return [(str(f["auction"]), str(f["public"]), datetime.fromisoformat(str(f["deadline"]))) for f in facts]
