"""The sandbox bank's other door: folders, for lines of files.

Whoever makes a folder with a bank's code below the root opens the door of that bank. In it are three: what its customer
puts into `in` is carried out and moved to `done`; what the bank says comes into `out`, each message a file, and after a
movement the day's statement of the account. A file is there at once or not at all: it is written under a name that ends
in .tmp, then renamed. Killed at any place, it goes on.
"""

import logging
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from scf.domain.errors import DomainError

from .. import iso20022
from .bank import SandboxBanks

IN, OUT, DONE = "in", "out", "done"
TOLD = ".told"  # in `done`: the number of the last message that was put out
SECONDS = 1.0
logger = logging.getLogger(__name__)


class BankFolders:
    """The folders of every bank below `root`."""

    def __init__(self, banks: SandboxBanks, root: Path) -> None:
        self._banks, self._root = banks, root
        self._stated: dict[str, int] = {}

    def exchange(self) -> None:
        """Carry out what was put in, say what there is to say; once around."""
        for home in sorted(each for each in self._root.iterdir() if each.is_dir()):
            if not (home / DONE).exists():
                self._open(home)
            for file in sorted((home / IN).iterdir()):
                if file.is_file() and not file.name.endswith(".tmp"):
                    self._carry_out(home, file)
            self._say(home)

    def _open(self, home: Path) -> None:
        """A door that was just opened tells nothing of what was before."""
        for name in (IN, OUT):
            (home / name).mkdir(exist_ok=True)
        draft = home / f"{DONE}.tmp"
        draft.mkdir(exist_ok=True)
        _put(draft, TOLD, str(len(self._banks.messages(home.name, after=0))).encode())
        for name, _content in self._statements(home.name):
            _put(draft, name, b"")
        draft.rename(home / DONE)

    def serve(self) -> None:
        """Go around for ever."""
        while True:
            try:
                self.exchange()
            except Exception:  # one bad file must not close the door
                logger.exception("the folders could not be exchanged")
            threading.Event().wait(SECONDS)

    def _carry_out(self, home: Path, file: Path) -> None:
        """A repetition is carried out once, as everywhere; what cannot be read lies in `done` with the reason."""
        content = file.read_bytes()
        try:
            if iso20022.kind_of(content) == "camt.056":
                for recall in iso20022.read_camt056(content):
                    self._banks.recall(home.name, recall)
            else:
                for instruction in iso20022.read_pain001(content):
                    self._banks.instruct(home.name, instruction)
        except DomainError as refusal:
            _put(home / DONE, f"{file.name}.refused.txt", refusal.message.encode())
        file.replace(home / DONE / file.name)

    def _say(self, home: Path) -> None:
        told = home / DONE / TOLD
        last = int(told.read_text()) if told.exists() else 0
        for message in self._banks.messages(home.name, after=last):
            _put(home / OUT, f"{int(message.id):06}-{message.kind}.xml", message.content)
            _put(home / DONE, TOLD, message.id.encode())
        if self._stated.get(home.name) != self._banks.facts_count:
            self._stated[home.name] = self._banks.facts_count
            for name, content in self._statements(home.name):
                if not (home / DONE / name).exists():
                    _put(home / OUT, name, content)
                    _put(home / DONE, name, b"")

    def _statements(self, bank: str) -> Iterator[tuple[str, bytes]]:
        """The statement of each day of each account that the bank keeps for its customer; what is told has a name."""
        for account, entries in self._banks.accounts().get(bank, {}).items():
            if account in self._banks.customers(bank):
                for day in sorted({entry.booking_date for entry in entries}):
                    found = self._banks.statement(bank, account, first=day, last=day)
                    content = iso20022.write_statement(found, message_id=found.statement_id, at=datetime.now(UTC))
                    yield f"camt.053-{account}-{found.statement_id}.xml", content


def _put(folder: Path, name: str, content: bytes) -> None:
    """A file, whole at once."""
    draft = folder / f"{name}.tmp"
    draft.write_bytes(content)
    draft.replace(folder / name)


def keep_open(banks: SandboxBanks) -> None:
    """Open this door in a thread, where SCF_SANDBOX_FOLDERS names a folder."""
    root = os.environ.get("SCF_SANDBOX_FOLDERS", "")
    if root:
        Path(root).mkdir(parents=True, exist_ok=True)
        threading.Thread(target=BankFolders(banks, Path(root)).serve, daemon=True).start()
