"""The Chinese translation, without GNU gettext.

    messages.py compile    merge locale/zh_Hans/parts/*.po and write the .mo
    messages.py check      fail on what is missing, fuzzy, empty or breaks a placeholder
    messages.py missing    print entries for what is missing, to be filled in and added to a part

The parts are written by hand, one a subject; django.po and django.mo are made from them.
"""

import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "locale" / "zh_Hans"
MERGED = LOCALE / "LC_MESSAGES" / "django.po"

PREFIXES = ("gettext", "ngettext", "pgettext", "npgettext")
KEYWORDS = ["_", *(prefix + end for prefix in PREFIXES for end in ("", "_lazy", "_noop"))]
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"\b(_|gettext|pgettext|ngettext|npgettext)\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd]|\{\w*(?::[^}]*)?\}")

Key = tuple[str | None, str, str | None]  # context, singular, plural


def main(arguments: list[str]) -> int:
    """Run one of the three commands."""
    commands = {"compile": compile_catalog, "check": check, "missing": print_missing}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(__doc__)
        return 2
    return commands[arguments[0]]()


def compile_catalog() -> int:
    """Write django.po and django.mo; both appear whole or not at all."""
    catalog, problems = merge()
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, width=120, sort_output=True)
    write_mo(mo, catalog)
    MERGED.parent.mkdir(parents=True, exist_ok=True)
    for path, data in ((MERGED, po), (MERGED.with_suffix(".mo"), mo)):
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_bytes(data.getvalue())
        draft.rename(path)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def check() -> int:
    """Say everything that is wrong with the translation."""
    catalog, problems = merge()
    problems += [f"missing: {where}: {key[1]!r}" for key, where in missing(catalog).items()]
    for message in catalog:
        if message.id:
            problems += [f"{problem}: {message.id!r}" for problem in faults(message)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def print_missing() -> int:
    """Print an empty entry for every sentence without a translation."""
    catalog, _problems = merge()
    wanted = Catalog(locale="zh_Hans")
    for (context, singular, plural), where in missing(catalog).items():
        path, _, line = where.rpartition(":")
        wanted.add((singular, plural) if plural else singular, context=context, locations=[(path, int(line))])
    out = io.BytesIO()
    write_po(out, wanted, width=120, omit_header=True)
    print(out.getvalue().decode().strip() or "Nothing is missing.")
    return 0


def merge() -> tuple[Catalog, list[str]]:
    """All parts as one catalogue, and where two of them disagree."""
    merged, problems = Catalog(locale="zh_Hans", project="scf", fuzzy=False), []
    for part in sorted((LOCALE / "parts").glob("*.po")):
        with part.open("rb") as file:
            for message in read_po(file, locale="zh_Hans", abort_invalid=True):
                if not message.id:
                    continue
                known = merged.get(message.id, message.context)
                if known is not None and known.string != message.string:
                    problems.append(f"translated in two ways, the second time in {part.name}: {message.id!r}")
                elif known is None:
                    merged.add(message.id, message.string, context=message.context, flags=message.flags)
    return merged, problems


def missing(catalog: Catalog) -> dict[Key, str]:
    """Sentences of the sources without an entry, with the first place of each."""
    places: dict[Key, str] = {}
    for key, where in (*python_sentences(), *template_sentences()):
        if catalog.get(key[1], key[0]) is None:
            places.setdefault(key, where)
    return places


def faults(message: Message) -> Iterator[str]:
    """What is wrong with one entry."""
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    if message.fuzzy:
        yield "fuzzy"
    if not all(strings):
        yield "empty"
    # A Chinese plural has one form, which must be able to name whatever either English form names.
    wanted = set().union(*(PLACEHOLDER.findall(text) for text in ids))
    if any(text and set(PLACEHOLDER.findall(text)) != wanted for text in strings):
        yield f"placeholders differ (wanted {sorted(wanted)})"


def python_sentences() -> Iterator[tuple[Key, str]]:
    """Every sentence that the Python sources mark for translation."""
    for path in sorted((ROOT / "scf").rglob("*.py")):
        with path.open("rb") as file:
            for line, function, found, _comments in extract_python(file, dict.fromkeys(KEYWORDS), (), {}):
                arguments: list[str | None] = [found] if isinstance(found, str) else [*found]
                if key := _key(str(function), arguments):
                    yield key, f"{path.relative_to(ROOT)}:{line}"


def template_sentences() -> Iterator[tuple[Key, str]]:
    """Every sentence that the templates mark for translation."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
    for path in sorted([*(ROOT / "templates").rglob("*.*"), *(ROOT / "scf").glob("*/templates/**/*.*")]):
        if path.suffix not in {".html", ".txt"}:
            continue
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        for call in TEMPLATE_CALL.finditer(source):
            arguments = list(ast.literal_eval(f"({call[2]},)"))
            if key := _key(call[1], arguments):
                yield key, f"{path.relative_to(ROOT)}:{source.count(chr(10), 0, call.start()) + 1}"


def _key(function: str, arguments: list[str | None]) -> Key | None:
    """The arguments of a call as context, singular and plural; None where they are not plain strings."""
    context = arguments.pop(0) if "pgettext" in function and arguments else None
    singular = arguments[0] if arguments else None
    if not singular:
        return None
    is_plural = function.startswith(("ngettext", "npgettext")) and len(arguments) > 1
    return context, singular, arguments[1] if is_plural else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
