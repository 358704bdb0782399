"""Writes the reference pages in `docs/` from the program: `python -m tools.documentation`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from ticrypt_tui.backend import operations, permissions, services
from ticrypt_tui.config.key_names import face
from ticrypt_tui.config.keymap import KEYS, Key

DOCS = Path(__file__).resolve().parent.parent / "docs"

KEYS_PAGE = """# Keys

Each can be remapped in the configuration file, under `[keys]`, by the name of its action. `?` shows
those that work where you are.

"""
OPERATIONS_PAGE = """# Operations

`ticrypt-tui run OPERATION --argument value …` runs one of these, with the checks and the audit
records that the screens have. An object is named by its ID or by its name; arguments in brackets
may be left out. A role stands for itself and those above it.

"""


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(map(cell, line))} |\n" for line in lines)


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def code(text: str) -> str:
    """Text as code, also where it is a backtick."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def keys_page() -> str:
    titles = ("key", "does", "where", "action")
    return KEYS_PAGE + table(titles, (key_row(key) for key in KEYS))


def key_row(key: Key) -> tuple[str, str, str, str]:
    faces = " ".join(code(face(name)) for name in key.keys.split(","))
    return faces, key.says, ", ".join(key.places) or "everywhere", code(key.action)


def load_operations() -> Mapping[str, operations.Operation]:
    """Every operation: the services register theirs when they are imported."""
    for module in pkgutil.walk_packages(services.__path__, f"{services.__name__}."):
        importlib.import_module(module.name)
    return {
        name: operation
        for name, operation in operations.REGISTRY.items()
        if operation.work.__module__.startswith(services.__name__)
    }


def operations_page() -> str:
    titles = ("operation", "does", "arguments", "who may")
    registry = load_operations()
    return OPERATIONS_PAGE + table(
        titles, (operation_row(registry[name]) for name in sorted(registry))
    )


def operation_row(operation: operations.Operation) -> tuple[str, str, str, str]:
    arguments = " ".join(argument_words(argument) for argument in operation.arguments)
    return code(operation.name), operation.says, arguments, needs(operation.name)


def argument_words(argument: operations.Argument) -> str:
    choices = f" ({', '.join(argument.choices)})" if argument.choices else ""
    words = code(argument.name) + choices
    return words if argument.required else f"[{words}]"


def needs(name: str) -> str:
    """Who may run an operation, in words."""
    need = permissions.TABLE.get(name)
    return str(need.value) if need else "nobody"


PAGES = {"keys.md": keys_page, "operations.md": operations_page}


def main() -> None:
    DOCS.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
