"""What a line to a keeper of keys is: it makes a pair of keys for an auction and gives the private one out in time.

The keeper is nobody of ours: it has its own clock and its own store. It never sees a quote; we never see a private key
before the deadline that it has set itself. The same reference again is the same auction.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

import requests

from scf.domain.errors import DomainError
from scf.kernel import signing

from .key_keeper.vault import TooEarly, Vault

CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX = 3.05, 10


class KeeperSilent(DomainError):
    """The keeper is down, too slow, or its answer was lost: ask again."""

    code = "KEEPER_SILENT"


class KeeperRefused(DomainError):
    """The keeper received the request and refused it."""

    code = "KEEPER_REFUSED"


@dataclass(frozen=True, slots=True)
class Issued:
    """The public half of an auction's key, and until when the keeper keeps the other half to itself."""

    public_key: str
    deadline: datetime


class KeyKeeper(Protocol):
    """A keeper of keys. Every method may raise KeeperSilent or KeeperRefused."""

    def issue(self, auction: str, *, hours: int) -> Issued:
        """A pair for this auction; its deadline is so many hours from now by the keeper's clock."""

    def hand_out(self, auction: str) -> str:
        """The private key. Raises TooEarly before the deadline."""


class HttpKeeper:
    """The line to the key keeper: signed HTTP with timeouts.

    member      as whom we are known there
    ahead_days  a demo's clock is so many days ahead, and its keeper is told so; a real keeper has no such address
    """

    def __init__(self, *, base_url: str, member: str, secret: str, ahead_days: int = 0) -> None:
        self._base_url, self._secret, self._ahead_days = base_url.rstrip("/"), secret, ahead_days
        self._prefix = f"/{quote(member, safe='')}/"
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of this machine is not meant for the keeper beside it

    def issue(self, auction: str, *, hours: int) -> Issued:
        """A pair for this auction."""
        said = self._ask("issue", {"auction": auction, "hours": hours})
        return Issued(str(said["public"]), datetime.fromisoformat(said["deadline"]))

    def hand_out(self, auction: str) -> str:
        """The private key. Raises TooEarly."""
        return str(self._ask("open", {"auction": auction})["private"])

    def _ask(self, operation: str, content: dict[str, Any]) -> dict[str, Any]:
        if not self._base_url:
            raise KeeperSilent("no keeper of keys is connected: name one in SCF_KEEPER_URL")
        if self._ahead_days:
            self._post("/control/clock", {"days": self._ahead_days})
        answer = self._post(self._prefix + operation, content)
        try:
            said: dict[str, Any] = answer.json()
        except ValueError as problem:
            raise KeeperSilent("the keeper's answer is unreadable") from problem
        if said.get("code") == TooEarly.code:
            raise TooEarly("the key is not given out yet")
        if not answer.ok:
            raise KeeperRefused("the keeper refused the request", status=answer.status_code, said=said)
        return said

    def _post(self, target: str, content: dict[str, Any]) -> requests.Response:
        body = json.dumps(content).encode()
        headers = signing.headers(secret=self._secret, method="POST", target=target, body=body, now=time.time())
        try:
            answer = self._session.post(
                self._base_url + target, data=body, headers={**headers, "Content-Type": "application/json"},
                timeout=(CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX), allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as problem:
            raise KeeperSilent("the keeper does not answer") from problem
        if answer.status_code >= requests.codes.server_error:
            raise KeeperSilent("the keeper is not available at the moment", status=answer.status_code)
        return answer


class LocalKeeper:
    """The key keeper inside this process: for playing a demo's past, and for tests.

    now        what its clock shows
    is_silent  answers nothing until it is switched off again
    """

    def __init__(self, vault: Vault, *, now: Callable[[], datetime], member: str = "platform") -> None:
        self.vault, self.is_silent = vault, False
        self._now, self._member = now, member

    def issue(self, auction: str, *, hours: int) -> Issued:
        """A pair for this auction."""
        self._require_awake()
        return Issued(*self.vault.issue(self._member, auction, hours=hours, now=self._now()))

    def hand_out(self, auction: str) -> str:
        """The private key. Raises TooEarly."""
        self._require_awake()
        return self.vault.hand_out(self._member, auction, now=self._now())

    def _require_awake(self) -> None:
        if self.is_silent:
            raise KeeperSilent("the keeper does not answer")
