"""A line over HTTP: pain.001 and camt.056 pushed, pain.002, camt.054 and camt.053 pulled.

It never repeats a request by itself. Whether a payment may have arrived
decides what the caller does next, so the two failures have two names.
"""

import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from scf.kernel import signing

from . import iso20022
from .base import AnswerLost, BankRefused, BankUnreachable, PaymentInstruction, PaymentStatus, RawMessage, Receipt
from .cases import Recall

CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX = 3.05, 10
NEVER_ARRIVED = (NewConnectionError, ConnectTimeoutError)


class Proof(Protocol):
    """How both sides know each other. What the bank says counts only where it is proven."""

    def headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """Headers that go with a request."""

    def check(self, answer: requests.Response, sent: Mapping[str, str]) -> None:
        """Raise SignatureRefused unless the answer is the bank's, to the request that went with headers `sent`."""


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """Each request and each answer is signed with a secret, with its time, and once (HMAC)."""

    secret: str

    def headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """Time, nonce and signature."""
        return signing.headers(secret=self.secret, method=method, target=target, body=body, now=time.time())

    def check(self, answer: requests.Response, sent: Mapping[str, str]) -> None:
        """An answer fits this request only."""
        signing.check_answer(
            answer.headers, secret=self.secret, nonce=sent[signing.NONCE], status=answer.status_code,
            body=answer.content, now=time.time(),
        )  # fmt: skip


class Certificates:
    """Both sides show certificates; TLS itself proves each byte."""

    def headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """None are needed."""
        return {}

    def check(self, answer: requests.Response, sent: Mapping[str, str]) -> None:
        """The connection has proven it."""


class PinnedAdapter(HTTPAdapter):
    """HTTPS by one TLS context: the authorities that it names are trusted, and no other."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Connections are made by the context."""
        super().init_poolmanager(*args, **options, ssl_context=self._context)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context alone says who is trusted: nothing of this machine is added to it."""
        conn.cert_reqs = "CERT_REQUIRED"


class HttpLine:
    """A BankGateway over HTTP.

    base_url  of the bank, without a slash at its end
    prefix    a path before every other, such as /{lender} at the sandbox bank
    context   TLS, where the address is https
    """

    def __init__(
        self,
        *,
        base_url: str,
        proof: Proof,
        prefix: str = "",
        context: ssl.SSLContext | None = None,
        answer_seconds_max: float = ANSWER_SECONDS_MAX,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._prefix = prefix
        self._proof = proof
        self._timeouts = (CONNECT_SECONDS_MAX, answer_seconds_max)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of this machine is not meant for the bank beside it
        if context is not None:
            self._session.mount("https://", PinnedAdapter(context))

    def send_payment(self, instruction: PaymentInstruction, *, at: datetime) -> Receipt:
        """Ask for a payment. Raises AnswerLost where it may have arrived, else BankUnreachable, BankRefused."""
        answer = self.request("POST", "/payments", iso20022.write_pain001(instruction, at=at))
        return Receipt(instruction.end_to_end_id, is_repetition=bool(_said(answer).get("is_repetition")))

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """What became of a payment; None where the bank has never heard of it."""
        try:
            answer = self.request("GET", f"/payments/{quote(end_to_end_id, safe='')}")
        except BankRefused as refusal:
            if refusal.detail.get("bank_code") == "PAYMENT_UNKNOWN":
                return None
            raise
        try:
            found = iso20022.read_pain002(answer.content)
        except iso20022.MessageUnreadable as problem:
            raise BankUnreachable("the bank's answer cannot be read", reason="NONSENSE") from problem
        about = [status for status in found if status.end_to_end_id == end_to_end_id]
        if not about:
            raise BankUnreachable("the bank speaks of another payment than it was asked about", reason="NONSENSE")
        return about[0]

    def recall_payment(self, recall: Recall, *, at: datetime) -> None:
        """Ask for a payment back; the answer comes by a message. Repeating it asks once."""
        self.request("POST", "/recalls", iso20022.write_camt056(recall, at=at))

    def fetch_messages(self, *, after: str) -> list[RawMessage]:
        """The messages behind the cursor `after`, oldest first."""
        answer = self.request("GET", f"/messages?{urlencode({'after': after})}")
        try:
            items = _said(answer)["messages"]
            return [RawMessage(str(item["id"]), str(item["kind"]), item["content"].encode()) for item in items]
        except (KeyError, TypeError, AttributeError) as problem:
            raise BankUnreachable("the bank's answer cannot be read", reason="NONSENSE") from problem

    def fetch_statement(self, account: str, *, first: date, last: date) -> RawMessage:
        """The camt.053 of `account` for these days, both included."""
        days = urlencode({"from": first.isoformat(), "to": last.isoformat()})
        answer = self.request("GET", f"/statements/{quote(account, safe='')}?{days}")
        return RawMessage(answer.headers["X-Statement-Id"], "camt.053", answer.content)

    def request(self, method: str, path: str, body: bytes = b"") -> requests.Response:
        """One request, once. Raises BankUnreachable, AnswerLost, BankRefused."""
        target = self._prefix + path
        headers = self._proof.headers(method, target, body)
        try:
            answer = self._session.request(
                method,
                self._base_url + target,
                data=body or None,
                headers={**headers, "Content-Type": "application/xml"},
                timeout=self._timeouts,
                allow_redirects=False,
            )
        except requests.RequestException as problem:
            raise _failure(method, problem) from problem
        self._require_proof(answer, method, headers)
        if answer.status_code == requests.codes.service_unavailable:
            raise BankUnreachable("the bank is not available at the moment", status=answer.status_code, reason="CLOSED")
        if answer.status_code >= requests.codes.server_error and method == "POST":
            raise AnswerLost("the bank failed while it worked on the request", status=answer.status_code)
        if not answer.ok:
            raise BankRefused("the bank refused the request", status=answer.status_code, **_reason(answer))
        return answer

    def _require_proof(self, answer: requests.Response, method: str, sent: Mapping[str, str]) -> None:
        """An answer that is not proven to be the bank's, of now, says nothing; what was sent may have arrived."""
        try:
            self._proof.check(answer, sent)
        except signing.SignatureRefused as refusal:
            kind = BankUnreachable if method == "GET" else AnswerLost
            told = {**_reason(answer), "status": str(answer.status_code), "date": answer.headers.get("Date", "")}
            raise kind(
                f"the bank's answer cannot be believed: {refusal.message}", reason="ANSWER_NOT_SIGNED", **told
            ) from refusal


