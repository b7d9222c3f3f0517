"""ISO 20022 messages: bytes on one side, the values of `base` on the other.

Reading takes any version and any prefix, and looks at names, not at schemas:
banks whose files fail the schema still tell the truth. Writing is to the
letter of one version each.
"""

from .camt import read_camt, write_notification, write_statement
from .camt_stream import read_camt_stream
from .pain import read_pain001, read_pain002, write_pain001, write_pain002
from .xml import MessageUnreadable, kind_of

__all__ = [
    "MessageUnreadable",
    "kind_of",
    "read_camt",
    "read_camt_stream",
    "read_pain001",
    "read_pain002",
    "write_notification",
    "write_pain001",
    "write_pain002",
    "write_statement",
]
