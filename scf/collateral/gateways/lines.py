"""Lines to the registers: what is asked as plain JSON, by signed HTTP or inside this process."""

import dataclasses
import json
import time
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

import requests

from scf.kernel import signing

from .base import (
    Company,
    Filing,
    Goods,
    PaperStatus,
    RegisteredPaper,
    RegisterRefused,
    RegisterSilent,
    SearchAnswer,
)
from .sandbox_register.books import RegisterBooks

CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX = 3.05, 10


class JsonRegister:
    """A RegisterGateway for whoever can bring one operation with its content across."""

    def _perform(self, operation: str, key: str, content: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def register(self, case: str, papers: Sequence[RegisteredPaper], *, key: str) -> list[PaperStatus]:
        """Register the papers of a case, and say which others have."""
        answer = self._perform("papers/register", key, {"case": case, "papers": [_plain(paper) for paper in papers]})
        return [PaperStatus(row["id"], row["status"], int(row["similarity"])) for row in answer["papers"]]

    def mark_financed(self, case: str, *, key: str) -> None:
        """Say that the case's papers are financed."""
        self._perform("papers/finance", key, {"case": case})

    def cancel_papers(self, case: str, *, key: str) -> None:
        """Say that the case's papers are free again."""
        self._perform("papers/cancel", key, {"case": case})

    def search(self, debtor: Company, goods: Sequence[Goods], *, key: str) -> SearchAnswer:
        """What others have filed on the debtor's goods."""
        content = {"debtor": _plain(debtor), "goods": [_plain(one) for one in goods]}
        answer = self._perform("movables/search", key, content)
        return SearchAnswer(answer["number"], tuple(answer["filings"]))

    def file(self, filing: Filing, *, key: str) -> str:
        """File a right; the filing's number."""
        return str(self._perform("movables/file", key, {"filing": _plain(filing)})["number"])

    def amend(self, number: str, filing: Filing, *, key: str) -> None:
        """Change what is filed: its goods, its term."""
        self._perform("movables/amend", key, {"number": number, "filing": _plain(filing)})

    def cancel(self, number: str, *, key: str) -> None:
        """Strike the filing out."""
        self._perform("movables/cancel", key, {"number": number})


class HttpRegister(JsonRegister):
    """The line to the sandbox register, and the model for a line to a real one: signed HTTP with timeouts.

    member   as whom we are known there
    secret   shared with it
    """

    def __init__(
        self, *, base_url: str, member: str, secret: str, answer_seconds_max: float = ANSWER_SECONDS_MAX
    ) -> None:
        self._base_url, self._secret = base_url.rstrip("/"), secret
        self._prefix = f"/{quote(member, safe='')}/"
        self._timeouts = (CONNECT_SECONDS_MAX, answer_seconds_max)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of this machine is not meant for the register beside it

    def _perform(self, operation: str, key: str, content: dict[str, Any]) -> dict[str, Any]:
        if not self._base_url:
            raise RegisterSilent("no register is connected: name one in SCF_REGISTER_URL")
        target, body = self._prefix + operation, json.dumps({"key": key, **content}, ensure_ascii=False).encode()
        headers = signing.headers(secret=self._secret, method="POST", target=target, body=body, now=time.time())
        try:
            answer = self._session.post(
                self._base_url + target,
                data=body,
                headers={**headers, "Content-Type": "application/json"},
                timeout=self._timeouts,
                allow_redirects=False,
            )
            if answer.status_code >= requests.codes.server_error:
                raise RegisterSilent("the register is not available at the moment", status=answer.status_code)
            said: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError) as problem:
            raise RegisterSilent("the register does not answer") from problem
        if not answer.ok:
            raise RegisterRefused("the register refused the request", status=answer.status_code, said=said)
        return said


class LocalRegister(JsonRegister):
    """The sandbox register inside this process: for playing a demo's past, and for tests.

    is_silent  answers nothing until it is switched off again
    """

    def __init__(self, books: RegisterBooks, *, member: str = "platform") -> None:
        self.books, self.member, self.is_silent = books, member, False

    def _perform(self, operation: str, key: str, content: dict[str, Any]) -> dict[str, Any]:
        if self.is_silent:
            raise RegisterSilent("the register does not answer")
        return self.books.perform(self.member, operation, key, content)


def _plain(row: Any) -> dict[str, Any]:
    """A dataclass as JSON-ready values."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(row), default=_text, ensure_ascii=False))
    return plain


def _text(value: object) -> str:
    assert isinstance(value, date), value
    return value.isoformat()
