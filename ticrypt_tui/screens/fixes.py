"""What a round of Fix VMs or Fix drives says of each difference, as rows, columns and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Column
from ticrypt_tui.screens.showing import NONE, counted, named

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.fixing.result import Fixed, FixResult
    from ticrypt_tui.backend.sync.differences import Difference

NAMES = {"vms": "Fix VMs", "drives": "Fix drives"}
_NOUNS = {"vms": "VM", "drives": "drive"}
_ORDER = ("safe", "ask", "never")
_SYMBOLS = {"safe": "✓", "ask": "?", "never": NONE}
_OUTCOMES = {"done": ("✓", "success"), "failed": ("✗", "error"), "no longer so": ("·", "muted")}
_IN_NUMBERS = {
    "done": "done", "failed": "failed", "no longer so": "no longer so",
    "waits for a yes": "waiting for a yes", "left alone": "left alone",
}  # fmt: skip
SILENT_HOSTS = 4


@dataclass(frozen=True, slots=True)
class FixRow:
    """One difference: before the round whether it is `ticked`, after it what became of it."""

    fixed: Fixed
    ticked: bool = False

    @property
    def difference(self) -> Difference:
        return self.fixed.difference

    @property
    def id(self) -> str:
        return self.difference.id

    @property
    def name(self) -> str:
        return self.difference.what

    @property
    def asks(self) -> bool:
        """Whether it is done only after a yes."""
        return self.difference.grade == "ask"


def rows_of(result: FixResult, ticked: Collection[str] = ()) -> list[FixRow]:
    """Every difference once: those that are safe, those that need a yes, those left alone."""
    rows = [FixRow(each, each.difference.id in ticked) for each in result.fixed]
    return sorted(rows, key=lambda row: _ORDER.index(row.difference.grade))


def columns_of(kind: str, *, over: bool) -> tuple[Column, ...]:
    """The columns of the plan, or, once it is over, of what was done."""
    noun = _NOUNS[kind].upper()
    last = (
        Column("outcome", "OUTCOME", 15, lambda row: str(row.fixed.outcome), rank=0, style=role)
        if over
        else Column("yes", "YES", 7, yes, rank=0, style=role)
    )
    said = (
        Column("did", "DID", 19, did, rank=0)
        if over
        else Column("do", "WILL DO", 19, will_do, rank=0)
    )
    return (
        Column("grade", "", 1, outcome_symbol if over else symbol, rank=0, style=role),
        Column("name", noun, 10, lambda row: row.name, rank=0),
        Column("store", "STORE SAYS", 13, lambda row: row.difference.store_says or NONE, rank=1),
        Column("libvirt", "LIBVIRT SAYS", 14, lambda row: row.difference.libvirt_says or NONE,
               rank=1),
        said,
        last,
        Column("kind", "WHAT", 18, lambda row: str(row.difference.kind), rank=3),
    )  # fmt: skip


def symbol(row: FixRow) -> str:
    return _SYMBOLS[row.difference.grade]


def outcome_symbol(row: FixRow) -> str:
    return _OUTCOMES.get(row.fixed.outcome, (symbol(row), ""))[0]


def yes(row: FixRow) -> str:
    """Whether it is done: by itself, after a yes, or never."""
    if row.asks:
        return f"[{'x' if row.ticked else ' '}] yes"
    return "safe" if row.difference.grade == "safe" else NONE


def will_do(row: FixRow) -> str:
    return row.difference.will_do or NONE


def did(row: FixRow) -> str:
    """What was done; of what failed, why."""
    return row.fixed.reason or will_do(row)


def role(row: FixRow) -> str:
    if row.fixed.outcome in _OUTCOMES:
        return _OUTCOMES[row.fixed.outcome][1]
    return {"ask": "warning", "never": "muted"}.get(row.difference.grade, "")


def hosts(result: FixResult) -> list[str]:
    """Which hosts answered, and why nothing is concluded from the others."""
    silent = [f"{each.host} ({each.why})" if each.why else each.host for each in result.silent]
    answered = f"{counted(len(result.answered), 'host')} answered"
    if not silent:
        return [f"{answered}."]
    return [
        f"{answered}, {len(silent)} did not: nothing is concluded from "
        f"{'it' if len(silent) == 1 else 'them'}.",
        f"  {named(silent, SILENT_HOSTS)}",
    ]


def found(result: FixResult) -> str:
    """How much was compared, and how much of it differs."""
    checked = f"{counted(result.checked, _NOUNS[result.kind])} checked"
    busy = f" · {result.in_flight:,} being worked on, left alone" if result.in_flight else ""
    return f"{counted(len(result.fixed), 'difference')} · {checked}{busy}"


def came_of_it(result: FixResult) -> str:
    """What was done, in numbers."""
    counts = Counter(str(each.outcome) for each in result.fixed)
    said = [f"{counts[each]} {words}" for each, words in _IN_NUMBERS.items() if counts[each]]
    said += [f"{len(result.not_found)} marked no longer there"] if result.not_found else []
    return " · ".join(said) or "nothing was to be done"


def failed(result: FixResult) -> int:
    """How many could not be done."""
    return sum(each.outcome == "failed" for each in result.fixed)


def graded(result: FixResult, grade: str) -> int:
    """How many are of a grade: `safe`, `ask` or `never`."""
    return sum(each.grade == grade for each in result.differences)


def nothing(result: FixResult) -> str:
    """The sentence where nothing differs."""
    if not result.answered and result.silent:
        return "No host answered, so that nothing can be said."
    checked = counted(result.checked, _NOUNS[result.kind])
    return f"Nothing differs: the store and libvirt say the same of {checked}."


def everything(row: FixRow) -> Iterable[str]:
    """All that there is to say of one difference."""
    difference = row.difference
    lines = [
        f"{difference.kind} · {difference.subject}",
        "",
        f"store says    {difference.store_says or NONE}",
        f"libvirt says  {difference.libvirt_says or NONE}",
        f"will do       {will_do(row)}",
    ]
    if row.fixed.outcome != "planned":
        lines += ["", f"{row.fixed.outcome}{': ' if row.fixed.reason else ''}{row.fixed.reason}"]
    return lines
