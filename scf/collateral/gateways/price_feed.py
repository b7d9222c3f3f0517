"""A feed of market prices: asked for the prices of some days, it answers with all of them.

The same days may be asked for again: what is known changes nothing, another price for a known day is a correction.
An answer that does not come is no answer: prices then age, and what that means the commodity's rules say.
"""

import json
import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import requests
from urllib3.exceptions import HTTPError

from scf.domain.errors import DomainError
from scf.kernel import csv_rows, signing
from scf.kernel.csv_rows import BadRow

from .price_files import Row, key_of, row_of

CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX = 3.05, 20
ANSWER_BYTES_MAX = 8 * 1024 * 1024
ROWS_MAX = 20_000

# One price as it was sent: commodity, as_of, price and where known grade, currency, unit.
Entry = dict[str, Any]


class PriceFeedSilent(DomainError):
    """The feed is down, too slow, or its answer was lost: ask again later."""

    code = "PRICE_FEED_SILENT"


class PriceFeedRefused(DomainError):
    """The feed does not let us in."""

    code = "PRICE_FEED_REFUSED"


class PriceFeedUnreadable(DomainError):
    """The feed answered with something else than prices."""

    code = "PRICE_FEED_UNREADABLE"


class PriceFeed(Protocol):
    """A line to whoever publishes prices. `name` says in each price where it came from."""

    @property
    def name(self) -> str:
        """As people know it."""

    def prices(self, *, since: date, until: date) -> list[Entry]:
        """What it says of the days from `since` to `until`, both included, as sent.

        Raises PriceFeedSilent, PriceFeedRefused, PriceFeedUnreadable.
        """


class HttpPriceFeed:
    """Signed HTTP with timeouts: GET address?since=2031-03-01&until=2031-03-03 answers {"prices": [entry, ...]}.

    address  of the prices, with scheme, host and path
    secret   shared with the feed
    """

    def __init__(
        self, *, address: str, secret: str, name: str = "", answer_seconds_max: float = ANSWER_SECONDS_MAX
    ) -> None:
        self._parts, self._secret = urlsplit(address), secret
        self._name = name or self._parts.hostname or address
        self._timeouts = (CONNECT_SECONDS_MAX, answer_seconds_max)
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy of this machine is not meant for a feed beside it

    @property
    def name(self) -> str:
        """As people know it."""
        return self._name

    def prices(self, *, since: date, until: date) -> list[Entry]:
        """See PriceFeed."""
        target = f"{self._parts.path}?{urlencode({'since': since.isoformat(), 'until': until.isoformat()})}"
        headers = signing.headers(secret=self._secret, method="GET", target=target, body=b"", now=time.time())
        try:
            with self._session.get(
                f"{self._parts.scheme}://{self._parts.netloc}{target}",
                headers=headers, timeout=self._timeouts, allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                content = answer.raw.read(ANSWER_BYTES_MAX + 1, decode_content=True)
        except (requests.RequestException, HTTPError, OSError) as problem:  # the body is read from urllib3 itself
            raise PriceFeedSilent("the feed does not answer", feed=self._name) from problem
        status = answer.status_code
        if status >= requests.codes.server_error:
            raise PriceFeedSilent("the feed is not available at the moment", feed=self._name, status=status)
        if status != requests.codes.ok:
            raise PriceFeedRefused("the feed refused the request", feed=self._name, status=status)
        return self._entries(content)

    def _entries(self, content: bytes) -> list[Entry]:
        try:
            if len(content) > ANSWER_BYTES_MAX:
                raise ValueError("longer than can be read")
            entries = json.loads(content, parse_float=Decimal)["prices"]
            if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                raise TypeError("a list of entries is expected")
        except (ValueError, KeyError, TypeError, RecursionError) as problem:
            raise PriceFeedUnreadable("these are no prices", feed=self._name) from problem
        return entries


def read(entries: Sequence[Entry]) -> tuple[list[Row], list[BadRow]]:
    """The good rows of a delivery, and its bad places; `line` is an entry's place in it, from 1. Never raises."""
    lines = ((place, {name: _text(value) for name, value in entry.items()}) for place, entry in enumerate(entries, 1))
    return csv_rows.sift(lines, row_of, key_of, "as_of", ROWS_MAX)


def said(entry: Entry) -> str:
    """An entry in short, as people look for it."""
    return " ".join(text[:40] for name in ("commodity", "grade", "as_of", "price") if (text := _text(entry.get(name))))


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
