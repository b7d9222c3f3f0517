"""What the sandbox machines share as web servers: requests and answers without a framework, and faults."""

import json
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote

from scf.domain.errors import DomainError

from .. import signing
from .faults import EVERYBODY, Faults

BODY_BYTES_MAX = 1024 * 1024
WRONG_CLOCK_SECONDS = 3600
JSON, XML, HTML = "application/json", "application/xml; charset=utf-8", "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What the handlers need of a WSGI environment."""

    method: str
    path: str
    query: dict[str, str]
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: str
    kind: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[..., Answer]
# Method, path, handler, and the word of the path that names the caller who signs; "" where anybody may call.
Route = tuple[str, str, Handler, str]


def as_json(status: str, /, **content: object) -> Answer:
    """A JSON answer."""
    return Answer(status, JSON, json.dumps(content, ensure_ascii=False).encode())


class Machine:
    """Routes requests, checks signatures and strikes with faults; one object per process.

    secret    the secret shared with a caller
    switch    sets a fault, where there are more than those of the line
    conflict  refusals that are answered with 409
    """

    def __init__(
        self,
        *,
        secret: Callable[[str], str],
        faults: Faults,
        conflict: type[DomainError],
        switch: Callable[..., None] | None = None,
    ) -> None:
        self._secret, self._faults, self._conflict = secret, faults, conflict
        self._switch = switch or faults.switch
        self._routes: list[tuple[str, re.Pattern[str], Handler, str]] = []
        self._verifier = signing.Verifier()

    def serve(self, routes: list[Route]) -> None:
        """What it answers from now on."""
        self._routes = [(method, re.compile(path), handler, whom) for method, path, handler, whom in routes]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer one request; hang up instead where that is the fault of the day."""
        answer, is_lost = self._answer(_read(environ))
        if is_lost and "gunicorn.socket" in environ:
            environ["gunicorn.socket"].shutdown(socket.SHUT_RDWR)
            return []
        security = [
            ("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        ]
        length = ("Content-Length", str(len(answer.body)))
        start_response(answer.status, [("Content-Type", answer.kind), length, *answer.headers, *security])
        return [answer.body]

    def _answer(self, request: Request) -> tuple[Answer, bool]:
        for method, path, handler, whom in self._routes:
            match = path.fullmatch(request.path)
            if match and method == request.method:
                try:
                    return self._handle(request, handler, match.groupdict(), whom)
                except signing.SignatureRefused as refusal:
                    return as_json("401 Unauthorized", code=refusal.code, message=refusal.message), False
        return as_json("404 Not Found", code="NOT_FOUND", message="there is nothing here"), False

    def _handle(self, request: Request, handler: Handler, words: dict[str, str], whom: str) -> tuple[Answer, bool]:
        if not whom:
            return self._handled(request, handler, words), False
        self._verifier.check(
            request.headers,
            secret=self._secret(words[whom]),
            method=request.method,
            target=request.target,
            body=request.body,
            now=time.time(),
        )
        fault = self._faults.strike(words[whom])
        if fault == "outage":
            answer = as_json("503 Service Unavailable", code="OUTAGE", message="closed for maintenance")
        else:
            answer = self._handled(request, handler, words)
        return self._signed(answer, request, self._secret(words[whom]), fault), fault == "lost_answer"

    def _handled(self, request: Request, handler: Handler, words: dict[str, str]) -> Answer:
        """The handler's answer; its refusals are answers, too."""
        try:
            return handler(request, **words)
        except self._conflict as refusal:
            return as_json("409 Conflict", code=refusal.code, message=refusal.message)
        except DomainError as refusal:
            return as_json("422 Unprocessable Content", code=refusal.code, message=refusal.message)
        except (ValueError, KeyError, TypeError) as problem:
            return as_json("400 Bad Request", code="BAD_REQUEST", message=str(problem))

    @staticmethod
    def _signed(answer: Answer, request: Request, secret: str, fault: str) -> Answer:
        """Signed for this request; with a key of yesterday, or by a clock that is wrong, where that is the fault."""
        signed = signing.answer_headers(
            secret=f"old-{secret}" if fault == "old_key" else secret,
            nonce=request.headers.get(signing.NONCE, ""),
            status=int(answer.status[:3]),
            body=answer.body,
            now=time.time() + (WRONG_CLOCK_SECONDS if fault == "wrong_clock" else 0),
        )
        return replace(answer, headers=(*answer.headers, *signed.items()))

    def health(self, request: Request) -> Answer:
        """That the machine is there."""
        return as_json("200 OK", status="ok")

    def control(self, request: Request) -> Answer:
        """Switch a fault on or off: {"whom" or "bank", "mode", "seconds", "times"}."""
        wanted = {key: value for key, value in json.loads(request.body).items() if value is not None}
        whom = wanted.pop("whom", None) or wanted.pop("bank", EVERYBODY)
        self._switch(whom=whom, **wanted)
        return as_json("200 OK", whom=whom, **wanted)


def _read(environ: dict[str, Any]) -> Request:
    length = min(int(environ.get("CONTENT_LENGTH") or 0), BODY_BYTES_MAX)
    headers = {
        name[5:].replace("_", "-").title().replace("X-Scf", "X-SCF"): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    return Request(
        method=environ["REQUEST_METHOD"],
        path=unquote(environ.get("RAW_URI", environ["PATH_INFO"]).partition("?")[0]),
        query=first_values(parse_qs(environ.get("QUERY_STRING", ""))),
        target=environ.get("RAW_URI", environ["PATH_INFO"]),
        headers={**headers, "Content-Type": environ.get("CONTENT_TYPE", "")},
        body=environ["wsgi.input"].read(length),
    )


def first_values(values: dict[str, list[str]]) -> dict[str, str]:
    """A form or query with one value a name."""
    return {name: items[0] for name, items in values.items()}


def new_id() -> str:
    """An id that nobody has used."""
    return secrets.token_hex(12)
