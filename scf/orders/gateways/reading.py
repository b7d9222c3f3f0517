"""The one door in: bytes of any kind, a ParsedFile out, never an exception."""

from dataclasses import replace

from . import checks, jd, sheets, xml_kinds
from .facts import Kind, ParsedFile, Problem, Reading, Status, Unreadable
from .sniff import Form, form_of
from .tables import rows_of_text, rows_of_workbook

PROBLEMS_MAX = 200


def read(name: str, data: bytes, *, mapping: dict[str, str] | None = None, kind: Kind | None = None) -> ParsedFile:
    """Read and check one file.

    name     shown back to the person; never used to decide what the file is
    mapping  for sheets: field -> column header; found by itself if None
    kind     for sheets: what their rows are; found by itself if None
    """
    try:
        readings = _readings(data, mapping, kind)
    except Unreadable as refusal:
        return ParsedFile(name, refusal.status, problems=(refusal.problem,))
    except RecursionError:
        problem = Problem("TOO_DEEP", "", "The file is nested too deeply to be a document of trade.")
        return ParsedFile(name, Status.REJECTED, problems=(problem,))
    is_one = len(readings) == 1
    return _judged(name, [_checked(reading, names_it=not is_one) for reading in readings])


def _readings(data: bytes, mapping: dict[str, str] | None, kind: Kind | None) -> list[Reading]:
    match form_of(data):
        case Form.XML:
            return xml_kinds.read(data)
        case Form.JSON:
            return jd.read(data)
        case Form.ZIP:
            return sheets.read(rows_of_workbook(data), mapping=mapping, kind=kind)
        case _:
            return sheets.read(rows_of_text(data), mapping=mapping, kind=kind)


def _checked(reading: Reading, *, names_it: bool) -> Reading:
    """With the problems every document may have; where there are several, each says whose it is."""
    if reading.document is None:
        return reading
    found = checks.problems_of(reading.document)
    if names_it:
        number = reading.document.number or "?"
        found = tuple(replace(problem, where=f"{number}, {problem.where}".rstrip(", ")) for problem in found)
    return replace(reading, problems=reading.problems + found)


def _judged(name: str, readings: list[Reading]) -> ParsedFile:
    """Accepted with the sound documents; rejected, showing what could be read, when there is none."""
    sound = tuple(reading.document for reading in readings if reading.document and reading.is_sound)
    problems = tuple(problem for reading in readings for problem in reading.problems)
    left_out = [reading.document.number or "?" for reading in readings if reading.document and not reading.is_sound]
    if sound and left_out:
        message = f"Left out because of the problems above: {', '.join(left_out[:20])}. The others were taken in."
        problems = (*problems[: PROBLEMS_MAX - 1], Problem("LEFT_OUT", "", message, is_fatal=False))
    if sound:
        return ParsedFile(name, Status.ACCEPTED, sound, problems[:PROBLEMS_MAX])
    shown = tuple(reading.document for reading in readings if reading.document is not None)
    if not problems:
        problems = (Problem("NOTHING_FOUND", "", "No document was found in the file."),)
    return ParsedFile(name, Status.REJECTED, shown, problems[:PROBLEMS_MAX])
