"""How a tab is declared: columns, actions and words. Nothing here knows Textual, so that the
command line can print the same columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    """What is done with what an operation gives back; of a start, how far it is, too. A plan is
    asked about before any of it is done, and a VM's screen that is open already is gone back to."""

    NOTHING = "nothing"
    TEXT = "text"
    LOGS = "logs"
    UTILIZATION = "utilization"
    SIMULATION = "simulation"
    PROGRESS = "progress"
    PLAN = "plan"
    SCREEN = "screen"
    CONSOLE = "serial console"
    RESYNC = "resync"


@dataclass(frozen=True, slots=True)
class Action:
    """A key of a tab and the operation behind it; `bulk` where it may run on all marked rows.

    `on_row` is False for what makes an object. Where the tab has a form for the operation, that is
    filled in first: the form of a bulk action only asks, any other stays open until it has saved.
    `needs_key` says of a row, or of none, and of the arguments whether it takes the operator's own
    key: where that is locked, its passphrase is asked for first. `warns` is what the question says
    at the end. What `closed` names of a row, each with who could help, it can go without, by the
    argument `without`.
    """

    operation: str
    key: str
    label: str
    ask: Ask = Ask.NOTHING
    shows: Shows = Shows.NOTHING
    bulk: bool = True
    on_row: bool = True
    needs_key: Callable[[Any, Mapping[str, Any]], bool] | None = None
    warns: str = ""
    closed: Callable[[Any], Sequence[tuple[str, str]]] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A key of a tab that opens another tab at the row that `leads` gives, or says `nowhere`.

    `name` is its action in the key map.
    """

    name: str
    key: str
    label: str
    to: str
    leads: Callable[[Any], str | None]
    nowhere: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a tab: how many of the rows that are shown there are of each kind.

    The kinds stand in this `order`, and those that are not in it by how many they are.
    """

    title: str
    kind: Callable[[Any], str]
    order: tuple[str, ...] = ()


class Kind(StrEnum):
    """What a field of a form holds, and so how it is filled in."""

    TEXT = "text"
    NUMBER = "number"
    MEMORY = "memory"
    CHOICE = "choice"
    OBJECT = "object"
    OBJECTS = "objects"
    DEVICES = "devices"
    COUNTS = "counts"
    LINES = "lines"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: which argument of the operation it fills, and what it is called.

    `says` is what helps while it is filled in, `holds` gives what a row has in it. An OBJECT is
    picked among the rows of the tab `of`, described by `note`: those of the realm that the field
    `within` holds, and that `offers` says yes to, given the other fields and the rows that the form
    is about; of OBJECTS, several are. `fixed` is what an edit cannot change, `alone` what no two
    rows of a realm share; `empties` goes along with a change of several rows also where it is
    empty. A CHOICE or OBJECT that need not be made says `unset` then. A MEMORY
    without a unit is in GiB, COUNTS are devices by kind and number, LINES are a text of several
    lines.
    """

    argument: str
    label: str
    kind: Kind = Kind.TEXT
    says: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    of: str = ""
    within: str = ""
    note: Callable[[Any], str] | None = None
    offers: Callable[[Any, Mapping[str, Any], Sequence[Any]], bool] | None = None
    holds: Callable[[Any], Any] | None = None
    fixed: bool = False
    alone: bool = False
    empties: bool = False
    unset: str = "none"


@dataclass(frozen=True, slots=True)
class Trial:
    """What a form tries before it saves: an operation that gets the `given` arguments.

    Its answer has a `sentence`, which is shown before anything is saved; of one that is `quiet`,
    only a `doubt` that the answer has is. Where there was no answer (`Unanswered`), the flag
    `anyway` of the form's own operation saves all the same. `spared` says of what was filled in
    that nothing is tried.
    """

    operation: str
    given: tuple[str, ...]
    asking: str
    anyway: str = ""
    spared: Callable[[Mapping[str, Any]], bool] | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for before an operation that takes more than an object (`host.create`).

    `warns` gives what must be known before it is done to these rows; where it says anything, the
    object's name is typed first. `tells` is what stands above the fields, of the row that the form
    is about. A form that `copies` makes a new object that begins as its row is.
    """

    operation: str
    title: str
    fields: tuple[Field, ...]
    verb: str = "Save"
    trial: Trial | None = None
    warns: Callable[[Sequence[Any], Mapping[str, Any]], tuple[str, ...]] | None = None
    tells: Callable[[Any], tuple[str, ...]] | None = None
    follows: Callable[[Sequence[Any], Mapping[str, Any]], tuple[str, ...]] | None = None
    copies: bool = False
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the console.

    `noun` is what one row is, `empty` what is said where there is none, with keys as `{new}` by
    their actions in the key map, `short` the title where there is little room, `dims` the colour
    role of a whole row, such as `muted` for what is not up to date, `about` what a dialog says of
    it, `called` the argument that says what a new one is called, `exporting` the operation that
    puts on record that rows were exported.
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
    called: str = "name"
    links: tuple[Link, ...] = ()
    charts: tuple[Chart, ...] = ()
    exporting: str = ""

    def takes_key(self, operation: str) -> bool:
        """Whether an operation takes the operator's own key, on some rows at least."""
        return any(each.operation == operation and each.needs_key for each in self.actions)

    def needs_key(self, operation: str, row: Any, arguments: Mapping[str, Any]) -> bool:
        """Whether an operation on a row, or on none, takes the operator's own key."""
        needs = (each.needs_key for each in self.actions if each.operation == operation)
        return any(each is not None and each(row, arguments) for each in needs)

    def form(self, operation: str) -> Form | None:
        """The form of an operation, where it has one."""
        return next((each for each in self.forms if each.operation == operation), None)
