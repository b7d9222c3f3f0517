"""The sandbox bank as a WSGI application.

POST /{bank}/payments                       pain.001, signed; 202
GET  /{bank}/payments/{end_to_end_id}       pain.002 with what became of it, signed; 404
GET  /{bank}/messages?after=N               pain.002 and camt.054 in order, as JSON, signed
GET  /{bank}/statements/{account}?from=&to= camt.053, both days included, signed
POST /{bank}/payments-in                    a buyer pays; form or JSON
POST /control/faults                        {"bank", "mode", "seconds", "times"}
GET  /  and  /healthz
"""

import json
import os
import re
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from scf.domain.errors import DomainError
from scf.domain.money import Money

from .. import iso20022, signing
from ..base import RawMessage
from . import pages
from .bank import EndToEndIdReused, SandboxBanks
from .faults import EVERY_BANK, Faults

BODY_BYTES_MAX = 1024 * 1024
SECRET_NAME = "SCF_SANDBOX_BANK_SECRET"
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


def as_json(status: str, /, **content: object) -> Answer:
    """A JSON answer."""
    return Answer(status, JSON, json.dumps(content, ensure_ascii=False).encode())


class Server:
    """Routes requests to the banks; one object per process."""

    def __init__(self, folder: Path) -> None:
        self._banks = SandboxBanks(folder)
        self._faults = Faults()
        self._verifier = signing.Verifier()
        bank = r"/(?P<bank>[A-Za-z0-9_-]{1,30})"
        routes: list[tuple[str, str, Callable[..., Answer], bool]] = [
            ("GET", r"/", self._page, False),
            ("GET", r"/healthz", self._health, False),
            ("POST", r"/control/faults", self._control, False),
            ("POST", bank + r"/payments-in", self._pay_in, False),
            ("POST", bank + r"/payments", self._instruct, True),
            ("GET", bank + r"/payments/(?P<end_to_end_id>.{1,35})", self._status, True),
            ("GET", bank + r"/messages", self._messages, True),
            ("GET", bank + r"/statements/(?P<account>[^/]{1,34})", self._statement, True),
        ]
        self._routes = [(method, re.compile(path), handler, signed) for method, path, handler, signed in routes]

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
        for method, path, handler, is_signed in self._routes:
            match = path.fullmatch(request.path)
            if match and method == request.method:
                try:
                    return self._handle(request, handler, match.groupdict(), is_signed=is_signed)
                except signing.SignatureRefused as refusal:
                    return as_json("401 Unauthorized", code=refusal.code, message=refusal.message), False
                except EndToEndIdReused as refusal:
                    return as_json("409 Conflict", code=refusal.code, message=refusal.message), False
                except DomainError as refusal:
                    return as_json("422 Unprocessable Content", code=refusal.code, message=refusal.message), False
                except (ValueError, KeyError, TypeError) as problem:
                    return as_json("400 Bad Request", code="BAD_REQUEST", message=str(problem)), False
        return as_json("404 Not Found", code="NOT_FOUND", message="there is nothing here"), False

    def _handle(
        self, request: Request, handler: Callable[..., Answer], words: dict[str, str], *, is_signed: bool
    ) -> tuple[Answer, bool]:
        if not is_signed:
            return handler(request, **words), False
        bank = words["bank"]
        secret = os.environ.get(f"{SECRET_NAME}_{bank.upper()}") or os.environ[SECRET_NAME]
        self._verifier.check(
            request.headers,
            secret=secret,
            method=request.method,
            target=request.target,
            body=request.body,
            now=time.time(),
        )
        fault = self._faults.strike(bank)
        if fault == "outage":
            return as_json(
                "503 Service Unavailable", code="OUTAGE", message="the bank is closed for maintenance"
            ), False
        return handler(request, **words), fault == "lost_answer"

    def _page(self, request: Request) -> Answer:
        accounts = self._banks.known_accounts(request.query.get("bank", ""))
        today = datetime.now(UTC).date()
        page = pages.home(self._banks.accounts(), prefilled=request.query, today=today, accounts=accounts)
        return Answer("200 OK", HTML, page.encode())

    def _health(self, request: Request) -> Answer:
        return as_json("200 OK", status="ok")

    def _control(self, request: Request) -> Answer:
        wanted = json.loads(request.body)
        self._faults.switch(
            **{"bank": EVERY_BANK, **{key: value for key, value in wanted.items() if value is not None}}
        )
        return as_json("200 OK", **wanted)

    def _instruct(self, request: Request, bank: str) -> Answer:
        instructions = iso20022.read_pain001(request.body)
        if len(instructions) != 1:
            raise ValueError("one transfer a message, please")
        is_repetition = self._banks.instruct(bank, instructions[0])
        identifier = instructions[0].end_to_end_id
        return as_json("202 Accepted", end_to_end_id=identifier, is_repetition=is_repetition)

    def _status(self, request: Request, bank: str, end_to_end_id: str) -> Answer:
        status = self._banks.status(bank, end_to_end_id)
        if status is None:
            return as_json("404 Not Found", code="PAYMENT_UNKNOWN", message="this payment was never instructed")
        return Answer("200 OK", XML, iso20022.write_pain002(status, message_id=_message_id(), at=datetime.now(UTC)))

    def _messages(self, request: Request, bank: str) -> Answer:
        after = int(request.query.get("after") or 0)
        found = self._banks.messages(bank, after=max(after, 0))
        return as_json("200 OK", messages=[_plain(message) for message in found])

    def _statement(self, request: Request, bank: str, account: str) -> Answer:
        first, last = (date.fromisoformat(day) if (day := request.query.get(end)) else None for end in ("from", "to"))
        statement = self._banks.statement(bank, account, first=first, last=last or datetime.now(UTC).date())
        content = iso20022.write_statement(statement, message_id=_message_id(), at=datetime.now(UTC))
        return Answer("200 OK", XML, content, (("X-Statement-Id", statement.statement_id),))

    def _pay_in(self, request: Request, bank: str) -> Answer:
        is_form = request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        given = _first(parse_qs(request.body.decode())) if is_form else json.loads(request.body)
        try:
            return self._book(bank, given, is_form=is_form)
        except (DomainError, ValueError, KeyError) as problem:
            if not is_form:
                raise
            page = pages.home(
                self._banks.accounts(), prefilled={**given, "bank": bank}, today=datetime.now(UTC).date(),
                accounts=self._banks.known_accounts(bank), problem=str(problem),
            )  # fmt: skip
            return Answer("400 Bad Request", HTML, page.encode())

    def _book(self, bank: str, given: dict[str, str], *, is_form: bool) -> Answer:
        money = Money.of(str(given["amount"]).replace(",", ""), str(given["currency"]))
        account = str(given["account"]).strip()
        if money.minor <= 0 or not re.fullmatch(r"[A-Za-z0-9-]{1,34}", account):
            raise ValueError("an amount is positive, an account has 1 to 34 letters, digits or dashes")
        self._banks.pay_in(
            bank, key=str(given.get("key") or _message_id()), account=account, amount_minor=money.minor,
            currency=money.currency, reference=_line(given.get("reference", "")),
            value_date=date.fromisoformat(str(given["value_date"])),
            payer_name=_line(given.get("payer_name") or "A buyer"), payer_account=_line(given.get("payer_account", "")),
        )  # fmt: skip
        if is_form:
            return Answer("303 See Other", HTML, b"", (("Location", "/#" + bank),))
        return as_json("201 Created", account=account, amount_minor=money.minor, currency=money.currency)


def _plain(message: RawMessage) -> dict[str, str]:
    return {"id": message.id, "kind": message.kind, "content": message.content.decode()}


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
        query=_first(parse_qs(environ.get("QUERY_STRING", ""))),
        target=environ.get("RAW_URI", environ["PATH_INFO"]),
        headers={**headers, "Content-Type": environ.get("CONTENT_TYPE", "")},
        body=environ["wsgi.input"].read(length),
    )


def _first(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: items[0] for name, items in values.items()}


def _line(text: object) -> str:
    """One printable line of at most 140 characters: it goes into XML."""
    return "".join(character for character in str(text) if character.isprintable())[:140].strip()


def _message_id() -> str:
    return secrets.token_hex(12)


def create() -> Server:
    """The application that gunicorn serves."""
    if not os.environ.get(SECRET_NAME):
        sys.exit(f"{SECRET_NAME} is not set: the sandbox bank and its customers share it.")
    default = Path(__file__).resolve().parents[4] / ".run"
    return Server(Path(os.environ.get("SCF_RUN_DIR") or default) / "sandbox-bank")
