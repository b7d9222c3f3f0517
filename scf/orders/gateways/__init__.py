"""Foreign documents in, facts out; no Django, no database, no network.

Invariants of this package
--------------------------
* `reading.read` never raises on any bytes: what cannot be read becomes a Problem.
* Bytes decide what a file is, never its name.
* Memory and time are bounded before anything is unpacked or parsed.
* Numbers are Decimal and keep the digits that the document wrote; dates are date.
* Nothing is guessed: a fact that is not in the document is None.

Reading order: facts, values; sniff, xmlsafe, unzip; ubl, qimen, xml_kinds, jd; tables, headers, sheets;
checks; reading (the one door in); summaries and blanks (the doors out).
"""

from .facts import Kind, ParsedDocument, ParsedFile, ParsedLine, Party, Problem, Status
from .reading import read
from .summaries import summary

__all__ = ["Kind", "ParsedDocument", "ParsedFile", "ParsedLine", "Party", "Problem", "Status", "read", "summary"]
