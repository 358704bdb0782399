"""What runs now, and every message of this console with its time and full text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.dialogs.viewer import Viewer
from ticrypt_tui.screens.messages import SYMBOLS, Message, Tone
from ticrypt_tui.widgets.line_ring import LogLine

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console

_ROLES = {
    Tone.DONE: "success",
    Tone.REFUSED: "warning",
    Tone.FAILED: "error",
    Tone.CRASHED: "error",
}


class MessageList(Viewer):
    """The messages, the newest last; long ones can be wrapped."""

    def __init__(self, console: Console) -> None:
        super().__init__("Messages", console)

    def on_mount(self) -> None:
        lines = [line for message in self.console.messages for line in lines_of(message)]
        for run in self.console.runs:
            text = f"{run.since:%H:%M:%S}  {SYMBOLS[Tone.RUNNING]} running   {run.sentence}"
            lines.append(LogLine(text, "accent"))
        self.view.append(lines or [LogLine("Nothing has been said yet.", "muted")])
        self.call_after_refresh(self.view.action_wrap)


def lines_of(message: Message) -> list[LogLine]:
    """A message as lines: its text, then its details, each line of them set in."""
    symbol = SYMBOLS[message.tone]
    text = f"{message.at:%H:%M:%S}  {symbol} {message.tone:<8}  {message.text}"
    details = [LogLine(f"{'':20}{line}", "muted") for line in message.detail.splitlines()]
    return [LogLine(text, _ROLES.get(message.tone, "")), *details]
