"""The keeper of keys as a WSGI application.

POST /{member}/issue    {"auction", "hours"}: {"public", "deadline"}, signed
POST /{member}/open     {"auction"}: {"private"}, or 409 TOO_EARLY before the deadline by this clock, signed
GET  /  and  /healthz

Only where SCF_KEEPER_DEMO is 1, for a demo whose clock is moved: POST /control/clock {"days"} moves this clock ahead,
and POST /control/faults {"mode"} switches outages on and off. A keeper of real quotes has neither.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from scf.kernel.sandbox.faults import Faults
from scf.kernel.sandbox.wsgi import HTML, Answer, Machine, Request, Route, as_json

from .vault import TooEarly, Vault

SECRET_NAME = "SCF_KEEPER_SECRET"
DAYS_MAX = 4000
SHOWN = 200
STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}"  # noqa: E501  one rule


class Server:
    """Routes requests to the vault; one object per process."""

    def __init__(self, folder: Path, *, is_demo: bool) -> None:
        self._vault, self._ahead = Vault(folder), timedelta(0)
        self._machine = Machine(secret=lambda member: os.environ[SECRET_NAME], faults=Faults(), conflict=TooEarly)
        routes: list[Route] = [
            ("GET", r"/", self._page, ""),
            ("GET", r"/healthz", self._machine.health, ""),
            ("POST", r"/(?P<member>[\w-]{1,40})/issue", self._issue, "member"),
            ("POST", r"/(?P<member>[\w-]{1,40})/open", self._open, "member"),
        ]
        if is_demo:
            routes.insert(0, ("POST", r"/control/faults", self._machine.control, ""))
            routes.insert(0, ("POST", r"/control/clock", self._move, ""))
        self._machine.serve(routes)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer one request."""
        return self._machine(environ, start_response)

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _issue(self, request: Request, member: str) -> Answer:
        content = json.loads(request.body)
        public, deadline = self._vault.issue(
            member, str(content["auction"]), hours=int(content["hours"]), now=self._now()
        )
        return as_json("200 OK", public=public, deadline=deadline.isoformat())

    def _open(self, request: Request, member: str) -> Answer:
        auction = str(json.loads(request.body)["auction"])
        return as_json("200 OK", private=self._vault.hand_out(member, auction, now=self._now()))

    def _move(self, request: Request) -> Answer:
        days = int(json.loads(request.body)["days"])
        if not 0 <= days <= DAYS_MAX:
            raise ValueError(f"days is a whole number up to {DAYS_MAX}")
        self._ahead = max(self._ahead, timedelta(days=days))
        return as_json("200 OK", now=self._now().isoformat())

    def _page(self, request: Request) -> Answer:
        now = self._now()
        known = sorted(self._vault.auctions(), key=lambda row: row[2])[-SHOWN:]
        rows = "".join(_row(auction, public, deadline, is_due=deadline <= now) for auction, public, deadline in known)
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Key keeper 封标钥匙保管</title>'
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
            "<h1>Key keeper 封标钥匙保管</h1><p>It holds the keys of sealed quotes and gives each out after its "
            f"deadline, by its own clock. 保管密封报价的钥匙，截止后按自身时钟交出。 {now:%Y-%m-%d %H:%M} UTC</p>"
            "<table><tr><th>Auction 询价</th><th>Public key 公钥</th><th>Deadline 截止</th><th>Key 钥匙</th></tr>"
            f"{rows}</table></body></html>"
        )
        return Answer("200 OK", HTML, page.encode())


def _row(auction: str, public: str, deadline: datetime, *, is_due: bool) -> str:
    state = "may be asked for 可以领取" if is_due else "kept back 保管中"
    return (
        f"<tr><td>{escape(auction)}</td><td><code>{escape(public[:12])}</code></td>"
        f"<td>{deadline.astimezone(UTC):%Y-%m-%d %H:%M} UTC</td><td>{state}</td></tr>"
    )


def create() -> Server:
    """The application that gunicorn serves."""
    if not os.environ.get(SECRET_NAME):
        sys.exit(f"{SECRET_NAME} is not set: the key keeper and its members share it.")
    default = Path(__file__).resolve().parents[4] / ".run"
    folder = Path(os.environ.get("SCF_KEEPER_DIR") or Path(os.environ.get("SCF_RUN_DIR") or default) / "key-keeper")
    return Server(folder, is_demo=os.environ.get("SCF_KEEPER_DEMO") == "1")
