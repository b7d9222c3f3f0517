"""Statements, reports and notifications read as a stream: memory is one entry, whatever the file's size.

The balances and the account stand before the entries, so each entry is
counted and forgotten. Only where movements are wanted are they built.
"""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from ..readings import Reading
from . import xml
from .camt_container import Container
from .xml import MessageUnreadable, local

CONTAINERS = ("Stmt", "Ntfctn", "Rpt")
KINDS = ("camt.052", "camt.053", "camt.054")
TAGS = tuple(f"{{*}}{name}" for name in (*CONTAINERS, "Ntry"))
WRONG_ENCODINGS = ("gb18030", "iso-8859-1")


def read_camt_stream(source: BinaryIO, *, keep: bool = False) -> Iterator[Reading]:
    """Every statement, report or notification, as soon as it has been read. Raises MessageUnreadable.

    source   can be rewound, because a file that lies about its encoding is read again
    keep     whether movements are kept, for a statement that is to be imported
    """
    start = source.tell()
    encoding = ""
    for attempt in ("", *WRONG_ENCODINGS):
        source.seek(start)
        try:
            readings = list(_read(source, keep, attempt))
        except etree.XMLSyntaxError as problem:
            if ("encoding" not in str(problem).lower() and "UTF-8" not in str(problem)) or attempt == WRONG_ENCODINGS[
                -1
            ]:
                raise MessageUnreadable("this is not well-formed XML", where=str(problem)[:200]) from problem
            continue
        encoding = attempt
        break
    for reading in readings:
        if encoding:
            reading.note("ENCODING_WRONG", said="utf-8", read=encoding)
        yield reading


def _read(source: BinaryIO, keep: bool, encoding: str) -> Iterator[Reading]:
    context = etree.iterparse(
        source, events=("end",), tag=TAGS, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True, encoding=encoding or None,
    )  # fmt: skip
    reader: Container | None = None
    found = 0
    for _event, element in context:
        if reader is not None and element.tag == reader.entry_tag and element.getparent() is reader.element:
            reader.entry(element)  # nearly always
            continue
        is_entry = local(element) == "Ntry"
        container = element.getparent() if is_entry else element
        if reader is None or reader.element is not container:
            if container is None or local(container) not in CONTAINERS or not (kind := _kind(container)):
                continue
            xml.refuse_doctype(element)
            reader = Container(container, kind, keep)
        if is_entry:
            reader.entry(element)
            continue
        found += 1
        yield reader.finished()
        reader = None
        element.clear()
    xml.refuse_doctype(context.root)
    if not found:
        yield _empty(context.root)


def _kind(element: etree._Element) -> str:
    """camt.053 for a Stmt inside a BkToCstmrStmt; empty where the message is none of ours."""
    parent = element.getparent()
    kind = xml.kind_of_element(parent) if parent is not None else ""
    return kind if kind in KINDS else ""


def _empty(root: etree._Element) -> Reading:
    """A message without a statement says so; anything else is refused."""
    kind = next((kind for element in root.iter(etree.Element) if (kind := xml.kind_of_element(element)) in KINDS), "")
    if not kind:
        raise MessageUnreadable(f"this is not a {' or '.join(KINDS)}", where=local(root))
    reading = Reading(format=kind)
    reading.note("EMPTY")
    return reading
