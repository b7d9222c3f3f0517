"""ISO 20022 messages: bytes on one side, the values of `base` on the other.

Reading takes any version and any prefix, and looks at names, not at schemas:
banks whose files fail the schema still tell the truth. Writing is to the
letter of one version each.
"""

from .camt import read_camt, write_notification, write_report, write_statement
from .camt_stream import read_camt_stream
from .financing import read_tsin001, read_tsin002, read_tsin003, write_tsin001, write_tsin002, write_tsin003
from .pain import read_pain001, read_pain002, write_pain001, write_pain002
from .recalls import read_camt029, read_camt056, read_pacs002, read_pacs004, write_camt029, write_camt056
from .xml import MessageUnreadable, kind_of

__all__ = [
    "MessageUnreadable",
    "kind_of",
    "read_camt",
    "read_camt029",
    "read_camt056",
    "read_camt_stream",
    "read_pacs002",
    "read_pacs004",
    "read_pain001",
    "read_pain002",
    "read_tsin001",
    "read_tsin002",
    "read_tsin003",
    "write_camt029",
    "write_camt056",
    "write_notification",
    "write_pain001",
    "write_pain002",
    "write_report",
    "write_statement",
    "write_tsin001",
    "write_tsin002",
    "write_tsin003",
]
