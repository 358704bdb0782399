"""One action on many objects: what is done, what failed and why, and what is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog
from ticrypt_tui.screens.messages import STYLES, SYMBOLS, Tone
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.cells import fitted
from ticrypt_tui.widgets.choice import Choice

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console

AT_ONCE = 8
OUTCOME = 10
LEFT, STOPPED = "left", "not begun"


@dataclass(slots=True)
class Item:
    """One object of the run: how it stands, and why."""

    row: Any
    outcome: str = LEFT
    reason: str = ""


class Bulk(Dialog[None]):
    """Runs an operation on every row, a few at once; closing it leaves what runs to its end."""

    DEFAULT_CSS = """
    Bulk #items { margin: 1 0 0 0; }
    """

    def __init__(
        self,
        label: str,
        rows: Sequence[Any],
        left_out: Sequence[tuple[Any, str]],
        run: Callable[[Any], Awaitable[Any]],
        console: Console,
    ) -> None:
        super().__init__(f"{label.capitalize()}: {len(rows) + len(left_out)}")
        self._label, self._run, self.console = label, run, console
        self._items = [Item(row) for row in rows]
        self._items += [Item(row, Tone.REFUSED, reason) for row, reason in left_out]
        self._stopped = False

    def body(self) -> Iterable[Widget]:
        yield Static(self._counts(), id="counts")
        yield Static(self._list(), id="items")

    def answers(self) -> Sequence[Choice]:
        return [Choice("stop", "Stop the rest"), Choice(CANCEL, "Close")]

    def on_mount(self) -> None:
        self.console.work(self._label, self._all)

    def answered(self, answer: str) -> None:
        self._stopped = True
        self._show()

    async def _all(self) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        with self.console.runs.under_way(self._label, f"{len(self._items)} objects"):
            waiting = [item for item in self._items if item.outcome == LEFT]
            await asyncio.gather(*(self._one(gate, item) for item in waiting))
        self._show()
        await self.query("#choice-stop").remove()
        self._report()

    async def _one(self, gate: asyncio.Semaphore, item: Item) -> None:
        async with gate:
            if self._stopped:
                item.outcome = STOPPED
                return
            item.outcome = Tone.RUNNING
            self._show()
            try:
                result = await self._run(item.row)
            except TicryptError as error:
                item.outcome = Tone.REFUSED if error.exit_code == 3 else Tone.FAILED
                item.reason = str(error)
            else:
                item.outcome = Tone.DONE
                item.reason = result if isinstance(result, str) else ""
            self._show()

    def _report(self) -> None:
        """Keep the result among the messages, a line for each object."""
        lines = "\n".join(f"{item.outcome}  {item.row.name}  {item.reason}" for item in self._items)
        bad = any(item.outcome in (Tone.FAILED, Tone.REFUSED) for item in self._items)
        tone = Tone.FAILED if bad else Tone.DONE
        text = f"{self._label}: {self._counts().plain}"
        self.console.messages.add(tone, text, lines, seen=self.is_current)
        self.console.changed()

    def _show(self) -> None:
        if self.is_mounted:
            self.query_one("#counts", Static).update(self._counts())
            self.query_one("#items", Static).update(self._list())

    def _counts(self) -> Content:
        outcomes = [item.outcome for item in self._items]
        named = (Tone.DONE, Tone.FAILED, Tone.REFUSED, Tone.RUNNING, LEFT, STOPPED)
        said = [f"{outcomes.count(each)} {each}" for each in named if each in outcomes]
        return Content(" · ".join(said))

    def _list(self) -> Content:
        return Content("\n").join([_line(item) for item in self._items])


def _line(item: Item) -> Content:
    tone = next((each for each in Tone if each == item.outcome), None)
    symbol = SYMBOLS[tone] if tone else " "
    outcome = f"{symbol} {fitted(item.outcome, OUTCOME)}"
    why = f"\n{'':{OUTCOME + 2}}{shown(item.reason)}" if item.reason else ""
    return Content.assemble(
        (outcome, STYLES[tone] if tone else "$text-muted"),
        shown(item.row.name),
        (why, "$text-muted"),
    )
