"""The line to the sandbox bank, and the model for lines to real ones: signed HTTP with timeouts.

It never repeats a request by itself. Whether a payment may have arrived
decides what the caller does next, so the two failures have two names.
"""

import time
from datetime import date, datetime
from urllib.parse import quote, urlencode

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from scf.kernel import signing

from . import iso20022
from .base import AnswerLost, BankRefused, BankUnreachable, PaymentInstruction, PaymentStatus, RawMessage, Receipt
from .cases import Recall

CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX = 3.05, 10
NEVER_ARRIVED = (NewConnectionError, ConnectTimeoutError)


class SandboxGateway:
    """A BankGateway to one lender that the sandbox bank plays.

    base_url   of the sandbox bank
    bank       which lender
    secret     shared with it
    """

    def __init__(
        self, *, base_url: str, bank: str, secret: str, answer_seconds_max: float = ANSWER_SECONDS_MAX
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._prefix = f"/{quote(bank, safe='')}"
        self._secret = secret
        self._timeouts = (CONNECT_SECONDS_MAX, answer_seconds_max)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of this machine is not meant for the bank beside it

    def send_payment(self, instruction: PaymentInstruction, *, at: datetime) -> Receipt:
        """Ask for a payment. Raises AnswerLost where it may have arrived, else BankUnreachable, BankRefused."""
        answer = self._request("POST", "/payments", iso20022.write_pain001(instruction, at=at))
        return Receipt(instruction.end_to_end_id, is_repetition=bool(answer.json()["is_repetition"]))

    def payment_status(self, end_to_end_id: str) -> PaymentStatus | None:
        """What became of a payment; None where the bank has never heard of it."""
        try:
            answer = self._request("GET", f"/payments/{quote(end_to_end_id, safe='')}")
        except BankRefused as refusal:
            if refusal.detail.get("bank_code") == "PAYMENT_UNKNOWN":
                return None
            raise
        return iso20022.read_pain002(answer.content)[0]

    def recall_payment(self, recall: Recall, *, at: datetime) -> None:
        """Ask for a payment back; the answer comes by a message. Repeating it asks once."""
        self._request("POST", "/recalls", iso20022.write_camt056(recall, at=at))

    def fetch_messages(self, *, after: str) -> list[RawMessage]:
        """The messages behind the cursor `after`, oldest first."""
        answer = self._request("GET", f"/messages?{urlencode({'after': after})}")
        return [RawMessage(item["id"], item["kind"], item["content"].encode()) for item in answer.json()["messages"]]

    def fetch_statement(self, account: str, *, first: date, last: date) -> RawMessage:
        """The camt.053 of `account` for these days, both included."""
        days = urlencode({"from": first.isoformat(), "to": last.isoformat()})
        answer = self._request("GET", f"/statements/{quote(account, safe='')}?{days}")
        return RawMessage(answer.headers["X-Statement-Id"], "camt.053", answer.content)

    def _request(self, method: str, path: str, body: bytes = b"") -> requests.Response:
        target = self._prefix + path
        headers = signing.headers(secret=self._secret, method=method, target=target, body=body, now=time.time())
        nonce = headers[signing.NONCE]
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
        self._require_signed(answer, method, nonce)
        if answer.status_code == requests.codes.service_unavailable:
            raise BankUnreachable("the bank is not available at the moment", status=answer.status_code)
        if answer.status_code >= requests.codes.server_error and method == "POST":
            raise AnswerLost("the bank failed while it worked on the request", status=answer.status_code)
        if not answer.ok:
            raise BankRefused("the bank refused the request", status=answer.status_code, **_reason(answer))
        return answer

    def _require_signed(self, answer: requests.Response, method: str, nonce: str) -> None:
        """An answer that the bank has not signed, or long ago, says nothing; what was sent may have arrived."""
        try:
            signing.check_answer(
                answer.headers, secret=self._secret, nonce=nonce, status=answer.status_code, body=answer.content,
                now=time.time(),
            )  # fmt: skip
        except signing.SignatureRefused as refusal:
            kind = BankUnreachable if method == "GET" else AnswerLost
            raise kind(f"the bank's answer cannot be believed: {refusal.message}") from refusal


def _failure(method: str, problem: requests.RequestException) -> BankUnreachable | AnswerLost:
    """Whether the request can have arrived. Reading loses nothing, so there it makes no difference."""
    cause = getattr(problem.args[0], "reason", problem.args[0]) if problem.args else problem
    has_not_arrived = isinstance(cause, NEVER_ARRIVED) or isinstance(problem, requests.ConnectTimeout)
    if method == "GET" or has_not_arrived:
        return BankUnreachable("the bank's machine does not answer")
    return AnswerLost("the bank's answer did not come; it may have carried out the request")


def _reason(answer: requests.Response) -> dict[str, str]:
    try:
        said = answer.json()
    except requests.JSONDecodeError:
        return {}
    return {"bank_code": str(said.get("code", "")), "bank_message": str(said.get("message", ""))}