def _failure(method: str, problem: requests.RequestException) -> BankUnreachable | AnswerLost:
    """Whether the request can have arrived. Reading loses nothing, so there it makes no difference."""
    cause = getattr(problem.args[0], "reason", problem.args[0]) if problem.args else problem
    has_not_arrived = isinstance(cause, NEVER_ARRIVED) or isinstance(problem, requests.ConnectTimeout)
    reason = _why(problem)
    if method == "GET" or has_not_arrived or reason == "SERVER_NOT_TRUSTED":
        return BankUnreachable("the bank's machine does not answer", reason=reason)
    return AnswerLost("the bank's answer did not come; it may have carried out the request", reason=reason)


def _why(problem: BaseException) -> str:
    """The reason that `transports.checks` has a sentence for."""
    causes = list(_causes(problem))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "SERVER_NOT_TRUSTED"
    if any(isinstance(cause, ssl.SSLError) and "ALERT" in str(cause).upper() for cause in causes):
        return "CLIENT_NOT_TRUSTED"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "NO_TLS"
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return "HOST_UNKNOWN"
    return "REFUSED" if any(isinstance(cause, ConnectionRefusedError) for cause in causes) else "SILENT"


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    """An error and everything that it was made of, as libraries nest them."""
    waiting: list[BaseException | None] = [problem]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
        waiting += [other for other in inner if isinstance(other, BaseException)]


def _said(answer: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty where it is none."""
    try:
        said = answer.json()
    except requests.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _reason(answer: requests.Response) -> dict[str, str]:
    said = _said(answer)
    return {"bank_code": str(said.get("code", "")), "bank_message": str(said.get("message", ""))}
