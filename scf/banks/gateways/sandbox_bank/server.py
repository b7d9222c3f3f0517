"""The sandbox bank as a WSGI application.

POST /{bank}/payments                       pain.001, signed; 202
POST /{bank}/recalls                        camt.056, signed; 202, the answer comes by camt.029
GET  /{bank}/payments/{end_to_end_id}       pain.002 with what became of it, signed; 404
GET  /{bank}/messages?after=N               pain.002 and camt.054 in order, as JSON, signed
GET  /{bank}/statements/{account}?from=&to= camt.053, both days included, signed
POST /{bank}/payments-in                    a buyer pays; form or JSON
POST /control/faults                        {"bank", "mode", "seconds", "times"}; the modes stand in conduct.py
GET  /  and  /healthz
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel.sandbox.wsgi import HTML, XML, Answer, Machine, Request, Route, as_json, first_values, new_id

from .. import iso20022
from ..base import RawMessage
from . import folders, pages
from .bank import EndToEndIdReused, SandboxBanks

SECRET_NAME = "SCF_SANDBOX_BANK_SECRET"


class Server:
    """Routes requests to the banks; one object per process."""

    def __init__(self, folder: Path) -> None:
        self._banks = SandboxBanks(folder)
        folders.keep_open(self._banks)
        conduct = self._banks.conduct
        self._machine = machine = Machine(
            secret=_secret, faults=conduct.line, conflict=EndToEndIdReused, switch=conduct.switch
        )
        bank = r"/(?P<bank>[A-Za-z0-9_-]{1,30})"
        routes: list[Route] = [
            ("GET", r"/", self._page, ""),
            ("GET", r"/healthz", machine.health, ""),
            ("POST", r"/control/faults", machine.control, ""),
            ("POST", bank + r"/payments-in", self._pay_in, ""),
            ("POST", bank + r"/payments", self._instruct, "bank"),
            ("POST", bank + r"/recalls", self._recall, "bank"),
            ("GET", bank + r"/payments/(?P<end_to_end_id>.{1,35})", self._status, "bank"),
            ("GET", bank + r"/messages", self._messages, "bank"),
            ("GET", bank + r"/statements/(?P<account>[^/]{1,34})", self._statement, "bank"),
        ]
        machine.serve(routes)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer one request."""
        return self._machine(environ, start_response)

    def _page(self, request: Request) -> Answer:
        accounts = self._banks.known_accounts(request.query.get("bank", ""))
        today = datetime.now(UTC).date()
        page = pages.home(self._banks.accounts(), prefilled=request.query, today=today, accounts=accounts)
        return Answer("200 OK", HTML, page.encode())

    def _instruct(self, request: Request, bank: str) -> Answer:
        instructions = iso20022.read_pain001(request.body)
        if len(instructions) != 1:
            raise ValueError("one transfer a message, please")
        is_repetition = self._banks.instruct(bank, instructions[0])
        identifier = instructions[0].end_to_end_id
        return as_json("202 Accepted", end_to_end_id=identifier, is_repetition=is_repetition)

    def _recall(self, request: Request, bank: str) -> Answer:
        for recall in iso20022.read_camt056(request.body):
            self._banks.recall(bank, recall)
        return as_json("202 Accepted", taken=True)

    def _status(self, request: Request, bank: str, end_to_end_id: str) -> Answer:
        status = self._banks.status(bank, end_to_end_id)
        if status is None:
            return as_json("404 Not Found", code="PAYMENT_UNKNOWN", message="this payment was never instructed")
        return Answer("200 OK", XML, iso20022.write_pain002(status, message_id=new_id(), at=datetime.now(UTC)))

    def _messages(self, request: Request, bank: str) -> Answer:
        after = int(request.query.get("after") or 0)
        found = self._banks.messages(bank, after=max(after, 0))
        return as_json("200 OK", messages=[_plain(message) for message in found])

    def _statement(self, request: Request, bank: str, account: str) -> Answer:
        first, last = (date.fromisoformat(day) if (day := request.query.get(end)) else None for end in ("from", "to"))
        statement = self._banks.statement(bank, account, first=first, last=last or datetime.now(UTC).date())
        content = iso20022.write_statement(statement, message_id=new_id(), at=datetime.now(UTC))
        return Answer("200 OK", XML, content, (("X-Statement-Id", statement.statement_id),))

    def _pay_in(self, request: Request, bank: str) -> Answer:
        is_form = request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        given = first_values(parse_qs(request.body.decode())) if is_form else json.loads(request.body)
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
            bank, key=str(given.get("key") or new_id()), account=account, amount_minor=money.minor,
            currency=money.currency, reference=_line(given.get("reference", "")),
            value_date=date.fromisoformat(str(given["value_date"])),
            payer_name=_line(given.get("payer_name") or "A buyer"), payer_account=_line(given.get("payer_account", "")),
        )  # fmt: skip
        if is_form:
            return Answer("303 See Other", HTML, b"", (("Location", "/#" + bank),))
        return as_json("201 Created", account=account, amount_minor=money.minor, currency=money.currency)


def _secret(bank: str) -> str:
    return os.environ.get(f"{SECRET_NAME}_{bank.upper()}") or os.environ[SECRET_NAME]


def _plain(message: RawMessage) -> dict[str, str]:
    return {"id": message.id, "kind": message.kind, "content": message.content.decode()}


def _line(text: object) -> str:
    """One printable line of at most 140 characters: it goes into XML."""
    return "".join(character for character in str(text) if character.isprintable())[:140].strip()


def create() -> Server:
    """The application that gunicorn serves."""
    if not os.environ.get(SECRET_NAME):
        sys.exit(f"{SECRET_NAME} is not set: the sandbox bank and its customers share it.")
    default = Path(__file__).resolve().parents[4] / ".run"
    return Server(Path(os.environ.get("SCF_RUN_DIR") or default) / "sandbox-bank")
