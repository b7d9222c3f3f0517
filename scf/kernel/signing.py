"""Requests signed with a shared secret: HMAC-SHA256 over time, nonce, method, target and body.

A signature is good once, within a few minutes: a recorded request cannot be
played again.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping

from scf.domain.errors import DomainError

TIMESTAMP, NONCE, SIGNATURE = "X-SCF-Timestamp", "X-SCF-Nonce", "X-SCF-Signature"
AGE_SECONDS_MAX = 300


class SignatureRefused(DomainError):
    """The request is not signed by who shares the secret, too old, or seen before."""

    code = "SIGNATURE_REFUSED"


def headers(*, secret: str, method: str, target: str, body: bytes, now: float) -> dict[str, str]:
    """The three headers that sign a request. `target` is path and query as sent."""
    timestamp, nonce = str(int(now)), secrets.token_hex(16)
    return {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: _sign(secret, timestamp, nonce, method, target, body)}


def _sign(secret: str, timestamp: str, nonce: str, method: str, target: str, body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest()
    text = "\n".join((timestamp, nonce, method.upper(), target, digest))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def answer_headers(*, secret: str, nonce: str, status: int, body: bytes, now: float) -> dict[str, str]:
    """Sign an answer to the request that carried `nonce`: a recorded one fits no other request."""
    timestamp = str(int(now))
    return {TIMESTAMP: timestamp, SIGNATURE: _sign(secret, timestamp, nonce, "ANSWER", str(status), body)}


def check_answer(given: Mapping[str, str], *, secret: str, nonce: str, status: int, body: bytes, now: float) -> None:
    """Raise SignatureRefused unless who shares the secret has signed the answer to the request with `nonce`, lately."""
    timestamp, signature = given.get(TIMESTAMP, ""), given.get(SIGNATURE, "")
    if (
        not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16)
        or abs(now - int(timestamp)) > AGE_SECONDS_MAX
    ):
        raise SignatureRefused("the answer's timestamp is missing or too far from now")
    if not hmac.compare_digest(signature, _sign(secret, timestamp, nonce, "ANSWER", str(status), body)):
        raise SignatureRefused("the answer's signature does not fit")


def check_request(
    given: Mapping[str, str], *, secret: str, method: str, target: str, body: bytes, now: float
) -> str:  # fmt: skip
    """The nonce of a request that who shares the secret has signed, lately; whoever asks must refuse one seen before.

    Raises SignatureRefused.
    """
    timestamp, nonce, signature = (given.get(name, "") for name in (TIMESTAMP, NONCE, SIGNATURE))
    if (
        not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16)
        or abs(now - int(timestamp)) > AGE_SECONDS_MAX
    ):
        raise SignatureRefused("the request's timestamp is missing or too far from now")
    if not hmac.compare_digest(signature, _sign(secret, timestamp, nonce, method, target, body)):
        raise SignatureRefused("the request's signature does not fit")
    return nonce


class Verifier:
    """Checks signatures and remembers nonces for as long as their timestamps are good."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def check(
        self, given: Mapping[str, str], *, secret: str, method: str, target: str, body: bytes, now: float
    ) -> None:
        """Raises SignatureRefused."""
        nonce = check_request(given, secret=secret, method=method, target=target, body=body, now=now)
        with self._lock:
            self._seen = {nonce: at for nonce, at in self._seen.items() if now - at <= 2 * AGE_SECONDS_MAX}
            if nonce in self._seen:
                raise SignatureRefused("this request was seen before")
            self._seen[nonce] = now
