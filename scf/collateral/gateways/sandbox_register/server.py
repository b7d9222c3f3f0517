"""The sandbox registers as a WSGI application.

POST /{member}/papers/register | finance | cancel           JSON with a key, signed
POST /{member}/movables/search | file | amend | cancel      JSON with a key, signed
GET  /{member}/prices?since=2031-03-01&until=2031-03-03     the price feed, signed: {"prices": [entry, ...]}
POST /control/faults                                        {"whom", "mode", "seconds", "times"}
POST /control/match                                         {"is_on": true}: claim that another was there first
POST /control/prices                                        {"prices": [entry, ...]}: publish these; null: its own
GET  /  and  /healthz

An entry of the feed says commodity, as_of (a day) and price (text, for one unit), and where known grade, currency and
unit. Its own prices are invented by the formula in `market`.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from scf.kernel.sandbox.faults import Faults
from scf.kernel.sandbox.wsgi import HTML, Answer, Machine, Request, as_json

from . import market
from .books import KeyReused, RegisterBooks

SECRET_NAME = "SCF_REGISTER_SECRET"
DAYS_MAX = 800
STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}"  # noqa: E501  one rule


class Server:
    """Routes requests to the registers; one object per process."""

    def __init__(self, folder: Path) -> None:
        self._books, self._folder = RegisterBooks(folder), folder
        self._prices: list[Any] | None = None
        self._machine = Machine(secret=lambda member: os.environ[SECRET_NAME], faults=Faults(), conflict=KeyReused)
        self._machine.serve(
            [
                ("GET", r"/", self._page, ""),
                ("GET", r"/healthz", self._machine.health, ""),
                ("POST", r"/control/faults", self._machine.control, ""),
                ("POST", r"/control/match", self._match, ""),
                ("POST", r"/control/prices", self._publish, ""),
                ("GET", r"/(?P<member>[\w-]{1,40})/prices", self._feed, "member"),
                ("POST", r"/(?P<member>[\w-]{1,40})/(?P<operation>[a-z]+/[a-z]+)", self._perform, "member"),
            ]
        )

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer one request."""
        return self._machine(environ, start_response)

    def _perform(self, request: Request, member: str, operation: str) -> Answer:
        content = json.loads(request.body)
        return as_json("200 OK", **self._books.perform(member, operation, str(content.pop("key")), content))

    def _match(self, request: Request) -> Answer:
        self._books.claims_match = bool(json.loads(request.body)["is_on"])
        return as_json("200 OK", is_on=self._books.claims_match)

    def _publish(self, request: Request) -> Answer:
        self._prices = json.loads(request.body)["prices"]
        return as_json("200 OK", prices=self._prices)

    def _feed(self, request: Request, member: str) -> Answer:
        since, until = (date.fromisoformat(request.query[name]) for name in ("since", "until"))
        if (until - since).days > DAYS_MAX:
            raise ValueError(f"at most {DAYS_MAX} days at once")
        own = market.published(since=since, until=until, anchor=market.anchor_of(self._folder))
        return as_json("200 OK", prices=list(own) if self._prices is None else self._prices)

    def _page(self, request: Request) -> Answer:
        filings = "".join(
            f"<tr><td>{escape(number)}</td><td>{escape(row['debtor']['name'])}</td>"
            f"<td>{escape(row['secured_party']['name'])}</td><td>{escape(row['term_until'])}</td>"
            f"<td>{escape(', '.join(goods['document'] for goods in row['goods']))}</td></tr>"
            for number, row in self._books.filings().items()
        )
        papers = "".join(
            f"<tr><td>{escape(paper['number'])}</td><td>{escape(case)}</td><td>{escape(status)}</td></tr>"
            for _member, case, status, paper in self._books.papers()
        )
        page = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox registers 沙箱登记系统</title>'
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
            "<h1>Sandbox registers 沙箱登记系统</h1><p>They play the public registers, and publish invented prices at "
            "<code>/{member}/prices?since=&amp;until=</code>. 此处模拟公共登记系统，并发布虚构的价格。</p>"
            "<h2>Movable property 动产融资登记</h2><table><tr><th>Number 登记编号</th><th>Debtor 出质人</th>"
            f"<th>Secured party 质权人</th><th>Until 期限</th><th>Papers 单据</th></tr>{filings}</table>"
            "<h2>Receipts and invoices 单据登记</h2><table><tr><th>Number 单据号</th><th>Case 业务编号</th>"
            f"<th>Status 状态</th></tr>{papers}</table></body></html>"
        )
        return Answer("200 OK", HTML, page.encode())


def create() -> Server:
    """The application that gunicorn serves."""
    if not os.environ.get(SECRET_NAME):
        sys.exit(f"{SECRET_NAME} is not set: the sandbox register and its members share it.")
    default = Path(__file__).resolve().parents[4] / ".run"
    return Server(Path(os.environ.get("SCF_RUN_DIR") or default) / "sandbox-register")
