"""The size limits of the house: `python -m tools.limits` prints what breaks them and exits with 1.

They are the medians and bounds that the most readable programs of this kind share;
CONTRIBUTING.md says why.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("ticrypt_tui", "tests", "tools", "benchmarks")
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
MEDIAN_FILE = 140
MEDIAN_FUNCTION = 11
BOUNDARIES = {"ticrypt_tui/app.py", "ticrypt_tui/backend/operations.py"}
BROAD = {"Exception", "BaseException"}
# Spelled with a class of one letter, so that this file does not name what it forbids.
INDEX = re.compile(r"py[p]i\.org|python[h]osted|--(extra-)?index[-]url|--find[-]links")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its path from the root, its lines, and its tree."""

    path: str
    lines: int
    tree: ast.Module

    @property
    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    @property
    def shipped(self) -> bool:
        return self.path.startswith("ticrypt_tui/")


def sources(root: Path = ROOT) -> list[Source]:
    """Every Python file of the project, sorted by path."""
    found = (path for room in ROOMS for path in sorted((root / room).rglob("*.py")))
    return [read(path, root) for path in found]


def read(path: Path, root: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(str(path.relative_to(root)), text.count("\n"), ast.parse(text, str(path)))


def length(function: Function) -> int:
    """Lines from `def` to the last statement, docstring included."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def too_long(source: Source) -> Iterator[str]:
    if source.lines > LONGEST_FILE:
        yield f"{source.path}: {source.lines} lines, at most {LONGEST_FILE}"
    for function in source.functions:
        if length(function) > LONGEST_FUNCTION:
            yield (
                f"{source.path}:{function.lineno}: {function.name} has {length(function)} lines, "
                f"at most {LONGEST_FUNCTION}"
            )


def too_broad(source: Source) -> Iterator[str]:
    """Handlers and `suppress` calls that catch any error, outside the two boundaries that may."""
    if source.path in BOUNDARIES:
        return
    for node in ast.walk(source.tree):
        if catches_everything(node):
            assert isinstance(node, ast.ExceptHandler | ast.Call)
            yield f"{source.path}:{node.lineno}: catches every exception"


def catches_everything(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        return node.type is None or bool(BROAD & names(node.type))
    if isinstance(node, ast.Call) and names(node.func) & {"suppress"}:
        return any(BROAD & names(argument) for argument in node.args)
    return False


def names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} | {
        part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)
    }


def too_heavy(files: list[Source]) -> Iterator[str]:
    """Medians over the shipped package that are above their bounds."""
    shipped = [source for source in files if source.shipped]
    file_lines = [source.lines for source in shipped if source.lines]
    function_lines = [length(function) for source in shipped for function in source.functions]
    if file_lines and median(file_lines) > MEDIAN_FILE:
        yield f"the median file has {median(file_lines)} lines, at most {MEDIAN_FILE}"
    if function_lines and median(function_lines) > MEDIAN_FUNCTION:
        yield f"the median function has {median(function_lines)} lines, at most {MEDIAN_FUNCTION}"


def tracked(root: Path = ROOT) -> list[Path]:
    """Every file that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    paths = (root / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def naming_an_index(files: list[Path], root: Path = ROOT) -> Iterator[str]:
    """Files that say where packages come from: that is the machine's business."""
    for path in files:
        match = INDEX.search(path.read_text(encoding="utf-8", errors="ignore"))
        if match:
            yield f"{path.relative_to(root)}: names a package index ({match[0]})"


def faults() -> list[str]:
    files = sources()
    found = [
        fault for source in files for check in (too_long, too_broad) for fault in check(source)
    ]
    return [*found, *too_heavy(files), *naming_an_index(tracked())]


def main() -> int:
    found = faults()
    print("\n".join(found) or "sizes, handlers and lock files are within their limits")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
