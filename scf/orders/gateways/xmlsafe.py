"""XML from strangers: no document type, no entities, no network, bounded depth and size."""

import datetime
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from lxml import etree

from .facts import Problem, Unreadable
from .values import clean, iso_date, plain_decimal

Value = TypeVar("Value")

TAGS_MAX = 3_000_000
_PROLOG = re.compile(rb"\s*(?:<\?.*?\?>|<!--.*?-->)", re.DOTALL)
_BOM = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)")


def parse(data: bytes) -> etree._Element:
    """The root element of `data`.

    Raises Unreadable when it carries a DOCTYPE, is too large or is not well-formed.
    """
    _refuse_doctype(data)
    if data.count(b"<") > TAGS_MAX:
        raise Unreadable("TOO_LARGE", "", "The file has too many elements to be one document; split it.")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None)
        where = f"line {line}" if line else ""
        message = (
            f"The file is not well-formed XML ({clean(str(error))[:200]}); export it again from the source system."
        )
        raise Unreadable("NOT_WELL_FORMED", where, message) from None
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype or docinfo.internalDTD is not None:
        _refuse()
    return root


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The element's namespace, "" if it has none."""
    return str(element.tag).rpartition("}")[0].lstrip("{")


def where(element: etree._Element) -> str:
    """Where an element stands, for a person: its line and name."""
    name = local(element)
    return (
        f"line {element.sourceline}, {element.prefix}:{name}"
        if element.prefix
        else f"line {element.sourceline}, {name}"
    )


def children(element: etree._Element | None, *path: str) -> Iterator[etree._Element]:
    """Every element down `path`, whatever its namespace prefix."""
    if element is None:
        return
    for found in element.iterchildren(f"{{*}}{path[0]}"):
        if len(path) == 1:
            yield found
        else:
            yield from children(found, *path[1:])


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first element down `path`, or None."""
    return next(children(element, *path), None)


def text(element: etree._Element | None, *path: str) -> str:
    """The cleaned text of the first element down `path` that has any; "" if none has."""
    return next((found for node in children(element, *path) if (found := clean(node.text))), "")


class Facts:
    """Reads numbers and dates out of elements, and keeps the problems met on the way."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def decimal(self, element: etree._Element | None, *path: str) -> Decimal | None:
        """The number at `path`; None if it is absent, empty or no number (then a problem is kept)."""
        return self._read(element, path, plain_decimal, "BAD_NUMBER", "not a number; write it like 1234.50")

    def date(self, element: etree._Element | None, *path: str) -> datetime.date | None:
        """The date at `path`; None if it is absent, empty or no date (then a problem is kept)."""
        return self._read(element, path, iso_date, "BAD_DATE", "not a date; write it like 2031-03-31")

    def note(self, code: str, place: str, message: str, *, is_fatal: bool = True) -> None:
        """Keep a problem."""
        self.problems.append(Problem(code, place, message, is_fatal))

    def _read(
        self,
        element: etree._Element | None,
        path: tuple[str, ...],
        convert: Callable[[str], Value | None],
        code: str,
        remedy: str,
    ) -> Value | None:
        node = child(element, *path) if path else element
        raw = clean(node.text) if node is not None else ""
        if node is None or not raw:
            return None
        value = convert(raw)
        if value is None:
            self.note(code, where(node), f'"{raw[:60]}" is {remedy}.')
        return value


def _refuse_doctype(data: bytes) -> None:
    prolog = _BOM.sub(b"", data).replace(b"\0", b"")
    at = 0
    while match := _PROLOG.match(prolog, at):
        at = match.end()
    if prolog[at : at + 200].lstrip()[:9].upper() == b"<!DOCTYPE":
        _refuse()


def _refuse() -> None:
    message = "The file carries a DOCTYPE, which can hide entities and attacks and has no use in a document of trade; "
    raise Unreadable("DOCTYPE_FORBIDDEN", "prolog", message + "remove the declaration and send it again.")
