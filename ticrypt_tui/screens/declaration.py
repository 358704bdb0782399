"""How a tab is declared: columns, actions and words. Nothing here knows Textual, so that the
command line can print the same columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Value = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it says of a row, how wide it is, and how soon it is dropped.

    `rank` 0 is never dropped; the highest rank goes first where the terminal is narrow.
    `sorts_by` gives what to sort by where the text would sort wrongly; `style` names a colour role.
    """

    key: str
    title: str
    width: int
    value: Value
    rank: int = 1
    right: bool = False
    sorts_by: Callable[[Any], Any] | None = None
    style: Callable[[Any], str] | None = None


class Ask(StrEnum):
    """What is asked before an action runs."""

    NOTHING = "nothing"
    CONFIRM = "confirm"
    TYPED_NAME = "typed name"
    SHUTDOWN = "shutdown"


class Shows(StrEnum):
    """What is done with what an operation gives back."""

    NOTHING = "nothing"
    TEXT = "text"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Action:
    """A key of a tab and the operation behind it; `bulk` where it may run on all marked rows."""

    operation: str
    key: str
    label: str
    ask: Ask = Ask.NOTHING
    shows: Shows = Shows.NOTHING
    bulk: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: which argument of the operation it fills, and what it is called."""

    argument: str
    label: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for before an operation that takes more than an object (`host.create`)."""

    operation: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the console.

    `noun` is what one row is, `short` the title where there is little room, `dims` the colour role
    of a whole row, such as `muted` for what is not up to date, `about` what a dialog says of it.
    """

    name: str
    title: str
    group: str
    noun: str
    columns: tuple[Column, ...]
    actions: tuple[Action, ...] = ()
    forms: tuple[Form, ...] = ()
    empty: str = ""
    sort: str = "name"
    newest_first: bool = False
    short: str = ""
    dims: Callable[[Any], str] | None = None
    about: Callable[[Any], tuple[str, ...]] | None = None
