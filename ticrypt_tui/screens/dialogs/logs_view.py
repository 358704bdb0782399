"""The logs of one VM, chosen among, and followed while they are looked at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens.dialogs.viewer import Viewer
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.key_line import Hint
from ticrypt_tui.widgets.line_view import LineView
from ticrypt_tui.widgets.one_line import Piece
from ticrypt_tui.widgets.prompt import Prompt, is_asking

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.enclave import Log

_LEVEL = re.compile(r"(?:-|[\d-]{10} [\d:.]{12}Z)  (emerg|alert|crit|error|warning|debug) ")
_ROLES = {"warning": "warning", "debug": "muted"}


def level_role(line: str) -> str:
    """The colour of a line that says how bad it is, as those of a journal do."""
    found = _LEVEL.match(line)
    return _ROLES.get(found[1], "error") if found else ""


class LogsView(Viewer):
    """Shows one log at a time; where one cannot be read, why not."""

    DEFAULT_CSS = """
    LogsView #why-not {
        display: none; height: auto; padding: 1 2; color: $text-warning;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "other(1)", "next log", show=False),
        Binding("shift+tab", "other(-1)", "log before", show=False),
        Binding("s", "since", "since a moment", show=False),
        *(Binding(str(n), f"choose({n})", f"log {n}", show=False) for n in range(1, 10)),
    ]

    def __init__(self, title: str, logs: Sequence[Log], console: Console) -> None:
        super().__init__(title, console)
        self._logs, self._chosen, self._since = logs, 0, ""
        self._following: Worker[None] | None = None

    async def on_screen_resume(self) -> None:
        if self._following is None:
            await self.mount(Static(id="why-not"), after="#title")
            await self._open(0)

    def hints(self) -> Sequence[Hint]:
        dated = [Hint("s", "since")] if any(hasattr(log, "since") for log in self._logs) else []
        return [Hint("tab", "next log"), Hint("z", "hold"), Hint("end", "follow"), *dated]

    def state(self) -> Sequence[Piece]:
        pieces = [Piece("  ")]
        for place, log in enumerate(self._logs):
            here = place == self._chosen
            face = f" [{place + 1} {log.title}] " if here else f"  {place + 1} {log.title}  "
            pieces.append(Piece(face, "bold $accent" if here else "$text-muted", 0 if here else 2))
        since = [Piece(f" · since {self._since}", "bold $accent")] if self._since else []
        held = [] if self.view.following else [Piece(" · held", "bold $warning")]
        return [*pieces, *since, *held]

    async def action_since(self) -> None:
        """Read those logs again that know of moments, from another one on."""
        if not any(hasattr(log, "since") for log in self._logs):
            return
        says = "such as 2h, or 2026-11-21T14:00; nothing is the last entries"
        await Prompt("since", self._since, hint=lambda text: says, accept=self._read_since).open(
            self
        )

    def _read_since(self, text: str) -> str:
        """Open the log again since a moment; a sentence where it is none."""
        try:
            self._logs = [log.since(text) if hasattr(log, "since") else log for log in self._logs]
        except TicryptError as error:
            return error.sentence
        self._since = text.strip()
        self.run_worker(self._open(self._chosen))
        return ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        letters = action in ("since", "choose", "other")
        return False if letters and is_asking(self) else super().check_action(action, parameters)

    async def action_other(self, step: int) -> None:
        await self._open((self._chosen + step) % max(len(self._logs), 1))

    async def action_choose(self, number: int) -> None:
        if number <= len(self._logs):
            await self._open(number - 1)

    async def _open(self, place: int) -> None:
        """Show another log from its last MiB on."""
        if self._following is not None:
            self._following.cancel()
        self._chosen = place
        why_not = self.query_one("#why-not", Static)
        why_not.display = False
        if not self._logs:
            self._cannot("There is no log of it.")
            return
        view = LineView(role=level_role)
        await self.view.remove()
        self.view = view
        await self.mount(view, before="#keys")
        view.focus()
        self.show_state()
        self._following = self.run_worker(
            self._follow(self._logs[place], view), exit_on_error=False
        )

    async def _follow(self, log: Log, view: LineView) -> None:
        try:
            async for chunk in log.follow():
                view.feed(chunk)
        except TicryptError as error:
            if view is self.view:
                self._cannot(f"{log.title}: {error}")

    def _cannot(self, sentence: str) -> None:
        why_not = self.query_one("#why-not", Static)
        why_not.update(Content(shown(f"! {sentence}")))
        why_not.display = True
