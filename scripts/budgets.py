"""Prints what is over budget: long modules and functions, too many neighbours, missing docstrings,
state written past its transitions. Fails on a breach without a reason.

A comment `# budget: reason` in the first lines of a module, or on the line of
a `def` or `class` or the one above, lets that one be.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40
LOCAL_IMPORTS_MAX = 7
LOCAL_PACKAGE = "scf"
REASON = "# budget: "
HEAD_LINES = 25  # a reason for a whole module stands within its head
DESCRIBED_ELSEWHERE = {"Command", "Migration", "Meta"}  # a command's help is its module's docstring
GENERATED = "migrations"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    """Look at every tracked or new Python file."""
    breaches = [breach for path in sources() for breach in breaches_of(path)]
    for breach in breaches:
        print(breach)
    return 1 if breaches else 0


def sources() -> list[Path]:
    """The Python files of the product, its scripts and its tests."""
    roots = [ROOT / name for name in (LOCAL_PACKAGE, "scripts", "tests")]
    return sorted(path for root in roots for path in root.rglob("*.py") if GENERATED not in path.parts)


def breaches_of(path: Path) -> Iterator[str]:
    """What is over budget in one file, as lines `file:line: sentence`."""
    text = path.read_text(encoding="utf-8")
    lines, tree = text.splitlines(), ast.parse(text)
    name = path.relative_to(ROOT)
    is_product = name.parts[0] == LOCAL_PACKAGE
    if not any(line.startswith(REASON) for line in lines[:HEAD_LINES]):
        yield from (f"{name}:1: {breach}" for breach in _of_module(lines, tree, list(name.parent.parts)))
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef) and not _has_reason(node, lines):
            if isinstance(node, Function) and (breach := _too_long(node)):
                yield f"{name}:{node.lineno}: {breach}"
            if is_product and node in tree.body and _lacks_docstring(node):
                yield f"{name}:{node.lineno}: {node.name} has no docstring"
        if is_product and isinstance(node, ast.Call) and _writes_state(node):
            yield f"{name}:{node.lineno}: state is changed by a transition, never by QuerySet.update"
    if (is_product or name.parts[0] == "scripts") and text.strip() and ast.get_docstring(tree) is None:
        yield f"{name}:1: the module has no docstring"


def _of_module(lines: list[str], tree: ast.Module, package: list[str]) -> Iterator[str]:
    if len(lines) > MODULE_LINES_MAX:
        yield f"{len(lines)} lines; at most {MODULE_LINES_MAX}"
    neighbours = set(_neighbours(tree, package))
    if len(neighbours) > LOCAL_IMPORTS_MAX:
        yield f"{len(neighbours)} local imports; at most {LOCAL_IMPORTS_MAX}: {', '.join(sorted(neighbours))}"


def _neighbours(tree: ast.Module, package: list[str]) -> Iterator[str]:
    """Whom a module leans on: another app counts once however much of it is imported, a module beside it by itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = base + (node.module.split(".") if node.module else [])
            names = [[*module, alias.name] for alias in node.names] if module == base else [module]
        else:
            continue
        for name in names:
            if name[0] == LOCAL_PACKAGE:
                shared = next((i for i, (a, b) in enumerate(zip(name, package, strict=False)) if a != b), len(package))
                yield ".".join(name[: shared + 1])


def _too_long(node: Function) -> str | None:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    return f"{node.name} has {length} lines; at most {FUNCTION_LINES_MAX}" if length > FUNCTION_LINES_MAX else None


def _lacks_docstring(node: Function | ast.ClassDef) -> bool:
    is_public = not node.name.startswith("_") and node.name not in DESCRIBED_ELSEWHERE
    return is_public and ast.get_docstring(node) is None


def _has_reason(node: Function | ast.ClassDef, lines: list[str]) -> bool:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return any(REASON in line for line in lines[max(first - 2, 0) : node.lineno])


def _writes_state(node: ast.Call) -> bool:
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr == "update"
        and any(keyword.arg == "state" for keyword in node.keywords)
    )


if __name__ == "__main__":
    sys.exit(main())
