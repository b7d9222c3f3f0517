"""The typeface of all documents: Noto Sans SC, embedded as the subset that a document uses."""

import threading
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "NotoSansSC", "NotoSansSC-Bold"

_FOLDER = Path(__file__).parent / "fonts"
_lock = threading.Lock()


def register() -> None:
    """Load both weights, once a process: reading 20 MB of outlines is too much for every start."""
    with _lock:
        if REGULAR in pdfmetrics.getRegisteredFontNames():
            return
        pdfmetrics.registerFont(TTFont(BOLD, str(_FOLDER / "NotoSansSC-Bold.ttf")))
        pdfmetrics.registerFont(TTFont(REGULAR, str(_FOLDER / "NotoSansSC-Regular.ttf")))
        pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
